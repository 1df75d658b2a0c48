// Package finding is the contract between an audit and everything that reads its results: findings with their places, proofs and
// suppressions, what is known of rules, and what an organization's own records add. It is data. How findings come about is the
// business of package audit, what reports look like that of package report.
package finding

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/internal/text"
)

// Finding is one thing wrong in one place of one bundle, in all the environments and revisions that have it.
type Finding struct {
	// ID is organization and fingerprint in one key, unique in a report of many organizations: where several findings share a
	// fingerprint, as those of two copies on disk do, each has a key of its own. The report fills it in.
	ID         string     `json:"id"`
	RuleID     string     `json:"ruleId"`
	RuleName   string     `json:"ruleName"`
	Severity   Severity   `json:"severity"`
	Confidence Confidence `json:"confidence"`
	Message    string     `json:"message"`
	// Gist is the message without the names of what the finding is about: "The OAuthV2 policy issues …" for `OAuthV2 "Issue"
	// issues …`. It is the same for all findings that differ in nothing but those names. "" in reports of older versions.
	Gist        string `json:"gist,omitempty"`
	Remediation string `json:"remediation"`
	// Snippets are the XML to paste that Remediation speaks of, in the order of its sentences.
	Snippets     []Snippet   `json:"remediationXml,omitempty"`
	Organization string      `json:"organization"`
	Kind         apigee.Kind `json:"kind"`
	Name         string      `json:"name"`
	// Fixes are changes that mend the finding, the recommended one first; nil where none were looked for.
	Fixes []Fix `json:"fixes,omitempty"`
	// NoFix says in a sentence why there is none, where some were looked for.
	NoFix string `json:"noFix,omitempty"`
	// Policy is the name of the policy that the finding is about; "" where a report of an older version does not tell.
	Policy string `json:"policy,omitempty"`
	// Source is the bundle's path on disk, for scans of local paths.
	Source string `json:"source,omitempty"`
	// Place is where the finding points, in the bundle named by Kind and Name.
	Place
	// Excerpt is the XML around Place; nil when it was not kept.
	Excerpt *Excerpt `json:"excerpt,omitempty"`
	// Deployments are every environment and revision that has the finding, sorted by environment.
	Deployments []Deployed `json:"deployments"`
	// Path is the proof: how the flow gets from an endpoint to the policy or element, in order.
	Path []Hop `json:"path"`
	// Related are further places that belong to the finding: other issuing policies, the refresh policy that cannot run.
	Related []Hop `json:"related,omitempty"`
	// Cause is why the refresh policy that the finding is about cannot run (RT104); nil in reports of older versions.
	Cause *Cause `json:"cause,omitempty"`
	// Searched says what was looked through in vain: "no refresh operation in 412 revisions of 6 environments".
	Searched string `json:"searched,omitempty"`
	// Traffic is what analytics tell, when they were asked for and could be read.
	Traffic *Traffic `json:"traffic,omitempty"`
	// URLs are where the policy is called, as far as host names are known; paths are patterns.
	URLs []string `json:"urls,omitempty"`
	// Products are the API products whose apps can call it, Apps those apps, when they were asked for.
	Products    []string `json:"products,omitempty"`
	Apps        []string `json:"apps,omitempty"`
	Fingerprint string   `json:"fingerprint"`
	// SharedFingerprint is the one that the finding would have alone, where a finding of the rule that this one's rule parted
	// from has it: the same policy, judged otherwise in another environment.
	SharedFingerprint string `json:"sharedFingerprint,omitempty"`
	Status            Status `json:"status"`
	// FirstSeen is when the finding was seen first, as far as the baselines tell; zero without one. For a finding that was fixed
	// and has come back it is when it came back.
	FirstSeen time.Time `json:"firstSeen,omitzero"`
	// Suppression says why the finding is accepted, when its status is suppressed.
	Suppression *Suppression `json:"suppression,omitempty"`
	// Anchor is the element path with the policy's name that the fingerprint stands on: "OAuthV2[Issue]/ExpiresIn". It is
	// made to be compared, not to be taken apart: Policy is the policy.
	Anchor string `json:"anchor"`
}

// Say adds to the message what is known only once the finding is made.
func (f *Finding) Say(format string, args ...any) {
	more := fmt.Sprintf(format, args...)
	f.Message += more
	if f.Gist != "" {
		f.Gist += more
	}
}

// Fingerprints are those by which the finding may be known: its own, and the one that it shares.
func (f *Finding) Fingerprints() []string {
	if f.SharedFingerprint == "" {
		return []string{f.Fingerprint}
	}
	return []string{f.Fingerprint, f.SharedFingerprint}
}

// Place is a region of a file inside a bundle. Lines and columns are 1-based, columns count Unicode code points; the end
// is one past the last character, as in SARIF.
type Place struct {
	File      string `json:"file"` // "apiproxy/policies/X.xml"
	Line      int    `json:"line"`
	Column    int    `json:"column"`
	EndLine   int    `json:"endLine"`
	EndColumn int    `json:"endColumn"`
}

// Excerpt is the piece of a policy's XML around a finding's place, as it stands in the bundle but for literal secrets and
// comments, which are masked. It is hostile text: writers sanitise it.
type Excerpt struct {
	Line int   `json:"line"` // 1-based, of the first line of Text
	Text Lines `json:"text"` // whole lines
}

// Deployed is one environment and the revision deployed there.
type Deployed struct {
	Environment string `json:"environment"`
	Revision    string `json:"revision"`
	// Source is the bundle's path on disk, for scans of local paths; it may be one of several copies.
	Source string `json:"source,omitempty"`
	// Partly says why the revision may not run on every server, as in [apigee.Deployment]; "" where nothing speaks against it.
	Partly string `json:"partly,omitempty"`
}

// Hop is one step of a proof: an endpoint, a flow, a step, a shared flow, a policy or an element, with its position.
type Hop struct {
	// What says what the hop is: [HopFlow] and the like, or the type of a policy; "" in reports of older versions.
	What string `json:"what,omitempty"`
	// Named is its own name in the bundle, "" for what has none; very long ones are cut short.
	Named string `json:"named,omitempty"`
	// Detail is what people should know beside the name: an endpoint's base path, an OAuthV2 policy's operation.
	Detail string `json:"detail,omitempty"`
	// Condition is what a request has to meet there, "" for nothing.
	Condition string `json:"condition,omitempty"`
	// Dead marks what no request gets to.
	Dead bool `json:"dead,omitempty"`
	// Label is all of that in words: `flow "token" when proxy.pathsuffix MatchesPath "/token"`.
	Label string `json:"label"`
	// Kind and Name are the bundle that holds the hop; it may be a shared flow while the finding is a proxy's.
	Kind apigee.Kind `json:"kind"`
	Name string      `json:"name"`
	// Source is that bundle's path on disk, for scans of local paths.
	Source string `json:"source,omitempty"`
	Place
}

// What a hop can be besides a policy, whose hop has the policy's type.
const (
	HopProxyEndpoint  = "proxy endpoint"
	HopTargetEndpoint = "target endpoint"
	HopFlowHook       = "flow hook"
	HopSharedFlow     = "shared flow"
	HopFlow           = "flow" // a conditional one
	HopPreFlow        = "PreFlow"
	HopPostFlow       = "PostFlow"
	HopPostClientFlow = "PostClientFlow"
	HopEventFlow      = "EventFlow"
	HopFaultRule      = "fault rule"
	HopRouteRule      = "route rule"
	HopStep           = "step"
)

// Unconditional is the hop in words without its condition: `flow "token"`.
func (h Hop) Unconditional() string {
	words := h.What
	switch {
	case h.Named == "":
	case h.What == HopFlowHook: // the name is one of Apigee's
		words += " " + h.Named
	default:
		words += " " + text.Quote(h.Named)
	}
	if h.Detail != "" {
		words += " " + h.Detail
	}
	return words
}

// Status says how a finding stands to the baseline and the suppressions.
type Status string

// The statuses of a finding.
const (
	StatusNew        Status = "new"
	StatusKnown      Status = "known"      // in the baseline
	StatusSuppressed Status = "suppressed" // accepted with a reason
)

// Statuses lists all statuses, in the order in which reports for people have them.
func Statuses() []Status { return []Status{StatusNew, StatusKnown, StatusSuppressed} }

// ParseStatus accepts a status in any case.
func ParseStatus(name string) (Status, error) {
	for _, s := range Statuses() {
		if strings.EqualFold(name, string(s)) {
			return s, nil
		}
	}
	return "", fmt.Errorf("unknown status %q: use new, known or suppressed", name)
}

// Compare is the order of findings in every report: by severity, then by what runtime evidence says, which is the
// same for all where there is none, then by place.
func Compare(a, b Finding) int {
	return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(b.Traffic.Rank(), a.Traffic.Rank()), cmp.Compare(a.Organization, b.Organization),
		cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), comparePlaces(a.Place, b.Place),
		cmp.Compare(a.RuleID, b.RuleID), cmp.Compare(a.Source, b.Source), compareStatus(a.Status, b.Status),
		cmp.Compare(a.Fingerprint, b.Fingerprint), cmp.Compare(a.Message, b.Message))
}

// compareStatus puts what still counts before what is suppressed: of a finding that is accepted in some environments
// only, the part that counts keeps the first number among equal fingerprints.
func compareStatus(a, b Status) int {
	switch suppressed := a == StatusSuppressed; {
	case suppressed == (b == StatusSuppressed):
		return 0
	case suppressed:
		return 1
	}
	return -1
}

func comparePlaces(a, b Place) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}

// CompareDeployed orders the deployments of a finding by environment, revision and, on disk, place.
func CompareDeployed(a, b Deployed) int {
	return cmp.Or(cmp.Compare(a.Environment, b.Environment), apigee.CompareNumbers(a.Revision, b.Revision), apigee.CompareRoots(a.Source, b.Source))
}

// Set is the findings of a report, each with its rule, by what makes findings the same: organization and
// fingerprint.
type Set map[identity][]string

type identity struct{ organization, fingerprint string }

// Add notes a finding.
func (s Set) Add(f *Finding) {
	for _, fp := range f.Fingerprints() {
		id := identity{f.Organization, fp}
		if !slices.Contains(s[id], f.RuleID) {
			s[id] = append(s[id], f.RuleID)
		}
	}
}

// Rule is the rule under which a finding was noted, its own where it was noted under several, and whether it was.
func (s Set) Rule(f *Finding) (id string, noted bool) {
	var rules []string
	for _, fp := range f.Fingerprints() {
		rules = append(rules, s[identity{f.Organization, fp}]...)
	}
	switch {
	case len(rules) == 0:
		return "", false
	case slices.Contains(rules, f.RuleID):
		return f.RuleID, true
	}
	return rules[0], true
}
