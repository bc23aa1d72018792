package audit_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/audit"
)

const (
	endpoint = "https://api.example.com/gateway"
	version  = "1.2.3"
)

// Variables that make this program a writer of a log, see writer.
const (
	envLog        = "AUDIT_TEST_LOG"
	envName       = "AUDIT_TEST_NAME"
	envGoroutines = "AUDIT_TEST_GOROUTINES"
	envLines      = "AUDIT_TEST_LINES"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(envLog); path != "" {
		os.Exit(writer(path))
	}
	os.Exit(m.Run())
}

// writer is a process that appends to a log: it says that it is ready, waits
// for its standard input to end, so that all start at the same time, and prints each
// event's id once it is appended.
func writer(path string) int {
	name := os.Getenv(envName)
	goroutines, _ := strconv.Atoi(os.Getenv(envGoroutines))
	lines, _ := strconv.Atoi(os.Getenv(envLines))
	log, err := audit.Open(path, endpoint, version)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)

	failed := make(chan error, goroutines)
	for g := range goroutines {
		go func() {
			failed <- appendMany(log, fmt.Sprintf("%s.%d", name, g), lines, func(id string) { fmt.Println(id) })
		}()
	}
	code := 0
	for range goroutines {
		if err := <-failed; err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	return code
}

// appendMany appends the events NAME.0, NAME.1 and so on.
func appendMany(log *audit.Log, name string, lines int, appended func(id string)) error {
	for i := range lines {
		id := fmt.Sprintf("%s.%d", name, i)
		if err := log.Append(audit.Event{Kind: audit.SessionCreated, SignatureID: id, TransactionID: "t-" + id}); err != nil {
			return err
		}
		appended(id)
	}
	return nil
}

// A process is a writer that was started.
type process struct {
	*exec.Cmd
	start  io.Closer
	out    *bufio.Reader
	errors bytes.Buffer
}

// startWriter returns once the writer is ready to begin.
func startWriter(t *testing.T, path, name string, goroutines, lines int, env ...string) *process {
	t.Helper()
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{Cmd: exec.CommandContext(t.Context(), executable)}
	p.Env = append(os.Environ(),
		envLog+"="+path,
		envName+"="+name,
		envGoroutines+"="+strconv.Itoa(goroutines),
		envLines+"="+strconv.Itoa(lines))
	p.Env = append(p.Env, env...)
	p.Stderr = &p.errors
	stdin, err := p.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	p.start, p.out = stdin, bufio.NewReader(stdout)
	if line, err := p.out.ReadString('\n'); line != "ready\n" {
		_ = p.Wait()
		t.Fatalf("the writer said %q (%v), want ready; its errors:\n%s", line, err, &p.errors)
	}
	return p
}

// ids reads up to n ids of appended events.
func (p *process) ids(n int) []string {
	var ids []string
	for len(ids) < n {
		line, err := p.out.ReadString('\n')
		if err != nil {
			break
		}
		ids = append(ids, strings.TrimSuffix(line, "\n"))
	}
	return ids
}

type line struct {
	Time            time.Time `json:"time"`
	Event           string    `json:"event"`
	SignatureID     string    `json:"signature_id"`
	TransactionID   string    `json:"transaction_id"`
	BizID           string    `json:"biz_id"`
	Code            string    `json:"code"`
	Message         string    `json:"message"`
	Endpoint        string    `json:"endpoint"`
	ProviderVersion string    `json:"provider_version"`
}

// read returns the lines of a log that parse, and those that don't.
func read(t *testing.T, path string) (whole []line, torn []string) {
	t.Helper()
	content := readFile(t, path)
	if content == "" {
		return nil, nil
	}
	for s := range strings.SplitSeq(strings.TrimSuffix(content, "\n"), "\n") {
		var l line
		decoder := json.NewDecoder(strings.NewReader(s))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&l); err != nil || decoder.More() {
			torn = append(torn, s)
			continue
		}
		whole = append(whole, l)
	}
	return whole, torn
}

// wantEvents checks that each of the events of appendMany is there once, in
// the order in which it was appended, and whole.
func wantEvents(t *testing.T, lines []line, names []string, each int) {
	t.Helper()
	next := map[string]int{}
	for _, l := range lines {
		name, number, _ := cutLast(l.SignatureID, ".")
		if want := strconv.Itoa(next[name]); number != want {
			t.Fatalf("event %q is where %s.%s should be", l.SignatureID, name, want)
		}
		next[name]++
		if l.Time.IsZero() || l.Event != "session_created" || l.TransactionID != "t-"+l.SignatureID ||
			l.Endpoint != endpoint || l.ProviderVersion != version {
			t.Fatalf("event %q is not what was appended: %+v", l.SignatureID, l)
		}
	}
	for _, name := range names {
		if next[name] != each {
			t.Errorf("%d events of %s, want %d", next[name], name, each)
		}
	}
	if want := len(names) * each; len(lines) != want {
		t.Errorf("%d events in all, want %d", len(lines), want)
	}
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func open(t *testing.T, path string) *audit.Log {
	t.Helper()
	log, err := audit.Open(path, endpoint, version)
	if err != nil {
		t.Fatal(err)
	}
	return log
}
