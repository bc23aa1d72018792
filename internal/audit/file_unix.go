//go:build unix

package audit

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

const (
	openFlags = os.O_RDWR | os.O_CREATE | os.O_APPEND | syscall.O_NOFOLLOW | syscall.O_NONBLOCK
	// lockFlags create no file: the log exists, or was just rotated away. They
	// open it for writing, because NFS grants an exclusive lock only then.
	lockFlags = os.O_RDWR | syscall.O_NOFOLLOW | syscall.O_NONBLOCK

	// foreignWrite are the mode bits that let others than the owner write.
	foreignWrite fs.FileMode = 0o022
)

// lockPath returns the file whose lock is taken to write to the log.
func lockPath(log string) string { return log }

// isLockless reports whether err says that there are no locks. NFS returns
// ENOLCK if its server has none.
func isLockless(err error) bool {
	return errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.ENOLCK)
}
