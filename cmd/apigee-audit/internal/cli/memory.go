package cli

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"apigee-audit/audit"
	"apigee-audit/audit/finding"
)

// memoryAim is near what the collector is to work harder, in bytes of everything that the program has.
const memoryAim = 260 << 20

// tuneMemory lets the collector wait longer than usual while little memory is in use, and work harder near the aim: bundles are
// short-lived, and what is kept of them is small. Of an organization so large that what is kept comes near the aim, the collector
// would do nothing else; it gets a fifth of that to work with. A GOGC or GOMEMLIMIT that the user sets takes precedence.
func tuneMemory() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetGCPercent(300)
	debug.SetMemoryLimit(memoryAim)
	go func() {
		samples := []metrics.Sample{
			{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"},
			{Name: "/memory/classes/heap/free:bytes"}, {Name: "/memory/classes/heap/objects:bytes"},
		}
		limit := int64(memoryAim)
		for range time.NewTicker(100 * time.Millisecond).C {
			metrics.Read(samples)
			beside := int64(samples[1].Value.Uint64()) // the total, without what is behind it
			for _, s := range samples[2:] {
				beside -= int64(s.Value.Uint64())
			}
			if next := memoryLimit(int64(samples[0].Value.Uint64()), beside); next != limit {
				limit = next
				debug.SetMemoryLimit(limit)
			}
		}
	}()
}

// collectAfter has the collector look, while others go on, for what was read of a large organization: the report is written next, and
// would take new memory until it looks by itself.
func collectAfter(r *finding.Result) {
	if r.Revisions > audit.ManyRevisions {
		go runtime.GC()
	}
}

// memoryLimit is near what the collector is to work harder when so many bytes are kept, and so many are neither those nor free: gaps
// between what is kept, stacks, and what the runtime needs itself. All of it counts towards the limit.
func memoryLimit(kept, beside int64) int64 { return max(memoryAim, beside+kept+kept/5) }
