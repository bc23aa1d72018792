//go:build !unix

package main

import "os/exec"

func separateSignals(*exec.Cmd) {}
