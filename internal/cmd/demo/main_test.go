package main

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/advance-community/terraform-provider-advance/internal/tfcli"
)

// playVariable makes the test binary play the demo instead of running tests:
// signals and what is left behind are a matter of whole processes.
const playVariable = "DEMO_TEST_PLAY"

func TestMain(m *testing.M) {
	if os.Getenv(playVariable) == "" {
		os.Exit(m.Run())
	}
	main()
}

// performance is one run of the demo in a process of its own.
type performance struct {
	cmd    *exec.Cmd
	temp   string // where it makes its temporary files
	stdout bytes.Buffer
	stderr bytes.Buffer
}

func newPerformance(t *testing.T, env ...string) *performance {
	t.Helper()

	if os.Getenv("TF_ACC") == "" {
		t.Skip("TF_ACC is not set: this test runs a real terraform")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &performance{cmd: exec.CommandContext(t.Context(), self), temp: t.TempDir()}
	p.cmd.Env = append(os.Environ(), playVariable+"=1", "TMPDIR="+p.temp)
	p.cmd.Env = append(p.cmd.Env, env...)
	p.cmd.Stdout = &p.stdout
	p.cmd.Stderr = &p.stderr
	return p
}

func (p *performance) run(t *testing.T) (exitCode int) {
	t.Helper()

	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return p.wait(t)
}

func (p *performance) wait(t *testing.T) (exitCode int) {
	t.Helper()

	err := p.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return p.cmd.ProcessState.ExitCode()
}

// wantNothingLeft fails when the demo has left a file or a process behind.
func (p *performance) wantNothingLeft(t *testing.T) {
	t.Helper()

	entries, err := os.ReadDir(p.temp)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		t.Errorf("left behind in the temporary folder: %s", entry.Name())
	}
	for _, process := range processesOf(t, p.temp) {
		t.Errorf("still running: %s", process)
	}
}

// processesOf returns the command lines of those processes that work in dir or
// were started from it. Only Linux tells this by files; elsewhere there are
// none.
func processesOf(t *testing.T, dir string) []string {
	t.Helper()

	var found []string
	processes, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	for _, process := range processes {
		// What has ended by now, or is not ours to see, reads as empty.
		program, _ := os.Readlink(filepath.Join(process, "exe"))
		folder, _ := os.Readlink(filepath.Join(process, "cwd"))
		if strings.HasPrefix(program, dir) || strings.HasPrefix(folder, dir) {
			line, _ := os.ReadFile(filepath.Join(process, "cmdline"))
			found = append(found, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return found
}

func TestAccDemo(t *testing.T) {
	t.Parallel()

	// Settings of a caller that would break each of the steps, were they heard.
	p := newPerformance(t,
		"TF_CLI_ARGS=-no-such-flag", "TF_WORKSPACE=elsewhere", "TF_DATA_DIR=/nowhere", "TF_VAR_x=1",
		"TF_REATTACH_PROVIDERS={}", "TF_CLI_CONFIG_FILE=/nowhere", "TF_LOG=TRACE",
		"ADVANCE_ENDPOINT=https://api.example.invalid", "ADVANCE_TOKEN_ENDPOINT=https://api.example.invalid",
		"ADVANCE_ACCESS_KEY=someone", "ADVANCE_ACCESS_TOKEN=something",
	)
	if code := p.run(t); code != 0 {
		t.Fatalf("exit code %d, want 0; output:\n%s%s", code, p.stdout.String(), p.stderr.String())
	}
	wantInOrder(t, p.stdout.String(),
		"[5/11] terraform plan",
		"Plan: 1 to add, 0 to change, 0 to destroy.",
		"token 0, generate-url 0, get-result 0, clear-data 0",
		"[6/11] terraform apply",
		"Apply complete! Resources: 1 added, 0 changed, 0 destroyed.",
		"generate-url 1,",
		"[7/11] terraform plan, once more",
		"No changes.",
		"state finished, personal data held: yes",
		"passed = true",
		"Destroy complete! Resources: 1 destroyed.",
		"state cleared, personal data held: no",
		"clear-data 1",
		"The personal data is gone.",
		"To do the same with the real API:",
	)
	if got := p.stderr.String(); got != "" {
		t.Errorf("want nothing on standard error, got:\n%s", got)
	}
	wantRecorded(t, p.stdout.String())
	p.wantNothingLeft(t)
}

func wantInOrder(t *testing.T, text string, parts ...string) {
	t.Helper()

	rest := text
	for _, part := range parts {
		_, after, found := strings.Cut(rest, part)
		if !found {
			t.Fatalf("want %q in the output (after what comes before it), got:\n%s", part, text)
		}
		rest = after
	}
}

func TestAccDemo_interrupted(t *testing.T) {
	t.Parallel()

	if runtime.GOOS == "windows" {
		t.Skip("no process can be sent an interrupt there")
	}
	tests := map[string]struct {
		at     string
		signal syscall.Signal
	}{
		"while building":          {"[2/11]", syscall.SIGINT},
		"during apply":            {"[6/11]", syscall.SIGTERM},
		"when a session was made": {"Creation complete", syscall.SIGINT},
		"during destroy":          {"[10/11]", syscall.SIGINT},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			p := newPerformance(t)
			p.cmd.Stdout = nil
			stdout, err := p.cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := p.cmd.Start(); err != nil {
				t.Fatal(err)
			}
			sent := p.signalAt(t, bufio.NewScanner(stdout), test.at, test.signal)
			code := p.wait(t)
			if !sent {
				t.Fatalf("the output never came to %q:\n%s%s", test.at, p.stdout.String(), p.stderr.String())
			}
			if code != exitInterrupted {
				t.Errorf("exit code %d, want %d; output:\n%s%s", code, exitInterrupted, p.stdout.String(), p.stderr.String())
			}
			if !strings.Contains(p.stderr.String(), "Interrupted.") {
				t.Errorf("want to be told of the interrupt, got:\n%s", p.stderr.String())
			}
			p.wantNothingLeft(t)
		})
	}
}

// signalAt reads the output to its end and sends the signal when it comes to
// the line that contains at. It tells whether it came there.
func (p *performance) signalAt(t *testing.T, lines *bufio.Scanner, at string, signal syscall.Signal) (sent bool) {
	t.Helper()

	for lines.Scan() {
		p.stdout.WriteString(lines.Text() + "\n")
		if sent || !strings.Contains(lines.Text(), at) {
			continue
		}
		sent = true
		if err := p.cmd.Process.Signal(signal); err != nil {
			t.Errorf("sending the signal: %v", err)
		}
	}
	return sent
}

func TestAccDemo_failingStep(t *testing.T) {
	t.Parallel()

	if runtime.GOOS == "windows" {
		t.Skip("the wrapper around terraform is a shell script")
	}
	tests := map[string]struct {
		command string // the terraform command that goes wrong
		instead string // what a shell does in its place
		want    string // what the demo says then
	}{
		"apply fails":                        {"apply", "echo the disk is full >&2; exit 1", "the disk is full"},
		"apply makes nothing":                {"apply", "exit 0", "the simulator has 0 sessions"},
		"destroy says so and clears nothing": {"destroy", "exit 0", "the simulator still holds the personal data"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			p := newPerformance(t, "PATH="+wrapTerraform(t, test.command, test.instead)+string(os.PathListSeparator)+os.Getenv("PATH"))
			if code := p.run(t); code != 1 {
				t.Errorf("exit code %d, want 1; output:\n%s%s", code, p.stdout.String(), p.stderr.String())
			}
			if !strings.Contains(p.stderr.String(), test.want) {
				t.Errorf("want %q on standard error, got:\n%s", test.want, p.stderr.String())
			}
			if strings.Contains(p.stdout.String(), "That was all") {
				t.Error("the demo took its leave as if all were well")
			}
			p.wantNothingLeft(t)
		})
	}
}

// wrapTerraform returns a folder with a terraform in it that is the real one
// but for one command.
func wrapTerraform(t *testing.T, command, instead string) string {
	t.Helper()

	root, err := tfcli.ModuleRoot(".")
	if err != nil {
		t.Fatal(err)
	}
	terraform, err := tfcli.Find(t.Context(), root, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	script := "#!/bin/sh\nif [ \"$1\" = " + command + " ]; then " + instead + "; fi\nexec '" + terraform + "' \"$@\"\n"
	if err := os.WriteFile(filepath.Join(dir, "terraform"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}
