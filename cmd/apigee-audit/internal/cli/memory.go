package cli

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// The collector works harder near the aim, in bytes, and near the most where it would come there with little to work with.
const (
	memoryAim  = 240 << 20
	memoryMost = 268 << 20
)

// tuneMemory lets the collector wait longer than usual while little memory is in use, and work harder near the aim: bundles are
// short-lived, and what is kept of them is small. Of an organization so large that what is kept comes near the aim, the collector
// would do nothing else; it gets half of that to work with up to the most, and a third of that beyond. A GOGC or GOMEMLIMIT that the user
// sets takes precedence.
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
func memoryLimit(kept int64) int64 {
	return max(memoryAim, min(kept+kept/2, memoryMost), kept+kept/3)
}
