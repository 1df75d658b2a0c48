package cli

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// memoryAim is near what the collector works harder, in bytes.
const memoryAim = 240 << 20

// tuneMemory lets the collector wait longer than usual while little memory is in use, and work harder near the aim: bundles are
// short-lived, and what is kept of them is small. Of an organization so large that what is kept comes near the aim, the collector
// would do nothing else; it gets a third of that to work with. A GOGC or GOMEMLIMIT that the user sets takes precedence.
func tuneMemory() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetGCPercent(300)
	debug.SetMemoryLimit(memoryAim)
	go func() {
		live, limit := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}, int64(memoryAim)
		for range time.NewTicker(100 * time.Millisecond).C {
			metrics.Read(live)
			if next := memoryLimit(int64(live[0].Value.Uint64())); next != limit {
				limit = next
				debug.SetMemoryLimit(limit)
			}
		}
	}()
}

// memoryLimit is near what the collector is to work harder when so many bytes are kept.
func memoryLimit(kept int64) int64 { return max(memoryAim, kept+kept/3) }
