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
	// lockFlags make no file: the log is there, or was just rotated away. To
	// write, because NFS grants an exclusive lock to nobody else.
	lockFlags = os.O_RDWR | syscall.O_NOFOLLOW | syscall.O_NONBLOCK

	// foreignWrite are the mode's bits that let others than the owner write.
	foreignWrite fs.FileMode = 0o022
)

// lockPath is the file whose lock is taken to write to the log.
func lockPath(log string) string { return log }

// isLockless reports whether there are no locks here; ENOLCK is what NFS says
// when its server has none.
func isLockless(err error) bool {
	return errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.ENOLCK)
}
