package audit

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
)

// Exception is an agreement to accept findings, with a reason. What it leaves empty it does not ask about.
type Exception struct {
	Rule string // the rule's ID
	// Organization, Environment, Name and Policy are globs (path.Match); names are case-sensitive.
	Organization, Environment string
	Kind                      apigee.Kind
	Name                      string // of the proxy or shared flow
	Policy                    string
	Reason                    string
	// Ticket is where the agreement is recorded, Owner who is responsible for it; they are for people.
	Ticket, Owner string
	// Expires is the last day on which it holds, midnight UTC; zero for no end.
	Expires time.Time
	Source  finding.SuppressionSource
	// Label is what notices call it: `suppression 2 (RT106, proxy "login")`.
	Label string

	comment *comment // where it stands, for comments in policies
}

// accepts reports whether the exception, of this rule, is about this deployment of a finding, expired or not.
func (e *Exception) accepts(rule string, f *finding.Finding, d finding.Deployed) bool {
	if e.Rule != rule || e.Kind != "" && e.Kind != f.Kind {
		return false
	}
	if e.comment != nil {
		return slices.Contains(e.comment.places(), placeOf(f, d))
	}
	return glob(e.Organization, f.Organization) && glob(e.Environment, d.Environment) &&
		glob(e.Name, f.Name) && glob(e.Policy, f.Policy)
}

// expired reports whether the exception's last day is over.
func (e *Exception) expired(now time.Time) bool {
	return !e.Expires.IsZero() && now.UTC().Format(finding.Date) > e.Expires.Format(finding.Date)
}

// where says where it stands, for messages.
func (e *Exception) where() string {
	if e.comment != nil {
		return "comments in policies"
	}
	return e.Label
}

func (e *Exception) suppression() *finding.Suppression {
	s := &finding.Suppression{Reason: e.Reason, Source: e.Source, Ticket: e.Ticket, Owner: e.Owner}
	if !e.Expires.IsZero() {
		s.Expires = e.Expires.Format(finding.Date)
	}
	return s
}

// glob matches like path.Match; an empty pattern matches everything.
func glob(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return pattern == "" || ok && err == nil
}

// policyFile is a policy's file in one revision.
type policyFile struct {
	revision apigee.Revision
	file     string
}

func placeOf(f *finding.Finding, d finding.Deployed) policyFile {
	return policyFile{apigee.Revision{Kind: f.Kind, Name: f.Name, Number: d.Revision, Root: d.Source}, f.File}
}

// exceptionIndex finds the exceptions that may be about a finding: those of the configuration, and the comments in its
// own file. Bundles may hold more comments than could be tried on every finding.
type exceptionIndex struct {
	anywhere []int
	comments map[policyFile][]int
}

func newExceptionIndex(all []Exception) exceptionIndex {
	x := exceptionIndex{comments: map[policyFile][]int{}}
	for i := range all {
		if c := all[i].comment; c != nil {
			for _, w := range c.places() {
				x.comments[w] = append(x.comments[w], i)
			}
		} else {
			x.anywhere = append(x.anywhere, i)
		}
	}
	return x
}

func (x exceptionIndex) about(f *finding.Finding, d finding.Deployed) []int {
	return slices.Concat(x.anywhere, x.comments[placeOf(f, d)])
}

// suppress marks what the exceptions accept. A finding that is accepted in some of its environments only is parted in
// two of the same fingerprint: one suppressed, one that still counts. An exception of the rule that the finding's rule
// parted from accepts it too, where there is none of the rule itself. used tells which exceptions were about anything, by
// their index.
func suppress(findings []finding.Finding, exceptions []Exception, parted map[string]string, now time.Time) (out []finding.Finding, used map[int]bool, aliases []finding.Alias) {
	used = map[int]bool{}
	if len(exceptions) == 0 {
		return findings, used, nil
	}
	out = make([]finding.Finding, 0, len(findings))
	index := newExceptionIndex(exceptions)
	for _, f := range findings {
		var open []finding.Deployed
		var expired []*Exception
		accepted := map[int][]finding.Deployed{}
		for _, d := range f.Deployments {
			by := -1
			for _, rule := range []string{f.RuleID, parted[f.RuleID]} {
				for _, i := range index.about(&f, d) {
					e := &exceptions[i]
					if by >= 0 || !e.accepts(rule, &f, d) {
						continue
					}
					used[i] = true
					switch {
					case !e.expired(now):
						by = i
						if rule != f.RuleID {
							aliases = addAlias(aliases, finding.Alias{Older: rule, Newer: f.RuleID, Where: e.where()})
						}
					case !slices.Contains(expired, e):
						expired = append(expired, e)
					}
				}
			}
			if by >= 0 {
				accepted[by] = append(accepted[by], d)
			} else {
				open = append(open, d)
			}
		}
		if len(open) > 0 {
			g := f
			g.Deployments = open
			for _, e := range expired {
				g.Say(" It was accepted until %s (%s).", e.Expires.Format(finding.Date), cmp.Or(strings.TrimRight(e.Reason, "."), "no reason"))
			}
			out = append(out, g)
		}
		for _, i := range slices.Sorted(maps.Keys(accepted)) {
			g := f
			g.Deployments, g.Status, g.Suppression = accepted[i], finding.StatusSuppressed, exceptions[i].suppression()
			out = append(out, g)
		}
	}
	return out, used, aliases
}
