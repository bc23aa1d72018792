package audit_test

import (
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

// dropRights makes a test that runs as root as weak as any other user, who owns
// folder. Only its own thread changes, so tests beside it stay what they are.
func dropRights(t *testing.T, folder string) {
	t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	const nobody = 65534
	if err := os.Chown(folder, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(folder), 0o755); err != nil { // The way to folder.
		t.Fatal(err)
	}
	runtime.LockOSThread()
	setfsuid := func(uid uintptr) { _, _, _ = syscall.RawSyscall(syscall.SYS_SETFSUID, uid, 0, 0) }
	setfsuid(nobody)
	t.Cleanup(func() {
		setfsuid(0)
		runtime.UnlockOSThread()
	})
}
