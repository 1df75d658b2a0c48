package report

import (
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
)

// MostFixes is how many fixes of a finding are shown. The audit offers two at most; a stored report may claim any number.
const MostFixes = 3

// mostEffects is how many of the findings that go or come with a fix are named.
const mostEffects = 5

// ShownFix is a fix as people read it, in every format.
type ShownFix struct {
	Title       string // "Fix", and of several "Recommended fix" and "Another fix"
	Description string
	// Remarks are what else is to be said of it: what it changes, and which other findings go or come with it.
	Remarks []FixRemark
	Diff    []DiffLine
	// Cut says what of the diff is not shown, and where it is; "" for nothing.
	Cut string
}

// FixRemark is something about a fix, with the word that it goes under.
type FixRemark struct{ Label, Text string }

// ShownFixes are the fixes of a finding, with so many lines of each diff at most. The text is not sanitised.
func ShownFixes(f *finding.Finding, wd string, mostLines int) []ShownFix {
	var out []ShownFix
	for i := range f.Fixes[:min(len(f.Fixes), MostFixes)] {
		x := &f.Fixes[i]
		s := ShownFix{Title: "Fix", Description: x.Description, Remarks: remarks(x, f, wd)}
		switch {
		case i > 0:
			s.Title = "Another fix"
		case len(f.Fixes) > 1:
			s.Title = "Recommended fix"
		}
		s.Diff, s.Cut = shownDiff(string(x.Diff), mostLines)
		out = append(out, s)
	}
	if n := len(f.Fixes) - len(out); n > 0 {
		last := &out[len(out)-1]
		last.Remarks = append(last.Remarks, FixRemark{"Not shown", text.Count(n, "more fix")})
	}
	return out
}

// FixText says in a sentence how a finding can be mended by an edit, or why it cannot; "" where nobody looked.
func FixText(f *finding.Finding) string {
	switch {
	case len(f.Fixes) > 0:
		return f.Fixes[0].Description
	case f.NoFix != "":
		return "No fix: " + f.NoFix
	}
	return ""
}

func remarks(x *finding.Fix, f *finding.Finding, wd string) []FixRemark {
	turned := func(e finding.Effect) bool { return e.Instead != "" }
	introduced := func(e finding.Effect) bool { return e.Instead == "" }
	further := ""
	if x.Further > 0 {
		further = text.Count(x.Further, "more finding")
	}
	return only([]FixRemark{
		{"Edits", fixedBundle(x, wd)},
		{"Also mends", effects(x, x.Mends)},
		{"Would change", effects(x, only(x.Introduces, turned))},
		{"Would introduce", effects(x, only(x.Introduces, introduced))},
		{"Would affect", further},
		{"Proof", proof(f)},
	}, func(r FixRemark) bool { return r.Text != "" })
}

// proof says what another audit confirmed of a fix.
func proof(f *finding.Finding) string {
	s := "An audit with this change no longer reports the finding, and reports no new one"
	switch f.Severity {
	case finding.High:
		s += " of high severity"
	case finding.Medium, finding.Low:
		s += " of " + f.Severity.String() + " or higher severity"
	}
	return s + "."
}

// fixedBundle is the bundle that a fix changes: "proxy login, revision 12", with its places on disk.
func fixedBundle(x *finding.Fix, wd string) string {
	s := strings.TrimSpace(x.Kind.Noun() + " " + x.Name)
	if x.Revision != "" {
		s += ", revision " + x.Revision
	}
	var paths []string
	for _, source := range x.Sources[:min(len(x.Sources), MostPaths+1)] {
		dir, ok := Within(wd, source)
		if !ok {
			dir = source
		}
		paths = append(paths, dir)
	}
	switch n := len(x.Sources); {
	case n == 0:
		return s
	case n > MostPaths+1:
		return s + ", in " + strings.Join(paths[:MostPaths], ", ") + " and " + text.Count(n-MostPaths, "more copy")
	}
	return s + ", in " + text.List(paths)
}

// effects lists what else a fix makes go, come or change.
func effects(x *finding.Fix, all []finding.Effect) string {
	var out []string
	for _, e := range all[:min(len(all), mostEffects+1)] {
		out = append(out, EffectText(e, apigee.Ref{Kind: x.Kind, Name: x.Name}))
	}
	if n := len(all); n > mostEffects+1 {
		return strings.Join(out[:mostEffects], ", ") + " and " + text.Count(n-mostEffects, "more finding")
	}
	return text.List(out)
}

// EffectText names a finding that goes, comes or changes with a fix: `low RT203 refresh-not-longer-than-access at "Mobile"`, with its
// bundle where that is not the one that is spoken of, and with the rule whose finding it takes the place of.
func EffectText(e finding.Effect, spokenOf apigee.Ref) string {
	rule, at := e.Severity.String()+" "+strings.TrimSpace(e.RuleID+" "+e.RuleName), ""
	if e.Policy != "" {
		at += ` at "` + e.Policy + `"`
	}
	if in := (apigee.Ref{Kind: e.Kind, Name: e.Name}); in != spokenOf {
		at += " in " + e.Kind.Noun() + " " + e.Name
	}
	if e.Instead != "" {
		return e.Instead + at + " becomes " + rule
	}
	return rule + at
}
