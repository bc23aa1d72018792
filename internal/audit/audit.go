// Package audit keeps the provider's audit log: a file with one JSON object a
// line that says which sessions were created and what became of their data.
//
// # Lines
//
// An object has time, event, endpoint and provider_version, and, where they
// are known, signature_id, transaction_id, biz_id, account, code and message. The time
// is that of the call of [Log.Append] in RFC 3339, UTC, in whole seconds, a
// form that every reader accepts (jq's fromdate accepts no other). The order of
// the lines is the order of the events.
//
// Several processes may append to one file. When [Log.Append] returns without
// an error, the line is whole and synced. A crash can leave a last line torn,
// without its newline. The next append ends that line and writes its own one
// after it: what there is of the torn line stays, because it may hold an id
// that is found nowhere else. So a reader skips a line that is no JSON, or empty,
// and a person can still look at it:
//
//	jq -R 'fromjson?' audit.jsonl
//
// # Rotation
//
// No file is held open between two appends. A log that was renamed or removed
// is created again by the next append. A file or symlink that was put in its
// place is checked as [Open] checks it.
package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

const (
	// lockWait is how long an append waits for the locks. Nobody holds them
	// longer than one write takes, unless stopped in the middle of it.
	lockWait = 10 * time.Second
	// lockPoll is the interval between two tries of the file's lock. Waiting
	// for it in the system could not be given up.
	lockPoll = time.Millisecond
	// maxMessage is the length at which a message is cut, in bytes.
	maxMessage = 1024
)

// A Kind is a kind of event.
type Kind string

// The kinds of events.
const (
	SessionCreated   Kind = "session_created"   // the API gave a signature id
	DataCleared      Kind = "data_cleared"      // the API cleared the session's data
	SessionGone      Kind = "session_gone"      // the API proved at delete that there is nothing to erase
	ClearFailed      Kind = "clear_failed"      // deletion ended with an error
	SessionAbandoned Kind = "session_abandoned" // the session was dropped without clearing its data
)

// An Event is the part of a line that a caller knows. Empty fields are left out
// of the line.
//
// There is no field for a key, token, link, image or user id, and Message must
// not hold one either.
type Event struct {
	Kind          Kind   `json:"event"`
	SignatureID   string `json:"signature_id,omitempty"`
	TransactionID string `json:"transaction_id,omitempty"`
	BizID         string `json:"biz_id,omitempty"`
	Account       string `json:"account,omitempty"` // fingerprint of the account that asked
	Code          string `json:"code,omitempty"`    // of a ClearFailed
	Message       string `json:"message,omitempty"` // of a ClearFailed; a long one is cut
}

// record is a line.
type record struct {
	Time string `json:"time"`
	Event
	Endpoint        string `json:"endpoint"`
	ProviderVersion string `json:"provider_version"`
}

// A Log appends events to a file. Its methods may be called by several
// goroutines at the same time. It need not be closed. A nil *Log is a log that is
// off.
type Log struct {
	path            string
	endpoint        string
	providerVersion string

	// sem is a mutex whose wait can be given up. It queues the goroutines of
	// this process, which would otherwise race for the file's lock, or have
	// none.
	sem chan struct{}

	// sync is (*os.File).Sync; a test counts its calls.
	sync func(*os.File) error
}

// Open checks that events can be appended to the file at path, and makes the
// file with mode 0600 where there is none. Its folder must exist. It must be a
// regular file, itself and not through a symlink, that can be read and written
// and that, except on Windows, neither group nor others may write.
//
// Every line will say the endpoint and the version of the provider.
func Open(path, endpoint, providerVersion string) (*Log, error) {
	if path == "" {
		return nil, errors.New("audit log: the path is empty")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("audit log: %w", err)
	}
	l := &Log{
		path:            path,
		endpoint:        endpoint,
		providerVersion: providerVersion,
		sem:             make(chan struct{}, 1),
		sync:            (*os.File).Sync,
	}
	f, err := openFile(path)
	if err != nil {
		return nil, l.explain(err)
	}
	if err := f.Close(); err != nil {
		return nil, l.explain(err)
	}
	return l, nil
}

// Path returns the absolute path of the file, "" for a log that is off.
func (l *Log) Path() string {
	if l == nil {
		return ""
	}
	return l.path
}

// Append writes an event as the file's last line, and returns when it is
// synced. After an error the line is missing, or not known to be synced; where
// the disk had space for a part of it only, that part is removed again.
//
// Append takes no context. What it writes has happened already and must not
// get lost because somebody pressed Ctrl-C; it gives up by itself when others
// have kept the file locked for 10 seconds.
func (l *Log) Append(e Event) error {
	if l == nil {
		return nil
	}
	line, err := l.line(e)
	if err != nil {
		return l.explain(err)
	}
	f, err := l.write(line)
	if err != nil {
		return l.explain(err)
	}
	// Synced without the lock, which only keeps lines apart. So writers that
	// come at the same time share the wait for the disk.
	if err := errors.Join(l.sync(f), f.Close()); err != nil {
		return l.explain(err)
	}
	return nil
}

// line returns the event's line, with its newline.
func (l *Log) line(e Event) ([]byte, error) {
	if len(e.Message) > maxMessage {
		e.Message = strings.ToValidUTF8(e.Message[:maxMessage], "") + "…"
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false) // no browser reads it, and grep finds "<"
	err := encoder.Encode(record{
		Time:            time.Now().UTC().Format(time.RFC3339),
		Event:           e,
		Endpoint:        l.endpoint,
		ProviderVersion: l.providerVersion,
	})
	return b.Bytes(), err
}

// write takes the locks, appends the line and returns the file, still to be
// synced and closed.
func (l *Log) write(line []byte) (*os.File, error) {
	deadline := time.Now().Add(lockWait)
	timer := time.NewTimer(lockWait)
	defer timer.Stop()
	select {
	case l.sem <- struct{}{}:
		defer func() { <-l.sem }()
	case <-timer.C:
		return nil, errBusy
	}

	// The lock is on the log file itself. A lock file beside it would need a
	// folder that can be written, and would not follow a log that is rotated.
	// The lock has a file handle of its own, which may be of another file than
	// f if the log was rotated in between: so isAt checks the path once it is
	// locked. (Where locks are mandatory this is different, see lockPath.)
	lock := flock.New(lockPath(l.path), flock.SetFlag(lockFlags), flock.SetPermissions(0o600))
	defer lock.Close()
	for {
		f, err := openFile(l.path)
		if err != nil {
			return nil, err
		}
		locked, err := waitLock(lock, deadline)
		switch {
		case err == nil && isAt(f, l.path):
			if err := appendLine(f, line, locked); err != nil {
				f.Close()
				return nil, err
			}
			return f, nil
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			f.Close()
			return nil, err
		}
		// Rotated or removed since it was opened: try again with the new one.
		f.Close()
		lock.Close()
		if !time.Now().Before(deadline) {
			return nil, errBusy
		}
	}
}

var errBusy = fmt.Errorf("could not lock the file for %v: another process keeps it locked", lockWait)

// waitLock takes the lock. It returns false without an error if the system or
// the file system has no locks. Appending keeps lines whole then too. But a line
// that another process is writing can look torn, and repairing it leaves an
// empty line.
func waitLock(lock *flock.Flock, deadline time.Time) (bool, error) {
	for {
		ok, err := lock.TryLock()
		switch {
		case ok:
			return true, nil
		case err != nil && isLockless(err):
			return false, nil
		case err != nil:
			return false, err
		case !time.Now().Before(deadline):
			return false, errBusy
		}
		time.Sleep(lockPoll)
	}
}

// appendLine writes the line in one piece, on a line of its own.
func appendLine(f *os.File, line []byte, locked bool) error {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if size > 0 {
		var last [1]byte
		if _, err := f.ReadAt(last[:], size-1); err != nil {
			return err
		}
		if last[0] != '\n' {
			line = append([]byte{'\n'}, line...)
		}
	}
	n, err := f.Write(line)
	if err != nil && n > 0 && locked {
		// A full disk took a part. Without the lock, truncating could remove
		// the line of another process. Then, and if it fails, the next
		// append repairs the file.
		_ = f.Truncate(size)
	}
	return err
}

// openFile opens the log, and creates it if needed. It does not follow a
// symlink, and does not wait for the other end of a FIFO.
func openFile(path string) (*os.File, error) {
	// Checked first, because opening a device may have an effect. The flags
	// and the second check are for what changes in between.
	if info, err := os.Lstat(path); err == nil {
		if err := check(info); err != nil {
			return nil, err
		}
	}
	f, err := os.OpenFile(path, openFlags, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil {
		err = check(info)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// check refuses files that are no safe place for the log.
func check(info fs.FileInfo) error {
	switch mode := info.Mode(); {
	case mode&fs.ModeSymlink != 0:
		return errors.New("it is a symbolic link, which is not followed: name the file itself")
	case mode.IsDir():
		return errors.New("it is a directory, not a file")
	case !mode.IsRegular():
		return errors.New("it is not a regular file")
	case mode&foreignWrite != 0:
		return fmt.Errorf("its mode is %04o: neither group nor others may be able to write it (chmod go-w)", mode.Perm())
	}
	return nil
}

// isAt reports whether the path still names the open file, and not through a
// symlink.
func isAt(f *os.File, path string) bool {
	opened, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := os.Lstat(path)
	return err == nil && os.SameFile(opened, named)
}

// explain adds the log's path to an error, once.
func (l *Log) explain(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) && at.Path == l.path {
		if at.Op == "open" && errors.Is(err, fs.ErrNotExist) {
			// The file itself would have been created.
			return fmt.Errorf("audit log %s: its folder does not exist: %w", l.path, at.Err)
		}
		return fmt.Errorf("audit log %s: %s: %w", l.path, at.Op, at.Err)
	}
	return fmt.Errorf("audit log %s: %w", l.path, err)
}
