package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asProgram makes the test binary be the program.
const asProgram = "SIMULATOR_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// program is the simulator as a process of its own.
type program struct {
	t      *testing.T
	cmd    *exec.Cmd
	base   string
	stdout *bufio.Scanner
	stderr *bufio.Scanner
	output io.Closer // standard output
	log    io.Closer // standard error
}

// start starts the program on a free port.
func start(t *testing.T, args ...string) *program {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], append([]string{"-listen", "127.0.0.1:0"}, args...)...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &program{t: t, cmd: cmd, stdout: bufio.NewScanner(output), stderr: bufio.NewScanner(log), output: output, log: log}
	if !p.stdout.Scan() {
		t.Fatal("no first line on standard output")
	}
	p.base = p.stdout.Text()
	return p
}

// waitFor reads the log up to a line that has all of words, and returns what it
// has read.
func (p *program) waitFor(words ...string) string {
	p.t.Helper()
	var read strings.Builder
	for p.stderr.Scan() {
		read.WriteString(p.stderr.Text() + "\n")
		if containsAll(p.stderr.Text(), words) {
			return read.String()
		}
	}
	p.t.Fatalf("the log has no line with %q:\n%s", words, &read)
	return ""
}

func containsAll(text string, words []string) bool {
	for _, word := range words {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// stop sends a signal and waits for the end. It returns the rest of the log.
func (p *program) stop(stop os.Signal) (rest string, err error) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(stop); err != nil {
		p.t.Fatal(err)
	}
	if p.stdout.Scan() {
		p.t.Errorf("a second line on standard output: %q", p.stdout.Text())
	}
	var read strings.Builder
	for p.stderr.Scan() {
		read.WriteString(p.stderr.Text() + "\n")
	}
	return read.String(), p.cmd.Wait()
}

// send sends a request without a body and returns the status and the body.
func send(t *testing.T, client *http.Client, method, target, host string) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, target, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = host
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// post sends a JSON body, as a client of the API does.
func post(ctx context.Context, target, token, body string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, target, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-ACCESS-TOKEN", token)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return string(text), err
}

const resultPath = "/intl/openapi/identity-risk/idvs-h5/ekyc/v1/get-result"

func skipOnWindows(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such signals")
	}
}

func TestProgram_servesUntilStopped(t *testing.T) {
	t.Parallel()
	skipOnWindows(t)
	for name, signal := range map[string]os.Signal{"interrupt": os.Interrupt, "terminate": syscall.SIGTERM} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, "-secret-key", "not-to-be-shown")
			if !strings.HasPrefix(p.base, "http://127.0.0.1:") {
				t.Errorf("first line %q", p.base)
			}
			if status, body := send(t, http.DefaultClient, http.MethodGet, p.base+"/simulator/v1/sessions", ""); status != 200 || body != "[]\n" {
				t.Errorf("sessions: %d, %q", status, body)
			}
			response, err := http.Get(p.base + "/simulator/v1/events") // An event stream has no end of its own.
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			text, err := p.stop(signal)
			if err != nil {
				t.Errorf("exit: %v", err)
			}
			if _, err := io.ReadAll(response.Body); err != nil {
				t.Errorf("the event stream: %v", err)
			}
			for _, want := range []string{"ADVANCE_ENDPOINT=" + p.base, "sampleaccesskey", "/simulator/v1/sessions", "Dashboard: " + p.base + "/\n"} {
				if !strings.Contains(text, want) {
					t.Errorf("the explanation lacks %q:\n%s", want, text)
				}
			}
			if strings.Contains(text, "not-to-be-shown") {
				t.Errorf("the secret key is shown:\n%s", text)
			}
		})
	}
}

func TestProgram_finishesRunningCalls(t *testing.T) {
	t.Parallel()
	skipOnWindows(t)
	p := start(t, "-latency", "500ms")
	answered := make(chan error, 1)
	go func() {
		body, err := post(t.Context(), p.base+resultPath, "none", `{"signatureId":"0"}`)
		if err == nil && !strings.Contains(body, "IAM_FAILED") {
			err = errors.New(body)
		}
		answered <- err
	}()
	p.waitFor("msg=call", "operation=result")
	if _, err := p.stop(syscall.SIGTERM); err != nil {
		t.Errorf("exit: %v", err)
	}
	if err := <-answered; err != nil {
		t.Errorf("the call that was running: %v", err)
	}
}

func TestProgram_secondSignalKills(t *testing.T) {
	t.Parallel()
	skipOnWindows(t)
	p := start(t, "-latency", "10m")
	go func() { _, _ = post(t.Context(), p.base+resultPath, "none", `{"signatureId":"0"}`) }() // It gets no answer.
	p.waitFor("msg=call", "operation=result")
	ended := make(chan error, 1)
	go func() { ended <- p.cmd.Wait() }()
	for p.cmd.Process.Signal(os.Interrupt) == nil { // How soon the first one is seen is open.
		runtime.Gosched()
	}
	err := <-ended
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != -1 {
		t.Errorf("after more signals: %v, want an end by one of them", err)
	}
}

func TestServe_stopsDespiteHangingCalls(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	hang := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		stop()
		<-r.Context().Done()
	})
	go func() { _, _ = post(t.Context(), "http://"+listener.Addr().String(), "", "") }() // It gets no answer.
	start := time.Now()
	if err := serve(ctx, &http.Server{Handler: hang, ReadHeaderTimeout: time.Minute}, listener, 50*time.Millisecond); err != nil {
		t.Error(err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("stopping took %v", took)
	}
}

// TestProgram_outlivesItsReaders checks that the program serves on when nobody
// reads its output any more, although it writes to its log.
func TestProgram_outlivesItsReaders(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.output.Close()
	p.log.Close()
	for range 3 {
		if body, err := post(t.Context(), p.base+resultPath, "none", `{}`); err != nil || !strings.Contains(body, "IAM_FAILED") {
			t.Errorf("%q, %v", body, err)
		}
	}
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = p.cmd.Wait()
}

// TestProgram_stopsThoughNobodyReads fills the pipe of the log.
func TestProgram_stopsThoughNobodyReads(t *testing.T) {
	t.Parallel()
	skipOnWindows(t)
	p := start(t)
	for range 1500 { // More than 64 KiB of log, which is what a pipe holds.
		if body, err := post(t.Context(), p.base+resultPath, "none", `{}`); err != nil || !strings.Contains(body, "IAM_FAILED") {
			t.Fatalf("%q, %v", body, err)
		}
	}
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("exit: %v", err)
	}
}

func TestRun_closedOutput(t *testing.T) {
	t.Parallel()
	reader, writer := io.Pipe()
	reader.Close()
	err := run(t.Context(), []string{"-listen", "127.0.0.1:0"}, writer, io.Discard)
	if !errors.Is(err, io.ErrClosedPipe) || !strings.Contains(err.Error(), "writing the base URL") {
		t.Errorf("run = %v", err)
	}
}

func TestRun_addressInUse(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	var stdout bytes.Buffer
	err = run(t.Context(), []string{"-listen", listener.Addr().String()}, &stdout, io.Discard)
	if err == nil || !containsAll(err.Error(), []string{listener.Addr().String(), "-listen 127.0.0.1:0"}) || stdout.Len() != 0 {
		t.Errorf("run = %v, standard output %q", err, &stdout)
	}
}

func TestProgram_hosts(t *testing.T) {
	t.Parallel()
	p := start(t, "-host", "Sim.Test.", "-host", "other.test")
	for host, want := range map[string]int{
		"": 200, "localhost": 200, "sim.test": 200, "SIM.test:8787": 200, "other.test": 200, "evil.test": 421,
	} {
		for _, path := range []string{"/simulator/v1/sessions", "/idvs/", resultPath} {
			status, body := send(t, http.DefaultClient, http.MethodGet, p.base+path, host)
			if refused := status == 421; refused != (want == 421) {
				t.Errorf("%s under %q: %d %s", path, host, status, body)
			}
		}
	}
}

// TestProgram_behaviour checks that a reset brings the switches of the command
// line back.
func TestProgram_behaviour(t *testing.T) {
	t.Parallel()
	p := start(t, "-behaviour", "after_clear=blanked", "-behaviour", "rate_limit=500", "-latency", "1ms")
	for range 2 {
		_, body := send(t, http.DefaultClient, http.MethodGet, p.base+"/simulator/v1/behaviour", "")
		if !containsAll(body, []string{`"after_clear":"blanked"`, `"rate_limit":500`, `"latency_min_seconds":0.001`, `"pending":"incomplete"`}) {
			t.Errorf("behaviour %s", body)
		}
		if _, err := post(t.Context(), p.base+"/simulator/v1/behaviour", "", `{"after_clear":"success"}`); err != nil {
			t.Error(err)
		}
		if status, _ := send(t, http.DefaultClient, http.MethodPost, p.base+"/simulator/v1/reset", ""); status != 204 {
			t.Errorf("reset: %d", status)
		}
	}
}

func TestRun_commandLine(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args []string
		want error
		text string // of the error, or of standard error
	}{
		"help":           {[]string{"-h"}, flag.ErrHelp, "-link-lifetime DURATION"},
		"long help":      {[]string{"--help"}, flag.ErrHelp, "Examples:"},
		"unknown flag":   {[]string{"-port", "1"}, errUsage, "-port"},
		"argument":       {[]string{"now"}, errUsage, `unexpected argument "now"`},
		"no port":        {[]string{"-listen", "127.0.0.1"}, errUsage, "-listen must be HOST:PORT"},
		"no such port":   {[]string{"-listen", "127.0.0.1:65536"}, errUsage, "-listen must be HOST:PORT"},
		"lifetime":       {[]string{"-link-lifetime", "0s"}, errUsage, "-link-lifetime must"},
		"latency":        {[]string{"-latency", "-1s"}, errUsage, "-latency must"},
		"rate":           {[]string{"-rate-limit", "-1"}, errUsage, "-rate-limit must"},
		"NaN":            {[]string{"-rate-limit", "NaN"}, errUsage, "-rate-limit must"},
		"infinite":       {[]string{"-rate-limit", "Inf"}, errUsage, "-rate-limit must"},
		"access key":     {[]string{"-access-key", ""}, errUsage, "-access-key"},
		"host is a URL":  {[]string{"-host", "http://a.test"}, errUsage, "-host"},
		"host with port": {[]string{"-host", "a.test:80"}, errUsage, "-host"},
		"empty host":     {[]string{"-host", ""}, errUsage, "-host"},
		"switch":         {[]string{"-behaviour", "after_clear"}, errUsage, "want SWITCH=VALUE"},
		"no such switch": {[]string{"-behaviour", "mood=good"}, errUsage, "mood"},
		"no such value":  {[]string{"-behaviour", "after_clear=gone"}, errUsage, "after_clear"},
		"certificate":    {[]string{"-tls-cert-file", "a.pem"}, errUsage, "-tls-cert-file needs -tls"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			err := run(t.Context(), test.args, &stdout, &stderr)
			if !errors.Is(err, test.want) {
				t.Fatalf("run = %v, want %v", err, test.want)
			}
			if stdout.Len() != 0 || !strings.Contains(stderr.String()+err.Error(), test.text) {
				t.Errorf("%v; stdout %q, stderr %q", err, &stdout, &stderr)
			}
		})
	}
	if err := run(t.Context(), []string{"-listen", "nowhere"}, io.Discard, io.Discard); err == nil {
		t.Error("listening nowhere worked")
	}
	var stdout bytes.Buffer
	if err := run(t.Context(), []string{"-version"}, &stdout, io.Discard); err != nil || !strings.HasPrefix(stdout.String(), "terraform-provider-advance-simulator "+version+" (commit ") {
		t.Errorf("-version: %v, %q", err, &stdout)
	}
}

func TestAnnounce_exposure(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]struct {
		base string
		warn bool
	}{
		"127.0.0.1:80": {"http://127.0.0.1:80", false},
		"[::1]:80":     {"http://[::1]:80", false},
		"0.0.0.0:80":   {"http://127.0.0.1:80", true},
		"[::]:80":      {"http://127.0.0.1:80", true},
		"192.0.2.1:80": {"http://192.0.2.1:80", true},
	} {
		parsed, err := net.ResolveTCPAddr("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		for _, json := range []bool{false, true} {
			var stderr bytes.Buffer
			base := baseURL(nil, parsed)
			announce(&stderr, newLogger(&stderr, json), base, parsed, options{json: json})
			if base != want.base || strings.Contains(stderr.String(), "no password") != want.warn {
				t.Errorf("%s: %s, %s", address, base, &stderr)
			}
		}
	}
}
