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
)

// mostNamed bounds the bundles that one line names.
const mostNamed = 20

// sayRepaired says on stderr what was mended, what stays and what else changes, and counts the findings that stay and decide
// the exit status.
func (a *app) sayRepaired(c *config.Choices, all []*repaired) (left int) {
	mended, stays, bundles := 0, 0, 0
	for _, one := range all {
		if one.mended == nil {
			continue
		}
		of := ""
		if len(all) > 1 {
			of = one.result.Organization.Name + ": "
		}
		mended, stays, bundles = mended+len(one.mended.Fixed), stays+len(one.mended.Left), bundles+len(one.mended.Bundles)
		for i := range one.mended.Left {
			if decides(c.FailOn)(one.mended.Left[i].Finding) {
				left++
			}
		}
		if c.Quiet {
			continue
		}
		a.sayFixed(of, "mends", one.mended.Fixed)
		a.sayFixed(of, "mends what comes up with that:", one.mended.Further)
		a.sayLeft(of, one.mended.Left)
		a.sayIntroduced(of, one.mended.Introduced)
		a.sayAccepted(of, one)
	}
	if !c.Quiet {
		switch {
		case mended+stays == 0:
			a.say("there is nothing to mend")
		case mended == 0:
			a.say("%s, and no fix", text.CountGrouped(stays, "finding"))
		default:
			a.say("%s, %s with a fix, in %s", text.CountGrouped(mended+stays, "finding"), text.Grouped(int64(mended)), text.CountGrouped(bundles, "bundle"))
		}
	}
	return left
}

func (a *app) sayFixed(of, what string, fixed []fix.Fixed) {
	for i := range fixed {
		f := &fixed[i]
		how := f.How
		if how == "" {
			how = "What mends others mends it too."
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

// sayIntroduced says what is found with the changes only.
func (a *app) sayIntroduced(of string, introduced []finding.Effect) {
	for _, e := range introduced {
		instead := ""
		if e.Instead != "" {
			instead = ", in the place of " + e.Instead
		}
		a.say("%sadds %s (%s, %s) in %s%s", of, e.RuleID, e.RuleName, e.Severity, apigee.Ref{Kind: e.Kind, Name: e.Name}, instead)
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
