//go:build unix

package main

import (
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// usageOf returns what a process has used, and what those of its children used
// for which it waited.
func usageOf(state *os.ProcessState) usage {
	if r, ok := state.SysUsage().(*syscall.Rusage); ok {
		return fromRusage(r)
	}
	return usage{}
}

// usageOfSelf returns what this process has used so far, without its children.
func usageOfSelf() usage {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return usage{}
	}
	return fromRusage(&r)
}

func fromRusage(r *syscall.Rusage) usage {
	peak := int64(r.Maxrss) //nolint:unconvert // It is 32 bits wide on some systems.
	if runtime.GOOS != "darwin" && runtime.GOOS != "ios" {
		peak <<= 10 // It counts kilobytes there.
	}
	return usage{CPU: time.Duration(r.Utime.Nano() + r.Stime.Nano()), Peak: peak}
}

// separateSignals puts cmd into a process group of its own. Ctrl-C goes to the
// whole group of the terminal, and terraform gives up without cleaning up when
// a second interrupt, from this program, comes on top of that.
func separateSignals(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}
