package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"time"
)

// machine is what all rows have in common.
type machine struct {
	terraform string // version
	cpus      int
	runs      int
	binary    int64         // size of the provider, in bytes
	startup   time.Duration // CPU time of the provider until it can answer
}

func (m machine) String() string {
	startup := "not measured on this system"
	if m.startup > 0 {
		startup = fmt.Sprintf("%.0f ms", float64(m.startup)/float64(time.Millisecond))
	}
	return fmt.Sprintf("Terraform %s, %s, %s/%s, %d CPUs; median of %d.\nProvider: %.1f MB on disk; CPU time from start to first RPC: %s.\n",
		m.terraform, runtime.Version(), runtime.GOOS, runtime.GOARCH, m.cpus, m.runs, float64(m.binary)/1e6, startup)
}

func (b *bench) describe(ctx context.Context, runs int) (machine, error) {
	m := machine{cpus: runtime.NumCPU(), runs: runs}
	output, err := exec.CommandContext(ctx, b.terraform, "version", "-json").Output()
	if err != nil {
		return m, fmt.Errorf("asking for Terraform's version: %w", err)
	}
	var version struct {
		Terraform string `json:"terraform_version"`
	}
	if err := json.Unmarshal(output, &version); err != nil {
		return m, fmt.Errorf("reading Terraform's version: %w", err)
	}
	m.terraform = version.Terraform
	info, err := os.Stat(b.provider)
	if err != nil {
		return m, err
	}
	m.binary = info.Size()
	m.startup, err = b.startup(ctx)
	return m, err
}

// starts is how often the provider is started to measure its start. The median
// counts.
const starts = 9

// startup returns the CPU time that the provider needs until it can answer.
func (b *bench) startup(ctx context.Context) (time.Duration, error) {
	var times []time.Duration
	for range starts {
		took, err := b.startOnce(ctx)
		if err != nil {
			return 0, fmt.Errorf("measuring the provider's start: %w", err)
		}
		times = append(times, took)
	}
	return median(times), nil
}

// startOnce starts the provider as Terraform does, and kills it when it has
// written the address at which it answers.
func (b *bench) startOnce(ctx context.Context) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, b.provider)
	// What go-plugin's protocol has for a provider. A provider that is killed
	// leaves its socket behind.
	cmd.Env = append(os.Environ(), "PLUGIN_PROTOCOL_VERSIONS=6", "PLUGIN_UNIX_SOCKET_DIR="+b.dir,
		"TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	_, readErr := bufio.NewReader(stdout).ReadString('\n')
	killErr := cmd.Process.Kill()
	_, _ = io.Copy(io.Discard, stdout)
	_ = cmd.Wait() // It was killed.
	if err := errors.Join(readErr, killErr); err != nil {
		return 0, fmt.Errorf("%w\n%s", err, stderr.Bytes())
	}
	return usageOf(cmd.ProcessState).CPU, nil
}

// median returns the middle one of values, or the mean of the two middle ones.
// There must be at least one.
func median[T ~int | ~int64](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}
