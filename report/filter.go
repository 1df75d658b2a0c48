package report

import (
	"fmt"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
)

// Filter leaves out of the report what is not asked for, as if its audit had been asked for no more, and notes in scope and
// left-out findings what that is: a later comparison must not call it fixed. The error says what the report cannot answer.
func (d *Document) Filter(asked finding.Filter) error {
	if err := d.checkAsked(asked); err != nil {
		return err
	}
	if d.Edges != nil { // while the scope says what was left out before
		d.Edges = asked.Neighbourhood(slices.Clone(d.Edges), d.Findings, d.unlisted)
	}
	if err := d.narrowScopes(asked); err != nil {
		return err
	}
	complete := d.Complete
	kept, rest := asked.Narrow(d.Findings)
	d.Findings = kept
	if d.LeftOut != nil { // else nobody knows what was left out before
		d.LeftOut = append(d.LeftOut, rest...)
	}
	gone := asked
	gone.Statuses = nil // what is fixed has no status
	d.Fixed = only(d.Fixed, func(f finding.Finding) bool { return gone.Shows(&f) })
	d.Notices = only(d.Notices, func(p apigee.Problem) bool { return concerns(asked, p) })
	if len(asked.Rules) > 0 {
		d.keepRules(asked.Rules)
	}
	d.Normalize()
	d.Complete = d.Complete && complete
	return nil
}

// keepRules makes the report one of these rules: of the others it says nothing.
func (d *Document) keepRules(ids []string) {
	asked := func(id string) bool { return slices.Contains(ids, id) }
	if d.Rules != nil {
		d.Rules = only(d.Rules, asked)
	}
	d.Catalogue = only(d.Catalogue, func(r Rule) bool { return asked(r.ID) })
	for i := range d.Organizations {
		if org := &d.Organizations[i]; org.Rules != nil {
			org.Rules = only(org.Rules, asked)
		}
	}
}

// concerns reports whether a notice is about something that is asked for; about an organization as a whole it always is.
func concerns(asked finding.Filter, p apigee.Problem) bool {
	in := p.In()
	return (p.Name == "" || finding.MatchesAny(asked.Proxies, p.Name)) &&
		(len(in) == 0 || slices.ContainsFunc(in, func(environment string) bool { return finding.MatchesAny(asked.Environments, environment) }))
}

// CheckPatterns refuses patterns that match no environment, proxy or shared flow of a report that is complete: nothing would look
// like an answer.
func (d *Document) CheckPatterns(environments, proxies []string) error {
	if !d.Complete {
		return nil
	}
	return d.checkAsked(finding.Filter{Environments: environments, Proxies: proxies})
}

// checkAsked refuses what would look like a clean result: rules that did not run, and patterns that match nothing.
func (d *Document) checkAsked(asked finding.Filter) error {
	if len(asked.Rules) > 0 && d.Rules != nil && !slices.ContainsFunc(asked.Rules, d.ran) {
		return fmt.Errorf("the report says nothing about %s: it did not run", strings.Join(asked.Rules, ", "))
	}
	if len(asked.Environments)+len(asked.Proxies) == 0 {
		return nil
	}
	environments, names := d.names()
	already := d.Scope
	if already == nil {
		already = &Scope{}
	}
	for _, list := range []struct {
		what, flag        string
		globs, said, have []string
	}{
		{"environment", "--env", asked.Environments, already.Environments, environments},
		{"proxy or shared flow", "--proxy", asked.Proxies, already.Proxies, names},
	} {
		if slices.Equal(list.globs, list.said) { // whoever made the report knew what there is
			continue
		}
		for _, glob := range list.globs {
			if !slices.ContainsFunc(list.have, func(name string) bool { return finding.MatchesAny([]string{glob}, name) }) {
				return fmt.Errorf("no %s in the report matches %s %s", list.what, list.flag, glob)
			}
		}
	}
	return nil
}

// ran reports whether a rule ran, in some organization.
func (d *Document) ran(rule string) bool {
	return slices.Contains(d.Rules, rule) || slices.ContainsFunc(d.Organizations, func(o Organization) bool { return slices.Contains(o.Rules, rule) })
}

// names are the environments of the report, and the names of its proxies and shared flows.
func (d *Document) names() (environments, names []string) {
	for i := range d.Organizations {
		environments = append(environments, d.Organizations[i].Environments...)
	}
	for i := range d.Inventory {
		environments, names = append(environments, d.Inventory[i].Environment), append(names, d.Inventory[i].Name)
	}
	for i := range d.Findings {
		names = append(names, d.Findings[i].Name)
		for _, at := range d.Findings[i].Deployments {
			environments = append(environments, at.Environment)
		}
	}
	for _, p := range d.Problems {
		names = append(names, p.Name)
	}
	slices.Sort(environments)
	slices.Sort(names)
	return slices.Compact(environments), slices.Compact(names)
}

// narrowScopes notes with every scope what is asked for.
func (d *Document) narrowScopes(asked finding.Filter) (err error) {
	unknown := slices.ContainsFunc(d.Organizations, func(o Organization) bool { return o.Scope == nil })
	if d.Scope != nil || unknown || len(d.Organizations) == 0 {
		if d.Scope, err = d.scopeAnd(d.Scope, asked); err != nil {
			return err
		}
	}
	for i := range d.Organizations {
		org := &d.Organizations[i]
		if org.Scope == nil {
			continue
		}
		if org.Scope, err = d.scopeAnd(org.Scope, asked); err != nil {
			return fmt.Errorf("organization %s: %w", org.Name, err)
		}
	}
	return nil
}

// scopeAnd is a scope that is narrowed further. An unknown one stands for everything.
func (d *Document) scopeAnd(s *Scope, asked finding.Filter) (*Scope, error) {
	t := Scope{}
	if s != nil {
		t = *s
	}
	var environments, names []string
	if len(asked.Environments)+len(asked.Proxies) > 0 { // else they play no part
		environments, names = d.names()
	}
	t.MinSeverity, t.MinConfidence = max(t.MinSeverity, asked.MinSeverity), max(t.MinConfidence, asked.MinConfidence)
	for _, err := range []error{
		both("--rule", &t.Rules, asked.Rules),
		both("--status", &t.Statuses, asked.Statuses),
		bothMatch("--env", &t.Environments, asked.Environments, environments),
		bothMatch("--proxy", &t.Proxies, asked.Proxies, names),
	} {
		if err != nil {
			return nil, err
		}
	}
	return &t, nil
}

// both narrows a list, which holds everything where it is empty, to what is asked for too.
func both[T ~string](flag string, list *[]T, asked []T) error {
	switch {
	case len(asked) == 0:
		return nil
	case len(*list) == 0:
		*list = slices.Clone(asked)
		return nil
	}
	shared := only(*list, func(x T) bool { return slices.Contains(asked, x) })
	if len(shared) == 0 {
		return elsewhere(flag, *list)
	}
	*list = shared
	return nil
}

// bothMatch narrows patterns to what others match too: to those where there are no others or the same, else to the names that both
// match.
func bothMatch(flag string, patterns *[]string, asked, names []string) error {
	switch {
	case len(asked) == 0 || slices.Equal(*patterns, asked):
		return nil
	case len(*patterns) == 0:
		*patterns = slices.Clone(asked)
		return nil
	}
	var shared []string
	for _, name := range names {
		if finding.MatchesAny(*patterns, name) && finding.MatchesAny(asked, name) {
			shared = append(shared, literally(name))
		}
	}
	if len(shared) == 0 {
		return elsewhere(flag, *patterns)
	}
	*patterns = shared
	return nil
}

// elsewhere says that a report cannot answer because it was narrowed to something else.
func elsewhere[T ~string](flag string, list []T) error {
	var words []string
	for _, x := range list {
		words = append(words, string(x))
	}
	return fmt.Errorf("the report is narrowed to %s %s and has nothing else", flag, strings.Join(words, ", "))
}

// literally is the pattern that only a name itself matches.
func literally(name string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(name)
}
