package audit_test

import (
	"fmt"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/advance-community/terraform-provider-advance/internal/audit"
)

// BenchmarkAppend appends lines, each synced. In parallel, as Terraform's ten
// resources at a time, the writers share the wait for the disk.
func BenchmarkAppend(b *testing.B) {
	event := audit.Event{Kind: audit.SessionCreated, SignatureID: "ed8b21c0c87ad617", TransactionID: "0123456789abcdef", BizID: "order-1"}
	open := func(b *testing.B) *audit.Log {
		b.Helper()
		log, err := audit.Open(filepath.Join(b.TempDir(), "audit.jsonl"), endpoint, version)
		if err != nil {
			b.Fatal(err)
		}
		return log
	}
	b.Run("serial", func(b *testing.B) {
		log := open(b)
		b.ReportAllocs()
		for b.Loop() {
			if err := log.Append(event); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("parallel", func(b *testing.B) {
		log := open(b)
		b.ReportAllocs()
		b.SetParallelism((10 + runtime.GOMAXPROCS(0) - 1) / runtime.GOMAXPROCS(0))
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := log.Append(event); err != nil {
					b.Error(err)
				}
			}
		})
	})
}

// BenchmarkFold reads a log with two events of each session.
func BenchmarkFold(b *testing.B) {
	for _, sessions := range []int{100, 10_000} {
		b.Run(fmt.Sprintf("sessions=%d", sessions), func(b *testing.B) {
			var lines []string
			for _, kind := range []audit.Kind{audit.SessionCreated, audit.DataCleared} {
				for i := range sessions {
					lines = append(lines, entry(1, kind, fmt.Sprintf("%016x", i), "mine"))
				}
			}
			path := logOf(b, lines...)
			b.ReportAllocs()
			for b.Loop() {
				if folded, _, err := audit.Fold(path); err != nil || len(folded) != sessions {
					b.Fatalf("%d sessions, error %v", len(folded), err)
				}
			}
		})
	}
}
