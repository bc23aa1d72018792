//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// separateSignals puts cmd into a process group of its own. Ctrl-C goes to the
// whole group of the terminal, and terraform gives up without cleaning up when
// the demo's interrupt comes on top of that.
func separateSignals(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}
