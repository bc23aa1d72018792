//go:build !unix

package main

import (
	"os"
	"os/exec"
)

// What a process used is not measured here: its columns are empty.

func usageOf(*os.ProcessState) usage { return usage{} }

func usageOfSelf() usage { return usage{} }

func separateSignals(*exec.Cmd) {}
