package main

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// runVariable makes the test binary the program itself: signals and what is left
// behind are a matter of whole processes. Terraform starts it as the provider.
const runVariable = "BENCH_TEST_RUN"

func TestMain(m *testing.M) {
	if os.Getenv(runVariable) == "" && os.Getenv(envRole) == "" {
		os.Exit(m.Run())
	}
	main()
}

// program returns the benchmark as a process of its own, and the folder of its
// temporary files.
func program(t *testing.T, args ...string) (cmd *exec.Cmd, temp string) {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("TF_ACC is not set: this test runs a real terraform")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	temp = t.TempDir()
	cmd = exec.CommandContext(t.Context(), self, args...)
	// Built with the race detector, each process would sleep for a second at its
	// end, and Terraform starts some fifty of them.
	cmd.Env = append(os.Environ(), runVariable+"=1", "TMPDIR="+temp, "GORACE=atexit_sleep_ms=0")
	return cmd, temp
}

func wantNothingLeft(t *testing.T, temp string) {
	t.Helper()
	entries, err := os.ReadDir(temp)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		t.Errorf("left behind in the temporary folder: %s", entry.Name())
	}
}

func TestAccBench(t *testing.T) {
	t.Parallel()

	table, drawing := filepath.Join(t.TempDir(), "table.md"), filepath.Join(t.TempDir(), "plot.svg")
	shortTable := filepath.Join(t.TempDir(), "page.md")
	if err := os.WriteFile(shortTable, []byte(guideBegin+guideEnd), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd, temp := program(t, "-n", "3", "-latency", "0s", "-markdown", table, "-svg", drawing, "-guide", shortTable)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v; output:\n%s%s", err, stdout, stderr.Bytes())
	}
	if stderr.Len() > 0 {
		t.Errorf("want nothing on standard error, got:\n%s", stderr.Bytes())
	}
	wantNothingLeft(t, temp)

	content, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	rows := markdownRows(string(content))
	for name, calls := range map[string]string{
		floorBuiltin:  "",
		floorSleep:    "",
		plain:         "4 / 3 / 6 / 3", // a token for each process; apply, plan, and twice destroy
		"result-each": "4 / 3 / 15 / 3",
		"results":     "4 / 3 / 15 / 3",
		"set":         "4 / 3 / 6 / 3",
	} {
		row := rows[name]
		if row == nil {
			t.Errorf("the table has no row of %s:\n%s", name, content)
			continue
		}
		if got := row["calls"]; got != calls {
			t.Errorf("%s: calls %q, want %q", name, got, calls)
		}
		measured := []string{"seconds"}
		if runtime.GOOS == "linux" {
			measured = append(measured, "Terraform CPU s", "Terraform MB")
			if name != floorBuiltin {
				measured = append(measured, "provider CPU s", "provider MB")
			}
		}
		for _, column := range measured {
			if figures := strings.Split(row[column], " / "); len(figures) != 3 || slices.Contains(figures, "0") {
				t.Errorf("%s: %s is %q, want three figures", name, column, row[column])
			}
		}
	}
	if content, err = os.ReadFile(drawing); err != nil || !bytes.HasPrefix(content, []byte("<svg")) {
		t.Errorf("plot: error %v, content:\n%s", err, content)
	}
	if content, err = os.ReadFile(shortTable); err != nil || !bytes.Contains(content, []byte("| 3 | 0s | set | ")) {
		t.Errorf("short table: error %v, content:\n%s", err, content)
	}
}

// markdownRows returns the cells of a table by shape and column.
func markdownRows(table string) map[string]map[string]string {
	rows := map[string]map[string]string{}
	for line := range strings.Lines(table) {
		if !strings.HasPrefix(line, "| ") {
			continue
		}
		row, cells := map[string]string{}, strings.Split(line, "|")[1:]
		for i, column := range columns {
			row[column] = strings.TrimSpace(cells[i])
		}
		rows[row["shape"]] = row
	}
	return rows
}

func TestAccBench_interrupted(t *testing.T) {
	t.Parallel()

	if runtime.GOOS == "windows" {
		t.Skip("no process can be sent an interrupt there")
	}
	cmd, temp := program(t, "-n", "10", "-latency", "1s", "-shapes", plain)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if lines := bufio.NewScanner(stdout); !lines.Scan() {
		t.Error("printed nothing before it ended")
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Error(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != exitInterrupted {
		t.Errorf("ended with %v, want exit status %d", err, exitInterrupted)
	}
	if !strings.Contains(stderr.String(), "Interrupted.") {
		t.Errorf("want to be told of the interrupt, got:\n%s", stderr.String())
	}
	wantNothingLeft(t, temp)
}

func TestParseArgs(t *testing.T) {
	t.Parallel()

	o, err := parseArgs([]string{"-n", "10, 300", "-latency", "0s,50ms", "-shapes", "plain,set", "-runs", "5"}, &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(o.sizes, []int{10, 300}) || !slices.Equal(o.latencies, []time.Duration{0, 50 * time.Millisecond}) ||
		!slices.Equal(names(o.shapes), []string{"plain", "set"}) || o.runs != 5 {
		t.Errorf("got %+v", o)
	}
	if o, err = parseArgs([]string{"-full"}, &bytes.Buffer{}); err != nil || slices.Max(o.sizes) != mostSessions || len(o.latencies) != 3 {
		t.Errorf("-full: error %v, options %+v", err, o)
	}
}

func TestParseArgs_wrong(t *testing.T) {
	t.Parallel()

	for name, args := range map[string][]string{
		"no number":         {"-n", "ten"},
		"no session":        {"-n", "0"},
		"too many":          {"-n", "10001"},
		"an empty part":     {"-n", "10,"},
		"no duration":       {"-latency", "50"},
		"negative latency":  {"-latency", "-1s"},
		"unknown shape":     {"-shapes", "square"},
		"no run":            {"-runs", "0"},
		"unknown flag":      {"-quick"},
		"an extra argument": {"10"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			var stderr bytes.Buffer
			if _, err := parseArgs(args, &stderr); !errors.Is(err, errUsage) {
				t.Errorf("error %v, want wrong usage", err)
			}
			if stderr.Len() == 0 {
				t.Error("the user is told nothing")
			}
		})
	}
}

func TestRun_help(t *testing.T) {
	t.Parallel()

	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"-h"}, &stdout, &stderr); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	for _, s := range shapes {
		if !strings.Contains(stderr.String(), s.name+" ") || !strings.Contains(stderr.String(), s.about) {
			t.Errorf("the help does not tell of the shape %s:\n%s", s.name, stderr.String())
		}
	}
}
