package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"
)

// peakInterval is how often a running process is asked for its peak memory.
// The system keeps the peak, so only what grows after the last time is lost.
const peakInterval = 20 * time.Millisecond

// watchPeak returns a function that ends the watch and returns the peak memory
// of the process in bytes, 0 where the system does not tell. It is for
// Terraform: the figure of its resource usage counts its children too, and the
// memory of the process that started it.
func watchPeak(pid int) (stop func() int64) {
	done, peak := make(chan struct{}), make(chan int64)
	go func() {
		var last int64
		ticker := time.NewTicker(peakInterval)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				last = max(last, peakMemory(pid))
			case <-done:
				peak <- last
				return
			}
		}
	}()
	return func() int64 {
		close(done)
		return <-peak
	}
}

// peakMemory returns the peak of the resident memory of a running process, in
// bytes. Only Linux tells it of another process.
func peakMemory(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, after, _ := bytes.Cut(status, []byte("VmHWM:"))
	value, _, _ := bytes.Cut(after, []byte("kB"))
	kilobytes, err := strconv.ParseInt(string(bytes.TrimSpace(value)), 10, 64)
	if err != nil {
		return 0
	}
	return kilobytes << 10
}
