//go:build !race

package cli

// underRace reports whether the race detector runs, under which everything takes about ten times as long.
const underRace = false
