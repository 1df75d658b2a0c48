package html

import (
	"slices"
	"strings"

	"apigee-audit/internal/text"
	"apigee-audit/report"
)

// control is what the audit says of one entry of a catalogue, bundle by bundle.
type control struct {
	Passed, Failed, Accepted, NotLookedAt int
	Name                                  string // "PCI DSS 4.0.1, 6.2.4"
	Counts                                string
	NotJudged                             []string // rules that no verdict rests on, and why
	Lists                                 []judgedList
}

// judgedList is one of the lists of bundles.
type judgedList struct {
	Title   string
	Bundles []judgedBundle
}

// judgedBundle is a bundle with a link to its findings, "" where it has none on the page.
type judgedBundle struct{ Name, Link, Why string }

// controlOf finds the control of an entry; nil where the report has none.
func controlOf(d *report.Document, framework, requirement string, ids *anchors) *control {
	i := slices.IndexFunc(d.Controls, func(c report.Control) bool { return c.Framework == framework && c.Requirement == requirement })
	if i < 0 {
		return nil
	}
	c := &d.Controls[i]
	out := &control{Passed: len(c.Passed), Failed: len(c.Failed), Accepted: len(c.Accepted), NotLookedAt: len(c.NotLookedAt), Name: c.Label(), Counts: report.ControlCounts(c)}
	for _, n := range c.NotJudged {
		out.NotJudged = append(out.NotJudged, n.RuleID+": "+n.Why+", which was not requested.")
	}
	several := len(d.Subjects()) > 1
	for _, list := range []struct {
		title   string
		bundles []report.Judged
		links   map[bundleKey]string
	}{{"Failed", c.Failed, ids.bundles}, {"Accepted", c.Accepted, ids.accepted}, {"Not looked at", c.NotLookedAt, nil}, {"Passed", c.Passed, nil}} {
		if len(list.bundles) == 0 {
			continue
		}
		l := judgedList{Title: list.title + ": " + text.Count(len(list.bundles), "bundle")}
		for _, b := range list.bundles {
			l.Bundles = append(l.Bundles, judgedBundle{Name: judgedName(b, several), Why: b.Why, Link: list.links[bundleKey{b.Organization, b.Kind, b.Name}]})
		}
		out.Lists = append(out.Lists, l)
	}
	return out
}

// judgedName is a bundle in few words, with its organization where the report has several.
func judgedName(b report.Judged, several bool) string {
	if b.Name == "" {
		return strings.TrimSpace("organization " + b.Organization)
	}
	name := report.BundleName(b.Kind, b.Name)
	if several && b.Organization != "" {
		name += " of " + b.Organization
	}
	return name
}
