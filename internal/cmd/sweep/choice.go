package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/audit"
	"github.com/advance-community/terraform-provider-advance/internal/erase"
)

// An outcome is what became of a session.
type outcome string

const (
	notTaken      outcome = ""               // erased before, or the sweep was not asked to take it
	open          outcome = "open"           // to be erased; in a dry run that is all
	kept          outcome = "kept"           // named by -except
	otherEndpoint outcome = "other_endpoint" // made elsewhere
	otherAccount  outcome = "other_account"
	erased        outcome = "erased"
	gone          outcome = "gone"       // the API proved that there is nothing to erase
	unfinished    outcome = "unfinished" // too early to erase
	failed        outcome = "failed"
)

// choice says which sessions are taken.
type choice struct {
	here          erase.Origin // without an account, that is not asked about
	except        map[string]bool
	now           time.Time
	createdBefore time.Duration // 0 is off
}

// decide says what is to be done with a session: nothing, or erase it if it is
// open. The others are only told.
func (c choice) decide(s *audit.Session) outcome {
	switch {
	case s.Erased, !c.due(s):
		return notTaken
	case c.except[s.SignatureID]:
		return kept
	case s.Endpoint != c.here.Endpoint:
		return otherEndpoint
	case s.Account != "" && c.here.Account != "" && s.Account != c.here.Account:
		return otherAccount
	default:
		return open
	}
}

// due reports whether nobody else will erase a session: its last event was given
// up, or it was made so long ago that the user says so.
func (c choice) due(s *audit.Session) bool {
	if s.Last == audit.SessionAbandoned || s.Last == audit.ClearFailed {
		return true
	}
	return c.createdBefore > 0 && !s.CreatedAt.IsZero() && !s.CreatedAt.After(c.now.Add(-c.createdBefore))
}

// each calls visit for each session that the sweep was asked to take.
func (c choice) each(sessions []*audit.Session, visit func(*audit.Session, outcome)) {
	for _, s := range sessions {
		if o := c.decide(s); o != notTaken {
			visit(s, o)
		}
	}
}

func (c choice) anyOpen(sessions []*audit.Session) bool {
	return slices.ContainsFunc(sessions, func(s *audit.Session) bool { return c.decide(s) == open })
}

// readExcepted returns every string and key in files of JSON: which of them are
// signature ids does not matter. "-" is standard input.
func readExcepted(files []string, stdin io.Reader) (map[string]bool, error) {
	found := map[string]bool{}
	for _, file := range files {
		if err := readExceptedFile(file, stdin, found); err != nil {
			return nil, fmt.Errorf("-except %s: %w", file, err)
		}
	}
	return found, nil
}

func readExceptedFile(file string, stdin io.Reader, found map[string]bool) error {
	in := stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	decoder := json.NewDecoder(in)
	decoder.UseNumber()
	for n := 0; ; n++ {
		var document any
		switch err := decoder.Decode(&document); {
		case errors.Is(err, io.EOF) && n > 0:
			return nil
		case errors.Is(err, io.EOF):
			return errors.New("it is empty") // of a "terraform show" that failed
		case err != nil:
			return fmt.Errorf("it is not the output of terraform show -json: %w", err)
		}
		if _, ok := document.(map[string]any); !ok {
			return errors.New("it is not the output of terraform show -json: no JSON object")
		}
		collect(document, found)
	}
}

// collect adds all strings, keys and numbers in a JSON value.
func collect(value any, found map[string]bool) {
	switch v := value.(type) {
	case string:
		found[v] = true
	case json.Number:
		found[v.String()] = true
	case []any:
		for _, element := range v {
			collect(element, found)
		}
	case map[string]any:
		for key, element := range v {
			found[key] = true
			collect(element, found)
		}
	}
}
