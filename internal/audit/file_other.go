//go:build !unix

package audit

import (
	"errors"
	"io/fs"
	"os"
)

const (
	// openFlags are without O_APPEND: Windows lets nobody cut a file that was
	// opened so. Lines are written at the end that is sought under the lock.
	openFlags = os.O_RDWR | os.O_CREATE
	lockFlags = os.O_RDWR | os.O_CREATE

	// foreignWrite is empty: the mode says nothing of who may write.
	foreignWrite fs.FileMode = 0
)

// lockPath is the file whose lock is taken to write to the log: one beside it,
// because on Windows a locked file refuses the writes of all other handles,
// the log's own included. It stays there; removing it would race.
func lockPath(log string) string { return log + ".lock" }

// isLockless reports whether there are no locks here.
func isLockless(err error) bool { return errors.Is(err, errors.ErrUnsupported) }
