package cli

import (
	"os"
	"runtime/debug"
)

// tuneMemory lets the collector wait longer than usual while little memory is in use, and work harder near 240 MB:
// bundles are short-lived, and what is kept of them is small. A GOGC or GOMEMLIMIT that the user sets takes precedence.
func tuneMemory() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetGCPercent(300)
	debug.SetMemoryLimit(240 << 20)
}
