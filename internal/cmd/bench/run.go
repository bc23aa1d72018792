package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/simulator"
	"github.com/advance-community/terraform-provider-advance/internal/tfcli"
)

// The commands that are measured, in this order.
const (
	apply   = "apply"
	plan    = "plan"
	destroy = "destroy"
)

var commands = [3]string{apply, plan, destroy}

var arguments = map[string][]string{
	apply:   {"apply", "-auto-approve", "-no-color", "-input=false"},
	plan:    {"plan", "-detailed-exitcode", "-no-color", "-input=false"}, // exit code 2: the plan is not empty
	destroy: {"destroy", "-auto-approve", "-no-color", "-input=false"},
}

// result is a row with what was measured, by command.
type result struct {
	row
	phases [len(commands)]phase
}

// phase is what one command took.
type phase struct {
	took        time.Duration
	calls       [len(operations)]int // of the API, by operation
	connections int
	terraform   usage
	provider    usage // of all its processes
}

var operations = [4]simulator.Operation{simulator.OpToken, simulator.OpGenerate, simulator.OpResult, simulator.OpClear}

// stage is where one row is measured: a simulator of its own, and a working
// directory.
type stage struct {
	*bench
	row
	dir       string
	simulator *simulator.Simulator
	endpoint  string
}

// measure measures one row once.
func (b *bench) measure(ctx context.Context, r row) (result, error) {
	measured := result{row: r}
	dir, err := os.MkdirTemp(b.dir, "row-")
	if err != nil {
		return measured, err
	}
	defer os.RemoveAll(dir)
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // Listening on the loopback does not wait.
	if err != nil {
		return measured, err
	}
	sim := simulator.New(simulator.Config{Latency: r.latency})
	server := &http.Server{Handler: sim, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }() // It always ends with an error: that of its being closed.
	defer server.Close()

	s := &stage{b, r, dir, sim, "http://" + listener.Addr().String()}
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(r.shape.configuration(r.sessions)), 0o600); err != nil {
		return measured, err
	}
	if _, err := s.run(ctx, "init", "-no-color", "-input=false"); err != nil {
		return measured, err
	}
	for i, command := range commands {
		measured.phases[i], err = s.phase(ctx, command)
		if err == nil {
			err = s.check(command)
		}
		if err != nil {
			return measured, fmt.Errorf("terraform %s: %w", command, err)
		}
	}
	return measured, nil
}

// phase runs one command and returns what it took.
func (s *stage) phase(ctx context.Context, command string) (phase, error) {
	var before [len(operations)]int
	for i, op := range operations {
		before[i] = s.simulator.CallCount(op)
	}
	connections := s.simulator.Connections()

	p, err := s.run(ctx, arguments[command]...)
	var exit *exec.ExitError
	if command == plan && errors.As(err, &exit) && exit.ExitCode() == 2 {
		err = errors.New("the plan after apply is not empty")
	}
	if s.shape.computed {
		p.took += unavoidable(command, s.sessions, s.latency)
	}
	for i, op := range operations {
		p.calls[i] = s.simulator.CallCount(op) - before[i]
	}
	p.connections = s.simulator.Connections() - connections
	return p, err
}

// run runs terraform and returns its time and what it and the provider used.
func (s *stage) run(ctx context.Context, args ...string) (phase, error) {
	used := filepath.Join(s.dir, "usage")
	program := s.provider
	if s.shape.sleeper {
		program = s.self
	}
	cmd := tfcli.Command(ctx, s.terraform, s.dir, map[string]string{
		"TF_CLI_CONFIG_FILE": s.cliConfig,
		"ADVANCE_ENDPOINT":   s.endpoint,
		"ADVANCE_ACCESS_KEY": simulator.DefaultAccessKey,
		"ADVANCE_SECRET_KEY": simulator.DefaultSecretKey,
		envRole:              roleShim,
		envProgram:           program,
		envUsage:             used,
		envLatency:           s.latency.String(),
	}, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	separateSignals(cmd)

	started := time.Now()
	if err := cmd.Start(); err != nil {
		return phase{}, err
	}
	peak := watchPeak(cmd.Process.Pid)
	err := cmd.Wait()
	p := phase{took: time.Since(started)}
	p.terraform.Peak = peak()
	if err != nil {
		return p, fmt.Errorf("%w\n%s", err, stderr.Bytes())
	}

	var shims usage
	if p.provider, shims, err = takeUsage(used); err != nil {
		return p, err
	}
	// Terraform has waited for the shims, so its usage has theirs in it.
	if all := usageOf(cmd.ProcessState).CPU; all > 0 {
		p.terraform.CPU = all - p.provider.CPU - shims.CPU
	}
	return p, nil
}

// check fails unless the command has done at the API what it is measured for.
func (s *stage) check(command string) error {
	if !s.shape.real {
		return nil
	}
	if made := s.simulator.CallCount(simulator.OpGenerate); made != s.sessions {
		return fmt.Errorf("%d sessions were made, want %d", made, s.sessions)
	}
	if command != destroy {
		return nil
	}
	for _, session := range s.simulator.Sessions() {
		if session.State != simulator.StateCleared {
			return fmt.Errorf("session %s is %s after destroy", session.SignatureID, session.State)
		}
	}
	return nil
}
