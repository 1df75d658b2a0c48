package audit

// Input is something besides bundles that a rule judges by. An audit that had it, or had another one, is not to be compared
// with one that had it not: what is gone from its findings need not be mended.
type Input string

// The inputs of rules.
const (
	InputTraffic            Input = "traffic"            // calls on record; without them the rule finds nothing
	InputDebugMasks         Input = "debugMasks"         // without them the rule finds nothing
	InputReach              Input = "reach"              // API products, which change what refreshes for whom
	InputProfile            Input = "profile"            // the OAuth security profile
	InputMaxRefreshLifetime Input = "maxRefreshLifetime" // the longest lifetime that is not reported
)

// Inputs are all inputs that there are.
func Inputs() []Input {
	return []Input{InputTraffic, InputDebugMasks, InputReach, InputProfile, InputMaxRefreshLifetime}
}
