package cli

import (
	"cmp"
	"fmt"
	"slices"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/fix"
	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/internal/text"
	"apigee-audit/report"
)

// mostNamed bounds the bundles that one line names.
const mostNamed = 20

// sayRepaired says on stderr what was mended, what stays and what else changes, and counts the findings that stay and decide
// the exit status. What could not be written has mended nothing.
func (a *app) sayRepaired(c *config.Choices, r fixRequest, all []*repaired) (left int) {
	said := &toll{inPlace: r.write}
	for _, one := range all {
		if one.mended == nil {
			continue
		}
		of := ""
		if len(all) > 1 {
			of = one.result.Organization.Name + ": "
		}
		fixed, unwritten := one.delivered(one.mended.Fixed)
		further, _ := one.delivered(one.mended.Further) // without their changes, they do not come up
		stays := slices.Concat(one.mended.Left, unwritten)
		said.fixed, said.unwritten, said.stays = said.fixed+len(fixed), said.unwritten+len(unwritten), said.stays+len(one.mended.Left)
		said.bundles += len(one.mended.Bundles) - len(one.refused)
		for i := range stays {
			if decides(c.FailOn)(stays[i].Finding) {
				left++
			}
		}
		if c.Quiet {
			continue
		}
		a.sayFixed(of, "mends", fixed)
		a.sayFixed(of, "mends what comes up with that:", further)
		a.sayLeft(of, stays)
		if len(fixed) > 0 {
			a.sayIntroduced(of, one)
		}
		a.sayAccepted(of, one)
	}
	if !c.Quiet {
		a.say("%s", said)
	}
	return left
}

// toll counts findings by what became of them.
type toll struct {
	fixed, unwritten, stays int
	bundles                 int // that were changed
	inPlace                 bool
}

// String says the count in one line.
func (t *toll) String() string {
	all := t.fixed + t.unwritten + t.stays
	if all == 0 {
		return "there is nothing to mend"
	}
	s := text.CountGrouped(all, "finding")
	switch {
	case t.fixed > 0 && t.inPlace:
		s += fmt.Sprintf(", %s mended, in %s", text.Grouped(int64(t.fixed)), text.CountGrouped(t.bundles, "bundle"))
	case t.fixed > 0:
		s += fmt.Sprintf(", %s with a fix, in %s", text.Grouped(int64(t.fixed)), text.CountGrouped(t.bundles, "bundle"))
	case t.unwritten == 0:
		return s + ", and no fix"
	}
	if t.unwritten > 0 {
		s += fmt.Sprintf(", %s with a fix that could not be written", text.Grouped(int64(t.unwritten)))
	}
	return s
}

func (a *app) sayFixed(of, what string, fixed []fix.Fixed) {
	for i := range fixed {
		f := &fixed[i]
		how := f.How
		if how == "" {
			how = "What mends other findings mends it too."
		}
		a.say("%s%s %s (%s) in %s: %s", of, what, f.RuleID, f.RuleName, whereFound(&f.Finding), how)
	}
}

// whereFound is the bundle and the line of a finding.
func whereFound(f *finding.Finding) string {
	file := f.File
	if f.Source != "" {
		file = f.Source + "/" + file
	}
	return fmt.Sprintf("%s, %s:%d", apigee.Ref{Kind: f.Kind, Name: f.Name}, file, f.Line)
}

// sayLeft says what stays, in a line for each reason: some hold for every bundle.
func (a *app) sayLeft(of string, left []fix.Left) {
	type reason struct{ rule, name, why string }
	var order []reason
	names := map[reason][]string{}
	for i := range left {
		f := &left[i]
		r := reason{f.RuleID, f.RuleName, f.Why}
		if names[r] == nil {
			order = append(order, r)
		}
		name := cmp.Or(f.Source, apigee.Ref{Kind: f.Kind, Name: f.Name}.String())
		if !slices.Contains(names[r], name) {
			names[r] = append(names[r], name)
		}
	}
	for _, r := range order {
		a.say("%sstays %s (%s) in %s: %s", of, r.rule, r.name, text.ListSome(names[r], mostNamed), r.why)
	}
}

// sayIntroduced says what is found with the changes only. Which of them bring it about is not known.
func (a *app) sayIntroduced(of string, one *repaired) {
	adds, changes := "adds", "changes"
	if len(one.refused) > 0 {
		adds, changes = "may add", "may change"
	}
	for _, e := range one.mended.Introduced {
		verb := adds
		if e.Instead != "" {
			verb = changes + ":"
		}
		a.say("%s%s %s", of, verb, report.EffectText(e, apigee.Ref{}))
	}
}

// sayAccepted says of findings that were named by their fingerprints why they are left alone.
func (a *app) sayAccepted(of string, one *repaired) {
	for i := range one.result.Findings {
		f := &one.result.Findings[i]
		named := false
		for given := range one.matched {
			named = named || isAbout(given, f)
		}
		if named && f.Status == finding.StatusSuppressed {
			a.say("%skeeps %s (%s) in %s: it is accepted (%s)", of, f.RuleID, f.RuleName, whereFound(f), f.Suppression.Reason)
		}
	}
}
