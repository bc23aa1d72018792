package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"unicode"

	"github.com/advance-community/terraform-provider-advance/internal/audit"
)

// report is what -json prints of a session.
type report struct {
	SignatureID   string  `json:"signature_id"`
	Outcome       outcome `json:"outcome"`
	Code          string  `json:"code"`
	Message       string  `json:"message"`
	TransactionID string  `json:"transaction_id"`
	AuditLog      string  `json:"audit_log"`
}

// about returns the report of a session that no call was made for.
func about(s *audit.Session, o outcome) report {
	r := report{SignatureID: s.SignatureID, Outcome: o, AuditLog: s.Log}
	switch o {
	case otherEndpoint:
		r.Message = "made at " + s.Endpoint
	case otherAccount:
		r.Message = "made by the account " + s.Account
	default: // the outcome says all
	}
	return r
}

// line returns the report for a person.
func (r report) line() string {
	line := fmt.Sprintf("%-14s %s (%s)", r.Outcome, r.SignatureID, r.AuditLog)
	for _, part := range []string{r.Code, r.Message} {
		if part != "" {
			line += ": " + part
		}
	}
	if r.TransactionID != "" {
		line += " (transaction id " + r.TransactionID + ")"
	}
	return printable(line)
}

// printable replaces what could break a line or control a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// clearLine takes the progress off a terminal.
const clearLine = "\r\x1b[K"

// reporter prints reports as they come, and counts them.
type reporter struct {
	program
	json       bool
	unreadable int // lines of the logs

	mu       sync.Mutex
	counts   map[outcome]int
	expected int
	warned   bool
}

// expect says how many more reports come.
func (r *reporter) expect(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, count := range r.counts {
		n += count
	}
	r.expected = n
}

func (r *reporter) report(about report) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.counts == nil {
		r.counts = map[outcome]int{}
	}
	r.counts[about.Outcome]++
	r.clearProgress()
	if r.json {
		_ = json.NewEncoder(r.stdout).Encode(about)
	} else {
		fmt.Fprintln(r.stdout, about.line())
	}
	r.progress()
}

// warn tells what went wrong besides.
func (r *reporter) warn(err error) {
	r.mu.Lock()
	r.warned = true
	r.mu.Unlock()
	r.note("%s", printable(err.Error()))
}

// note tells something that is not about one session's end.
func (r *reporter) note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clearProgress()
	fmt.Fprintf(r.stderr, "sweep: "+format+"\n", args...)
	r.progress()
}

func (r *reporter) clearProgress() {
	if r.terminal {
		fmt.Fprint(r.stderr, clearLine)
	}
}

func (r *reporter) progress() {
	if !r.terminal || r.expected == 0 {
		return
	}
	done := 0
	for _, count := range r.counts {
		done += count
	}
	fmt.Fprintf(r.stderr, "%d of %d sessions", done, r.expected)
}

// finish prints the sums, and returns the exit status.
func (r *reporter) finish() int {
	r.expected = 0
	var parts []string
	for _, o := range []outcome{open, erased, gone, unfinished, failed, kept, otherEndpoint, otherAccount} {
		if n := r.counts[o]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, o))
		}
	}
	if parts == nil {
		parts = []string{"nothing to erase"}
	}
	if r.unreadable > 0 {
		parts = append(parts, fmt.Sprintf("%d lines of the logs could not be read", r.unreadable))
	}
	r.note("%s", strings.Join(parts, ", "))
	if r.counts[open]+r.counts[unfinished]+r.counts[failed]+r.unreadable > 0 || r.warned {
		return exitLeft
	}
	return exitDone
}
