package audit

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// maxLine is the length above which a line is skipped unread, in bytes. A line
// of [Log.Append] is much shorter: its message is cut.
const maxLine = 64 << 10

// An Entry is a line of a log as it is read.
type Entry struct {
	Event
	Time     time.Time // in whole seconds
	Endpoint string
}

// Read calls visit for each line of the log at path, in the order of the events.
// It returns the number of lines that it could not read: torn or foreign ones,
// and those with a kind of event that this version does not know. An empty line
// is none. The file is read in pieces and not locked: a line that is being
// written at the end of it can look torn.
func Read(path string, visit func(Entry)) (unreadable int, err error) {
	// A FIFO would wait for its other end.
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return 0, fmt.Errorf("audit log %s: it is not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return 0, fmt.Errorf("audit log: %w", err)
	}
	defer f.Close()
	unreadable, err = readLines(f, visit)
	if err != nil {
		return unreadable, fmt.Errorf("audit log %s: %w", path, err)
	}
	return unreadable, nil
}

func readLines(r io.Reader, visit func(Entry)) (unreadable int, err error) {
	lines := bufio.NewReaderSize(r, maxLine)
	for {
		line, tooLong, err := lines.ReadLine()
		switch {
		case errors.Is(err, io.EOF):
			return unreadable, nil
		case err != nil:
			return unreadable, err
		case tooLong:
			unreadable++
			for tooLong && err == nil {
				_, tooLong, err = lines.ReadLine()
			}
			continue
		case len(line) == 0:
			continue
		}
		entry, ok := parse(line)
		if !ok {
			unreadable++
			continue
		}
		visit(entry)
	}
}

// parse returns false for a line that does not tell what became of a session.
func parse(line []byte) (Entry, bool) {
	var r record
	if err := json.Unmarshal(line, &r); err != nil || r.SignatureID == "" {
		return Entry{}, false
	}
	at, err := time.Parse(time.RFC3339, r.Time)
	if err != nil {
		return Entry{}, false
	}
	switch r.Kind {
	case SessionCreated, DataCleared, SessionGone, ClearFailed, SessionAbandoned:
		return Entry{Event: r.Event, Time: at, Endpoint: r.Endpoint}, true
	default:
		return Entry{}, false
	}
}
