package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"time"
)

// The environment of a process of this program that Terraform starts as the
// provider.
const (
	envRole    = "ADVANCE_BENCH_ROLE"    // which part of this program to run
	envProgram = "ADVANCE_BENCH_PROGRAM" // path of the provider's executable
	envUsage   = "ADVANCE_BENCH_USAGE"   // path of the file for what it used
	envLatency = "ADVANCE_BENCH_LATENCY" // of the floor's calls
)

// The roles of a process of this program. Without one it is the benchmark.
const (
	roleShim    = "shim"    // runs a provider and writes down what it used
	roleSleeper = "sleeper" // is the provider that only sleeps
)

// usage is what processes have used.
type usage struct {
	CPU  time.Duration // user and system time
	Peak int64         // bytes of memory, of the largest process
}

// add adds the usage of another process.
func (u usage) add(other usage) usage {
	return usage{u.CPU + other.CPU, max(u.Peak, other.Peak)}
}

// processUsage is a line of the file of envUsage: one process of the provider.
type processUsage struct {
	Provider usage
	Shim     usage
}

// shim runs the provider with its own input and output, which Terraform talks
// to, and then writes down what the provider used. It returns the exit code. It
// adds some 10 ms to the start of each process of the provider.
func shim(program string) int {
	// Terraform ends the provider itself when it is interrupted.
	signal.Ignore(os.Interrupt)
	cmd := exec.CommandContext(context.Background(), program) //nolint:gosec // The benchmark sets the variable that names it.
	cmd.Env = append(os.Environ(), envRole+"="+roleSleeper)   // The real provider does not know it.
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	if cmd.ProcessState == nil {
		fmt.Fprintln(os.Stderr, "starting the provider:", err)
		return 1
	}
	line := processUsage{Provider: usageOf(cmd.ProcessState), Shim: usageOfSelf()}
	if err := appendUsage(os.Getenv(envUsage), line); err != nil {
		fmt.Fprintln(os.Stderr, "writing down what the provider used:", err)
		return 1
	}
	return cmd.ProcessState.ExitCode()
}

// appendUsage writes the line in one piece: several shims may write.
func appendUsage(path string, u processUsage) error {
	line, err := json.Marshal(u)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Close())
}

// takeUsage returns the sums of the file, and removes it. There is none where
// no provider has run.
func takeUsage(path string) (provider, shims usage, err error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return usage{}, usage{}, nil
	}
	if err != nil {
		return usage{}, usage{}, err
	}
	for lines := bufio.NewScanner(bytes.NewReader(content)); lines.Scan(); {
		var one processUsage
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			return usage{}, usage{}, fmt.Errorf("reading what the provider used: %w", err)
		}
		provider, shims = provider.add(one.Provider), shims.add(one.Shim)
	}
	return provider, shims, os.Remove(path)
}
