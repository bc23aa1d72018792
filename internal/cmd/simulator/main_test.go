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

func TestRun_servesUntilStopped(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	output, input := io.Pipe()
	var help bytes.Buffer
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"-listen", "127.0.0.1:0"}, input, &help) }()

	lines := bufio.NewScanner(output)
	if !lines.Scan() {
		t.Fatal("no first line")
	}
	base := lines.Text()
	if !strings.HasPrefix(base, "http://127.0.0.1:") {
		t.Errorf("first line %q", base)
	}
	checkServes(t, base)
	stop()
	if err := <-ended; err != nil {
		t.Errorf("run: %v", err)
	}
	for _, want := range []string{"ADVANCE_ENDPOINT=" + base, "sampleaccesskey", "samplesecretkey", "/simulator/v1/sessions"} {
		if !strings.Contains(help.String(), want) {
			t.Errorf("the help lacks %q:\n%s", want, help.String())
		}
	}
}

func checkServes(t *testing.T, base string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/simulator/v1/sessions", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err != nil || string(body) != "[]\n" {
		t.Errorf("sessions %q, %v", body, err)
	}
}

func TestProgram_stopsOnSignals(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such signals")
	}
	for _, stop := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		program := exec.CommandContext(t.Context(), os.Args[0], "-listen", "127.0.0.1:0", "-secret-key", "not-to-be-shown")
		program.Env = append(os.Environ(), asProgram+"=1")
		var help bytes.Buffer
		program.Stderr = &help
		output, err := program.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := program.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(output)
		if !lines.Scan() {
			t.Fatal("no first line")
		}
		checkServes(t, lines.Text())
		if err := program.Process.Signal(stop); err != nil {
			t.Fatal(err)
		}
		if lines.Scan() {
			t.Errorf("a second line on standard output: %q", lines.Text())
		}
		if err := program.Wait(); err != nil {
			t.Errorf("after %v: %v", stop, err)
		}
		if strings.Contains(help.String(), "not-to-be-shown") {
			t.Errorf("the secret key is shown:\n%s", help.String())
		}
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
	go func() {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+listener.Addr().String(), http.NoBody)
		if err != nil {
			return
		}
		if response, err := http.DefaultClient.Do(r); err == nil {
			response.Body.Close()
		}
	}()
	start := time.Now()
	if err := serve(ctx, listener, hang, 50*time.Millisecond); err != nil {
		t.Error(err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("stopping took %v", took)
	}
}

func TestRun_commandLine(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args   []string
		want   error
		stderr string
	}{
		"help":         {[]string{"-h"}, flag.ErrHelp, "-link-lifetime"},
		"unknown flag": {[]string{"-port", "1"}, errUsage, "-port"},
		"argument":     {[]string{"now"}, errUsage, `unexpected argument "now"`},
		"lifetime":     {[]string{"-link-lifetime", "0s"}, errUsage, "-link-lifetime must"},
		"latency":      {[]string{"-latency", "-1s"}, errUsage, "-latency must"},
		"rate":         {[]string{"-rate-limit", "-1"}, errUsage, "-rate-limit must"},
		"NaN":          {[]string{"-rate-limit", "NaN"}, errUsage, "-rate-limit must"},
		"infinite":     {[]string{"-rate-limit", "Inf"}, errUsage, "-rate-limit must"},
		"access key":   {[]string{"-access-key", ""}, errUsage, "-access-key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			if err := run(t.Context(), test.args, &stdout, &stderr); !errors.Is(err, test.want) {
				t.Errorf("run = %v, want %v", err, test.want)
			}
			if stdout.Len() != 0 || !strings.Contains(stderr.String(), test.stderr) {
				t.Errorf("stdout %q, stderr %q", &stdout, &stderr)
			}
		})
	}
	if err := run(t.Context(), []string{"-listen", "nowhere"}, io.Discard, io.Discard); err == nil {
		t.Error("listening nowhere worked")
	}
}

func TestProgram_exposure(t *testing.T) {
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
		var stderr bytes.Buffer
		warnOfExposure(&stderr, parsed)
		if got := baseURL(parsed); got != want.base || (stderr.Len() > 0) != want.warn {
			t.Errorf("%s: %s, %q", address, got, &stderr)
		}
	}
}
