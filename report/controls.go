package report

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
)

// Control is what the audit says of one requirement of a framework: which bundles its rules find nothing in, and which they do.
// Passed means that these rules found nothing, not that the requirement is met.
type Control struct {
	Framework   string `json:"framework"`   // with its version: "PCI DSS 4.0.1"
	Requirement string `json:"requirement"` // as the framework writes it: "6.2.4"
	Title       string `json:"title"`
	URL         string `json:"url"`
	// Rules are the IDs of the rules that map to the requirement, of those that ran.
	Rules []string `json:"rules"`
	// NotJudged are those of the rules that need records which were not requested: no verdict here rests on them.
	NotJudged []NotJudged `json:"notJudged,omitempty"`
	// Each bundle is in one of the lists, which are sorted by organization, kind and name.
	Passed      []Judged `json:"passed"`
	Failed      []Judged `json:"failed"`
	Accepted    []Judged `json:"accepted"` // with suppressed findings alone
	NotLookedAt []Judged `json:"notLookedAt"`
}

// NotJudged is a rule that could not judge, and why.
type NotJudged struct {
	RuleID string `json:"ruleId"`
	Why    string `json:"why"`
}

// Judged is a proxy or shared flow in all its revisions and environments that are reported. Kind and Name are "" for what nobody
// knows of an organization because it could not be listed.
type Judged struct {
	Organization string      `json:"organization"`
	Kind         apigee.Kind `json:"kind,omitempty"`
	Name         string      `json:"name,omitempty"`
	// Findings are the IDs of those that decide.
	Findings []string `json:"findings,omitempty"`
	// Why says what kept the audit from looking at all of it.
	Why string `json:"why,omitempty"`
}

// Label names the requirement beside those of other frameworks: "PCI DSS 4.0.1, 6.2.4", and "CWE-613", which says it itself.
func (c *Control) Label() string {
	if strings.HasPrefix(c.Requirement, c.Framework) {
		return c.Requirement
	}
	return c.Framework + ", " + c.Requirement
}

// ControlCounts is "2 failed, 1 accepted, 40 passed": how many bundles are in each list that has some.
func ControlCounts(c *Control) string {
	var parts []string
	for _, list := range []struct {
		n    int
		what string
	}{{len(c.Failed), "failed"}, {len(c.Accepted), "accepted"}, {len(c.NotLookedAt), "not looked at"}, {len(c.Passed), "passed"}} {
		if list.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", list.n, list.what))
		}
	}
	if len(parts) == 0 {
		return "no bundles"
	}
	return strings.Join(parts, ", ")
}

// bundleKey is what makes bundles the same.
type bundleKey struct {
	organization string
	apigee.Ref
}

func compareBundles(a, b bundleKey) int {
	return cmp.Or(cmp.Compare(a.organization, b.organization), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
}

// judgement is what is known of a bundle before any requirement asks.
type judgement struct {
	bundleKey
	why            string              // it was not looked at as a whole; "" where it was
	open, accepted map[string][]string // IDs of findings by rule; nil where there are none
}

// controlsOf holds the findings against the standards that the catalogue maps rules to.
func controlsOf(d *Document) []Control {
	all := requirements(d.Catalogue)
	if len(all) == 0 {
		return nil
	}
	v := controlView{NewView(d), map[[2]string]blindness{}}
	bundles := v.judged()
	lookedAt := 0
	for i := range bundles {
		if bundles[i].why == "" {
			lookedAt++
		}
	}
	for i := range all {
		c := &all[i]
		c.Passed, c.Failed, c.Accepted, c.NotLookedAt = make([]Judged, 0, lookedAt), []Judged{}, []Judged{}, []Judged{}
		v.noteUnjudged(c)
		outlooks := map[string]outlook{}
		for j := range bundles {
			b := &bundles[j]
			here, known := outlooks[b.organization]
			if !known {
				here = v.outlook(b.organization, c.Rules)
				outlooks[b.organization] = here
			}
			c.judge(b, here)
		}
	}
	return all
}

// requirements inverts the mapping of the rules, sorted by framework and requirement.
func requirements(catalogue []Rule) []Control {
	var all []Control
	for _, r := range catalogue {
		for _, s := range r.Standards {
			i := slices.IndexFunc(all, func(c Control) bool { return c.Framework == s.Catalogue && c.Requirement == s.ID })
			if i < 0 {
				i = len(all)
				all = append(all, Control{Framework: s.Catalogue, Requirement: s.ID, Title: s.Title, URL: s.URL})
			}
			if !slices.Contains(all[i].Rules, r.ID) {
				all[i].Rules = append(all[i].Rules, r.ID)
			}
		}
	}
	number := regexp.MustCompile(`\d+`)
	key := func(id string) string {
		return number.ReplaceAllStringFunc(id, func(n string) string { return fmt.Sprintf("%8s", n) })
	}
	slices.SortStableFunc(all, func(a, b Control) int {
		return cmp.Or(cmp.Compare(a.Framework, b.Framework), cmp.Compare(key(a.Requirement), key(b.Requirement)))
	})
	for i := range all {
		slices.Sort(all[i].Rules)
	}
	return all
}

// controlView answers for all bundles of an organization at once.
type controlView struct {
	*View
	blind map[[2]string]blindness // by organization and rule
}

// blindness is why a rule would show nothing in an organization, "" where it would; optional reports whether that is for want of
// records, which a bundle can be judged without.
type blindness struct {
	why      string
	optional bool
}

// blindHere is the blindness of a rule in an organization.
func (v controlView) blindHere(organization, rule string) blindness {
	key := [2]string{organization, rule}
	b, known := v.blind[key]
	if known {
		return b
	}
	if org := v.organization(organization); org == nil {
		b.why = "the organization was not audited"
	} else {
		b.why = v.BlindToRule(org, rule)
		b.optional = b.why != "" && b.why == v.lacksRecords(org, rule)
	}
	v.blind[key] = b
	return b
}

// noteUnjudged lists the rules without the records that they need.
func (v controlView) noteUnjudged(c *Control) {
	for _, rule := range c.Rules {
		for i := range v.Organizations {
			if why := v.lacksRecords(&v.Organizations[i], rule); why != "" {
				c.NotJudged = append(c.NotJudged, NotJudged{rule, why})
				break
			}
		}
	}
}

// outlook is what some rules together could show in an organization.
type outlook struct {
	judges bool   // one of them would show something
	why    string // another would not, which it would have to; "" where there is none
}

func (v controlView) outlook(organization string, rules []string) (o outlook) {
	for _, rule := range rules {
		switch blind := v.blindHere(organization, rule); {
		case blind.why == "":
			o.judges = true
		case !blind.optional && o.why == "":
			o.why = blind.why
		}
	}
	return o
}

// judge puts a bundle into one of the lists. What is accepted is not passed, and neither is what nobody looked at.
func (c *Control) judge(b *judgement, here outlook) {
	out := Judged{Organization: b.organization, Kind: b.Kind, Name: b.Name}
	var accepted []string
	for _, rule := range c.Rules {
		out.Findings, accepted = append(out.Findings, b.open[rule]...), append(accepted, b.accepted[rule]...)
	}
	why := cmp.Or(b.why, here.why)
	if !here.judges && why == "" && len(c.NotJudged) > 0 {
		why = c.NotJudged[0].Why
	}
	switch {
	case len(out.Findings) > 0:
		c.Failed = append(c.Failed, out)
	case len(accepted) > 0:
		out.Findings, out.Why = accepted, why
		c.Accepted = append(c.Accepted, out)
	case why != "":
		out.Why = why
		c.NotLookedAt = append(c.NotLookedAt, out)
	default:
		c.Passed = append(c.Passed, out)
	}
}

// judged are all bundles that the report knows of: those that were read, those that could not be, and those with findings.
func (v controlView) judged() []judgement {
	type mentions struct {
		at       []finding.Deployed
		read     bool
		findings []*finding.Finding
	}
	known := map[bundleKey]*mentions{}
	of := func(organization string, kind apigee.Kind, name string) *mentions {
		key := bundleKey{organization, apigee.Ref{Kind: kind, Name: name}}
		m := known[key]
		if m == nil {
			m = &mentions{}
			known[key] = m
		}
		return m
	}
	for i := range v.Inventory {
		e := &v.Inventory[i]
		m := of(e.Organization, e.Kind, e.Name)
		m.read, m.at = true, append(m.at, finding.Deployed{Environment: e.Environment, Revision: e.Revision})
	}
	for _, all := range v.Problems {
		for p := range all.Each() {
			if p.Kind == "" || p.Name == "" { // of the organization, of which more is unknown
				of(p.Organization, "", "")
				continue
			}
			m := of(p.Organization, p.Kind, p.Name)
			for _, environment := range p.In() {
				m.at = append(m.at, finding.Deployed{Environment: environment, Revision: p.Revision})
			}
		}
	}
	for _, org := range v.Organizations {
		if org.Audited < org.Revisions && !slices.ContainsFunc(v.Problems, func(p apigee.Problem) bool { return p.Organization == org.Name }) {
			of(org.Name, "", "")
		}
	}
	for i := range v.Findings {
		f := &v.Findings[i]
		m := of(f.Organization, f.Kind, f.Name)
		m.findings = append(m.findings, f)
	}
	out := make([]judgement, 0, len(known))
	for key, m := range known {
		j := judgement{bundleKey: key, why: v.unlooked(key, m.at)}
		if j.why == "" && !m.read { // a finding alone does not say that the rest was looked at
			j.why = "it is not in the inventory"
		}
		if len(m.findings) > 0 {
			j.open, j.accepted = map[string][]string{}, map[string][]string{}
		}
		for _, f := range m.findings {
			if f.Status == finding.StatusSuppressed {
				j.accepted[f.RuleID] = append(j.accepted[f.RuleID], f.ID)
			} else {
				j.open[f.RuleID] = append(j.open[f.RuleID], f.ID)
			}
		}
		out = append(out, j)
	}
	slices.SortFunc(out, func(a, b judgement) int { return compareBundles(a.bundleKey, b.bundleKey) })
	return out
}

// unlooked says why the report would not show every finding in a bundle, whichever its rule; "" where it would. It asks as for a
// finding that is gone, see [View.BlindTo]: one of low confidence, in all environments that are reported.
func (v controlView) unlooked(b bundleKey, at []finding.Deployed) string {
	org := v.organization(b.organization)
	switch {
	case org == nil:
		return "the organization was not audited"
	case b.Name == "":
		return "not everything was audited"
	}
	s := v.scopeOf(org)
	reported := only(at, func(d finding.Deployed) bool { return s.reportsOn(d.Environment) })
	if len(at) > 0 && len(reported) == 0 {
		return "other environments were asked for"
	}
	f := &finding.Finding{
		Organization: b.organization, Kind: b.Kind, Name: b.Name, Deployments: reported, Severity: finding.High, Confidence: finding.LowConfidence,
	}
	if why := v.keptOut(org, f); why != "" {
		return why
	}
	if why := v.unseen(org, f); why != "" {
		return why
	}
	if s != nil && len(s.Statuses) > 0 { // what was left out may be in any bundle
		return "findings of other statuses are left out"
	}
	if s != nil && len(s.Rules) > 0 { // which others map to a requirement, the report does not say
		return "only some of the rules were asked for"
	}
	return ""
}
