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
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		for limit := int64(memoryAim); ; time.Sleep(100 * time.Millisecond) {
			metrics.Read(live)
			kept := int64(live[0].Value.Uint64())
			if next := max(memoryAim, kept+kept/3); next != limit {
				limit = next
				debug.SetMemoryLimit(limit)
			}
		}
	}()
}
