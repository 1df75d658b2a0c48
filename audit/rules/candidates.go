package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/records"
	"apigee-audit/internal/text"
)

// candidates are the bundles that could refresh, each once, best tie first.
type candidates struct {
	list []records.Candidate
	noun string // for all of them
}

// candidatesOf joins the refreshers of verdicts about one bundle in several environments. The list is not to be changed.
func candidatesOf(p *audit.Pass, group []*audit.Verdict, of func(*audit.Verdict) []records.Candidate) candidates {
	lists := make([][]records.Candidate, len(group))
	for i, v := range group {
		lists[i] = of(v)
	}
	return audit.Once(p, lists, joined)
}

// joined are the candidates of some lists, each bundle once, best tie first.
func joined(lists [][]records.Candidate) candidates {
	all := slices.Concat(lists...)
	slices.SortStableFunc(all, func(a, b records.Candidate) int {
		return cmp.Or(a.Tie.Kind.Compare(b.Tie.Kind), strings.Compare(a.Trace.Program.Revision.Name, b.Trace.Program.Revision.Name))
	})
	seen := map[apigee.Ref]bool{}
	all = slices.DeleteFunc(all, func(r records.Candidate) bool {
		ref := r.Trace.Program.Revision.Ref()
		again := seen[ref]
		seen[ref] = true
		return again
	})
	c := candidates{list: all}
	if len(all) > 0 {
		first := all[0].Trace.Program.Revision.Kind
		c.noun = first.Noun()
		if slices.ContainsFunc(all, func(r records.Candidate) bool { return r.Trace.Program.Revision.Kind != first }) {
			c.noun = "bundle"
		}
	}
	return c
}

func (c candidates) best() records.Candidate { return c.list[0] }

func refreshers(v *audit.Verdict) []records.Candidate { return v.Refreshers }

// most is how many candidates messages name and point at.
const most = records.MostNamed

// String names a few and counts the rest: `proxies "a", "b", "c" and 4 more`.
func (c candidates) String() string {
	var names []string
	for _, r := range c.list[:min(len(c.list), most)] {
		names = append(names, fmt.Sprintf("%q", r.Trace.Program.Revision.Name))
	}
	if n := len(c.list) - most; n > 0 {
		names = append(names, fmt.Sprintf("%d more", n))
	}
	noun := c.noun
	if len(c.list) > 1 {
		noun = text.Plural(noun)
	}
	return noun + " " + text.List(names)
}

// hops point at the refresh policies of the best few.
func (c candidates) hops() []finding.Hop {
	var out []finding.Hop
	for _, r := range c.list[:min(len(c.list), most)] {
		if h := r.Site.Policy.Hop(); !slices.Contains(out, h) {
			out = append(out, h)
		}
	}
	return out
}

// request is what a client sends to the best candidate to refresh.
func (c candidates) request() string {
	o := c.best().Site.Policy.OAuth
	if o.GrantType.Value != "" && o.GrantType.Value != "request.formparam.grant_type" {
		return ", with " + refreshGrant + " in " + o.GrantType.Value
	}
	return ", with grant_type=" + refreshGrant
}

// where is the best candidate with the paths under which it refreshes: `proxy "renew" (/renew/refresh)`.
func (c candidates) where() string {
	best := c.best()
	of := best.Trace.Program.Revision
	s := fmt.Sprintf("%s %q", of.Kind.Noun(), of.Name)
	if paths := best.Site.Paths(); len(paths) > 0 && of.Kind == apigee.KindProxy {
		s += " (" + strings.Join(paths, ", ") + ")"
	}
	return s
}
