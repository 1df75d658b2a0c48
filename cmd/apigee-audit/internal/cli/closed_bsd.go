//go:build unix && !linux

package cli

// shared is true: that cannot be told here without more, so two streams that are both discarded are taken for what somebody
// meant.
func shared(int, int) bool { return true }
