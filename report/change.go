package report

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
)

// Change says that the report is about an organization as it would be with a change deployed, and what the change is. New are
// then the findings that it introduces, fixed those that it mends, and the rest is known.
type Change struct {
	With    []ChangedBundle `json:"with"`
	Without []Undeployed    `json:"without"`
	Hooks   []ChangedHook   `json:"hooks"`
	// Before counts the findings of the organization as it is.
	Before Counts `json:"before"`
	// Counterparts are what was there before findings that the change introduces, and what will be there after those that it
	// mends, as far as it is known.
	Counterparts []Counterpart `json:"counterparts"`
}

// ChangedBundle is a bundle from disk that the change deploys.
type ChangedBundle struct {
	Path         string      `json:"path"`
	Kind         apigee.Kind `json:"kind"`
	Name         string      `json:"name"`
	Environments []string    `json:"environments"`
	// Replaces are the revisions that are deployed there now, in the order of the environments; NewIn are the environments in
	// which none is.
	Replaces []string `json:"replaces"`
	NewIn    []string `json:"newIn"`
}

// Undeployed is a proxy or shared flow that the change takes from an environment.
type Undeployed struct {
	Kind        apigee.Kind `json:"kind"`
	Name        string      `json:"name"`
	Environment string      `json:"environment"`
	Revisions   []string    `json:"revisions"`
}

// ChangedHook is a flow hook that the change sets; SharedFlow is "" where it detaches what is there.
type ChangedHook struct {
	Environment string `json:"environment"`
	Point       string `json:"point"`
	SharedFlow  string `json:"sharedFlow"`
	Instead     string `json:"instead"` // the shared flow that is attached now, "" for none
}

// Counterpart is what stands on the other side of the change to a finding that it introduces or mends.
type Counterpart struct {
	Organization string `json:"organization"`
	Fingerprint  string `json:"fingerprint"`
	// State is the side: before for findings that the change introduces, after for those that it mends.
	State string `json:"state"`
	// RuleID, RuleName, Message and Path are those of another finding of the same bundle and family there; "" for none.
	RuleID   string        `json:"ruleId,omitempty"`
	RuleName string        `json:"ruleName,omitempty"`
	Message  string        `json:"message,omitempty"`
	Path     []finding.Hop `json:"path"`
	// Refresh is the way on which the tokens of the bundle are refreshed there, empty where none is known.
	Refresh []finding.Hop `json:"refresh"`
}

// The sides of a change.
const (
	stateBefore = "before"
	stateAfter  = "after"
)

// State is one side of a change: the report, and how tokens are refreshed there.
type State struct {
	*Document
	Refreshes []finding.Refreshed
}

// CompareChange makes the report, which is of an organization with a change deployed, say what the change does: before is
// the organization as it is. Whether a finding is gone is asked as for a baseline; but both sides know the same rules, so that
// a refresh flow to which something ties the tokens, and one to which nothing does any more, are two findings.
func (d *Document) CompareChange(before State, refreshes []finding.Refreshed, change Change) *Comparison {
	c := d.compareWith(before.Document, sameRule)
	change.Before = before.Summary.Findings
	for _, f := range c.Added {
		change.note(&f, stateBefore, before.Refreshes, c.Fixed)
	}
	for _, f := range c.Fixed {
		change.note(&f, stateAfter, refreshes, c.Added)
	}
	d.Change = &change
	d.Normalize()
	return c
}

// note keeps what stands on the other side to a finding; others are the findings that are only there.
func (c *Change) note(f *finding.Finding, state string, ways []finding.Refreshed, others []finding.Finding) {
	p := Counterpart{Organization: f.Organization, Fingerprint: f.Fingerprint, State: state}
	if i := slices.IndexFunc(others, func(o finding.Finding) bool { return sameQuestion(f, &o) }); i >= 0 {
		o := &others[i]
		p.RuleID, p.RuleName, p.Message, p.Path = o.RuleID, o.RuleName, o.Message, o.Path
	}
	if finding.InCoreFamily(f.RuleID) {
		if i := slices.IndexFunc(ways, func(r finding.Refreshed) bool {
			return r.Kind == f.Kind && r.Name == f.Name && slices.ContainsFunc(f.Deployments, func(at finding.Deployed) bool { return at.Environment == r.Environment })
		}); i >= 0 {
			p.Refresh = ways[i].Path
		}
	}
	if p.RuleID != "" || p.Refresh != nil {
		c.Counterparts = append(c.Counterparts, p)
	}
}

// sameQuestion reports whether two findings answer one question about one bundle: who refreshes, or the same rule elsewhere.
func sameQuestion(a, b *finding.Finding) bool {
	return a.Organization == b.Organization && a.Kind == b.Kind && a.Name == b.Name &&
		(a.RuleID == b.RuleID || finding.InCoreFamily(a.RuleID) && finding.InCoreFamily(b.RuleID))
}

// Counterpart is what stands on the other side of the change to a finding; nil where nothing is known of it.
func (d *Document) Counterpart(f *finding.Finding) *Counterpart {
	if d.Change == nil {
		return nil
	}
	var state string
	switch {
	case lists(d.Findings, f):
		state = stateBefore
	case lists(d.Fixed, f):
		state = stateAfter
	default:
		return nil
	}
	for i := range d.Change.Counterparts {
		if c := &d.Change.Counterparts[i]; c.State == state && c.Organization == f.Organization && c.Fingerprint == f.Fingerprint {
			return c
		}
	}
	return nil
}

// IsFixed reports whether a finding is one of those that are gone.
func (d *Document) IsFixed(f *finding.Finding) bool {
	return d.Change != nil && lists(d.Fixed, f) && !lists(d.Findings, f)
}

// lists reports whether a finding is among others. Rules that were one once share fingerprints, so that one of the change's own
// may have that of one that it mends.
func lists(all []finding.Finding, f *finding.Finding) bool {
	return slices.ContainsFunc(all, func(g finding.Finding) bool {
		return g.Organization == f.Organization && g.Fingerprint == f.Fingerprint && g.RuleID == f.RuleID
	})
}

// Title heads a counterpart.
func (c *Counterpart) Title() string {
	if c.State == stateBefore {
		return "Before the change"
	}
	return "After the change"
}

// Finding is the counterpart's as a sentence: "RT104 refresh-flow-unreachable: …".
func (c *Counterpart) Finding() string {
	if c.RuleID == "" {
		return ""
	}
	return strings.TrimSpace(c.RuleID+" "+c.RuleName) + ": " + c.Message
}

// RefreshTitle heads the way on which tokens are refreshed on that side.
func (c *Counterpart) RefreshTitle() string {
	if c.State == stateBefore {
		return "How tokens are refreshed before the change"
	}
	return "How tokens are refreshed after the change"
}

// mostChanges bounds what is said of a change in a sentence.
const mostChanges = 5

// ChangeText says in a sentence that the report is about a change, and which; "" where it is not.
func ChangeText(d *Document) string {
	if d.Change == nil {
		return ""
	}
	var parts []string
	for i := range d.Change.With {
		parts = append(parts, d.Change.With[i].words())
	}
	for _, u := range d.Change.Without {
		what := "without " + apigee.Ref{Kind: u.Kind, Name: u.Name}.String()
		if len(u.Revisions) > 0 {
			what += " (revision " + text.List(u.Revisions) + ")"
		}
		parts = append(parts, what+" in "+u.Environment)
	}
	for _, h := range d.Change.Hooks {
		parts = append(parts, h.words())
	}
	if len(parts) == 0 {
		return "The organization as it would be with a change, of which nothing could be looked at."
	}
	if more := len(parts) - mostChanges; more > 0 {
		parts = append(parts[:mostChanges], "and "+text.Count(more, "more change"))
	}
	return "The organization as it would be " + strings.Join(parts, "; ") + "."
}

// words is "with ./login in prod, test instead of revisions 7 and 7".
func (b *ChangedBundle) words() string {
	s := "with " + localPath(b.Path)
	if b.Kind == apigee.KindSharedFlow || filepath.Base(b.Path) != b.Name {
		s += " (" + apigee.Ref{Kind: b.Kind, Name: b.Name}.String() + ")"
	}
	replacing := only(b.Environments, func(env string) bool { return !slices.Contains(b.NewIn, env) })
	switch {
	case len(replacing) == 0:
		return s + " in " + listOf(b.Environments) + ", where it is new"
	case len(b.Replaces) == 0: // nobody knows what is deployed there
		return s + " in " + listOf(b.Environments)
	}
	noun := "revision"
	if len(b.Replaces) > 1 {
		noun = "revisions"
	}
	s += " in " + listOf(replacing) + " instead of " + noun + " " + text.List(b.Replaces)
	if len(b.NewIn) > 0 {
		s += " and in " + listOf(b.NewIn) + ", where it is new"
	}
	return s
}

func (h *ChangedHook) words() string {
	at := h.Point + " of " + h.Environment
	switch {
	case h.SharedFlow == "":
		return "with no shared flow at " + at + " instead of " + text.Quote(h.Instead)
	case h.Instead == "":
		return "with shared flow " + text.Quote(h.SharedFlow) + " at " + at
	}
	return "with shared flow " + text.Quote(h.SharedFlow) + " at " + at + " instead of " + text.Quote(h.Instead)
}

// localPath is a path that reads as one: "./login".
func localPath(path string) string {
	if filepath.IsAbs(path) || strings.HasPrefix(path, "/") || strings.HasPrefix(path, ".") {
		return path
	}
	return "./" + path
}

// changeStanding says what the change does: "The change introduces 1 finding, mends 2 and leaves 12 as they are; before it there were 14."
func changeStanding(d *Document) string {
	s := d.Summary
	line := fmt.Sprintf("The change introduces %s, mends %d and leaves %d as they are", text.Count(s.New, "finding"), s.Fixed, s.Known)
	if d.Baseline != nil {
		line = fmt.Sprintf("%s new, %d known without the change or from the baseline, %d fixed by the change or since the baseline",
			text.Count(s.New, "finding"), s.Known, s.Fixed)
	}
	line += fmt.Sprintf("; before it there were %d", d.Change.Before.Total)
	if s.NotLookedAt > 0 {
		line += fmt.Sprintf(". %d could not be compared, because not everything was looked at", s.NotLookedAt)
	}
	if s.Suppressed > 0 {
		line += fmt.Sprintf(". %d suppressed", s.Suppressed)
	}
	return line + "."
}

// FixedTitle heads the findings that are gone.
func FixedTitle(d *Document) string {
	switch {
	case d.Change == nil:
		return "Fixed since the baseline"
	case d.Baseline != nil:
		return "Fixed by the change or since the baseline"
	}
	return "Fixed by the change"
}

// NotLookedAtTitle heads the findings that may still be there.
func NotLookedAtTitle(d *Document) string {
	if d.Change == nil {
		return "In the baseline, but not looked at this time"
	}
	return "Known before and not looked at"
}

// KnownFrom says whence a finding is known.
func KnownFrom(d *Document) string {
	switch {
	case d.Change == nil:
		return "known from the baseline"
	case d.Baseline != nil:
		return "known without the change, or from the baseline"
	}
	return "there without the change too"
}

// fill replaces what must not be absent in JSON.
func (c *Change) fill() {
	if c == nil {
		return
	}
	c.With, c.Without, c.Hooks, c.Counterparts = present(c.With), present(c.Without), present(c.Hooks), present(c.Counterparts)
	for i := range c.With {
		b := &c.With[i]
		b.Environments, b.Replaces, b.NewIn = present(b.Environments), present(b.Replaces), present(b.NewIn)
	}
	for i := range c.Without {
		c.Without[i].Revisions = present(c.Without[i].Revisions)
	}
	for i := range c.Counterparts {
		p := &c.Counterparts[i]
		p.Path, p.Refresh = present(p.Path), present(p.Refresh)
	}
}
