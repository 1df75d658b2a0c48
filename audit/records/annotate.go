package records

import (
	"fmt"
	"slices"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
	"apigee-audit/internal/text"
)

// occurrence is one place of a finding's policy, or of its proxy where the policy cannot run, in one environment.
type occurrence struct {
	env    *flow.Environment
	trace  *flow.Trace
	places []*flow.Site
}

// Annotate adds to each finding what the organization's own records tell of it, and ranks anew: within a severity, what is
// called most comes first, and what is not called at all last.
func (rec *Records) Annotate(findings []finding.Finding) {
	if rec == nil {
		return
	}
	passed := passings{}
	for i := range findings {
		places := occurrencesOf(rec.facts, &findings[i])
		findings[i].Traffic = rec.trafficOf(places, passed)
		findings[i].URLs = rec.urlsOf(places)
		findings[i].Products, findings[i].Apps = rec.clientsOf(places)
	}
	slices.SortStableFunc(findings, finding.Compare)
}

// occurrencesOf finds where a finding is in the walks: the places of the policy it points at, or where that cannot run the places
// where its bundle issues.
func occurrencesOf(f *flow.Facts, fi *finding.Finding) []occurrence {
	var out []occurrence
	for _, e := range f.Environments {
		if !slices.ContainsFunc(fi.Deployments, func(d finding.Deployed) bool { return d.Environment == e.Name }) {
			continue
		}
		for _, w := range e.Traces() {
			var own, issuing []*flow.Site
			for _, r := range w.Sites {
				u := r.Policy.Program
				here := u.Revision.Kind == fi.Kind && u.Revision.Name == fi.Name
				if !r.Placed() {
					continue
				}
				if here && r.Policy.File == fi.File {
					own = append(own, r)
				}
				if r.Issues() && (here || w.Program.Revision.Kind == fi.Kind && w.Program.Revision.Name == fi.Name) {
					issuing = append(issuing, r)
				}
			}
			if len(own) == 0 || fi.RuleID == finding.RefreshIdle {
				own = issuing
			}
			if len(own) > 0 || w.Program.Revision.Kind == fi.Kind && w.Program.Revision.Name == fi.Name {
				out = append(out, occurrence{e, w, own})
			}
		}
	}
	return out
}

// trafficOf adds up the calls of all sites; nil where any of them has no numbers.
func (rec *Records) trafficOf(sites []occurrence, passed passings) *finding.Traffic {
	t := &finding.Traffic{From: rec.Window.Start, To: rec.Window.End}
	var say wording
	for _, s := range sites {
		env := rec.traffic[s.env.Name]
		if env == nil {
			return nil
		}
		say.partial = say.partial || env.partial
		name := s.trace.Program.Revision.Name
		total := env.totals[name]
		if total != nil {
			t.ProxyCalls += total.Calls
		}
		rows, known := env.rows[name]
		switch {
		case len(s.places) > 0 && known:
			for _, c := range rows {
				if slices.ContainsFunc(s.places, func(r *flow.Site) bool { return passed.of(c, r) }) {
					t.Calls.Join(c.Calls)
				}
			}
		case total != nil && !known:
			say.whole = true
			t.Calls.Join(*total)
		}
		if u := rec.Usage(s.env, s.trace); len(u.Issuing) > 0 {
			p := rec.proxyTokens(u)
			t.StoredTokens = saturated(t.StoredTokens, p.UpperBound)
			say.issues = true
			say.endless = say.endless || p.NeverExpires && p.Calls > 0
		}
	}
	if len(sites) == 0 {
		return nil
	}
	t.Note = trafficNote(t, rec.Window, say)
	return t
}

// wording is what decides how traffic is put in words.
type wording struct {
	partial bool // rows are missing
	whole   bool // the calls are those of the whole proxy, because its paths were not asked for
	issues  bool // tokens are issued there
	endless bool // and never end
}

func trafficNote(t *finding.Traffic, w apigee.Window, say wording) string {
	days := inDays(w.Days())
	var s string
	switch {
	case t.ProxyCalls == 0 && say.partial:
		return "no call on record in " + days + ", of a record that is not whole"
	case t.ProxyCalls == 0 && say.issues:
		return "not called in " + days + ": unused, so it issues nothing now"
	case t.ProxyCalls == 0:
		return "not called in " + days + ": unused"
	case say.whole:
		s = fmt.Sprintf("the proxy had %s in %s", text.CountGrouped(t.Calls.Calls, "call"), days)
	default:
		s = fmt.Sprintf("%s in %s", text.CountGrouped(t.Calls.Calls, "call"), days)
	}
	if t.Calls.Calls > 0 {
		s += fmt.Sprintf(", %s successful", text.Grouped(t.Successes))
	}
	if say.partial {
		s = "at least " + s
	}
	switch {
	case say.endless:
		s += "; its tokens are kept for ever"
	case t.StoredTokens > 0:
		s += fmt.Sprintf("; at most %s refresh tokens stored", text.Grouped(t.StoredTokens))
	}
	return s
}

// urlsOf are the addresses of all sites: every host name of every group that has the environment, with the paths.
func (rec *Records) urlsOf(sites []occurrence) []string {
	var out []string
	for _, s := range sites {
		for _, host := range rec.hostnames(s.env.Name) {
			for _, r := range s.places {
				for _, path := range r.Paths() {
					out = append(out, "https://"+host+path)
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// clientsOf are the products that open the proxies of all sites, and the apps that have those, if they were read.
func (rec *Records) clientsOf(sites []occurrence) (products, apps []string) {
	for _, p := range rec.Products {
		if !slices.ContainsFunc(sites, func(s occurrence) bool { return p.Allows(s.env.Name, s.trace.Program.Revision.Name) }) {
			continue
		}
		products = append(products, p.Name)
		apps = append(apps, appNames(rec.Apps[p.Name])...)
	}
	slices.Sort(apps)
	return products, slices.Compact(apps)
}
