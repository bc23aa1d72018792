//go:build !unix

package audit

import (
	"errors"
	"io/fs"
	"os"
)

const (
	// openFlags have no O_APPEND, because Windows then refuses to truncate the
	// file. Lines are written at the end, which is sought under the lock.
	openFlags = os.O_RDWR | os.O_CREATE
	lockFlags = os.O_RDWR | os.O_CREATE

	// foreignWrite is empty: the mode says nothing of who may write.
	foreignWrite fs.FileMode = 0
)

// lockPath returns the file whose lock is taken to write to the log. It is one
// beside the log, because on Windows a locked file refuses the writes of all
// other handles. It is never removed, because that would race.
func lockPath(log string) string { return log + ".lock" }

// isLockless reports whether err says that there are no locks.
func isLockless(err error) bool { return errors.Is(err, errors.ErrUnsupported) }
