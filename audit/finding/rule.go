package finding

import "cmp"

// Rule is what is known of a rule without running it: what it finds, how sure it is, and what it rests on.
type Rule struct {
	ID         string     // "RT101"
	Name       string     // "refresh-token-never-refreshed"; never equal to the ID
	Severity   Severity   // of all its findings, unless configuration says otherwise
	Confidence Confidence // usual confidence; SARIF's precision
	Summary    string     // one sentence: what it finds
	CWE        []int      // Common Weakness Enumeration numbers
	References []Reference
	Standards  []Standard // the entries of CWE first, then by catalogue
	Page       string     // Markdown: what, why, bad, good, references
	// PartedFrom is the ID of the rule that this one was part of, "" for none. Fingerprints are made with that ID, and what
	// names it (suppressions, --rule, baselines) covers this rule too: both make the same fingerprint at one place.
	PartedFrom string
	// NeedsWhole reports whether the rule rests on having seen the whole organization: what could not be read makes it less sure.
	NeedsWhole bool
	// Inputs are what the rule judges by besides bundles.
	Inputs []Input
}

// Lineage is the ID that a rule's fingerprints are made with.
func (r *Rule) Lineage() string { return cmp.Or(r.PartedFrom, r.ID) }

// Alias is one use of a rule's ID for a rule that parted from it.
type Alias struct {
	Older, Newer string
	Where        string // `suppression 2 (RT106)`
}

// Reference is a public document that a rule rests on.
type Reference struct {
	Title string
	URL   string
}

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

// The core family: exactly one of these rules, or none, for each bundle that issues, in each environment.
const (
	NeverRefreshed         = "RT101"
	ImportedNeverRefreshed = "RT103"
	RefreshUnreachable     = "RT104"
	RefreshInAnotherProxy  = "RT106"
	RefreshElsewhere       = "RT107"
	RefreshUnrelated       = "RT110"
)

// InCoreFamily reports whether a rule is one of the core family.
func InCoreFamily(rule string) bool {
	switch rule {
	case NeverRefreshed, ImportedNeverRefreshed, RefreshUnreachable, RefreshInAnotherProxy, RefreshElsewhere, RefreshUnrelated:
		return true
	}
	return false
}

// RefreshIdle is the rule of a refresh flow that nobody calls. What weighs there is how much is issued, not the silence.
const RefreshIdle = "RT108"
