package report

import (
	"bytes"
	"fmt"
	"slices"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
)

// Stored is a report that was read from a file.
type Stored struct {
	Name string // of the file, for messages
	*Document
}

// Merge makes one report of several, which may be about several organizations, or the shares of a fleet. The same
// organization may be in two of them only if both say the same about it; otherwise only the reader could choose.
//
// A report that is incomplete makes the whole incomplete, and so does a share that is missing: it is a problem of the
// merged report. The reports themselves stay as they are.
func Merge(tool Tool, stored []Stored) (*Document, error) {
	m := &Document{SchemaVersion: SchemaVersion, Tool: tool}
	from := map[string]Stored{}
	complete := true
	for _, s := range stored {
		if s.Change != nil {
			return nil, fmt.Errorf("%s is about an organization with a change that is not deployed: merge joins reports of what is", s.Name)
		}
		complete = complete && s.Complete
		m.span(s.StartedAt, s.FinishedAt)
		for _, part := range s.Parts() {
			name := part.Name
			other, twice := from[name]
			if !twice {
				from[name] = s
				m.take(s.about(name))
				continue
			}
			same, err := equal(other.about(name), s.about(name))
			if err != nil {
				return nil, err
			}
			switch {
			case same:
			case name == "": // what earlier merges missed
				m.take(s.about(name))
			default:
				return nil, fmt.Errorf("%s and %s say different things about organization %q: merge only one report on each organization, or compare the two with diff",
					other.Name, s.Name, name)
			}
		}
	}
	if allOf(stored, func(s Stored) bool { return s.LeftOut != nil }) {
		m.LeftOut = present(m.LeftOut)
	}
	if allOf(stored, func(s Stored) bool { return s.Edges != nil }) {
		m.Edges = present(m.Edges)
	}
	m.takeBaselines(stored)
	missing, err := missingShards(stored)
	if err != nil {
		return nil, err
	}
	m.Problems = append(m.Problems, missing...)
	scope, notices := mergedScope(stored)
	m.Scope, m.Notices = scope, append(m.Notices, notices...)
	m.Rules, m.Catalogue = commonRules(stored), catalogueOf(stored)
	m.keepApart(from)
	m.mergeSuppressions(stored, len(missing) == 0)
	m.Normalize()
	m.Complete = m.Complete && complete
	return m, nil
}

// keepApart notes with each organization what its report was asked for and which rules ran, where that is not what the
// merged report says of all: what is gone from one part is judged by the scope of that part.
func (d *Document) keepApart(from map[string]Stored) {
	for i := range d.Organizations {
		org := &d.Organizations[i]
		s := from[org.Name]
		if d.Scope == nil && org.Scope == nil {
			org.Scope = s.Scope
		}
		if org.Rules == nil && s.Rules != nil && !slices.Equal(d.Rules, s.Rules) {
			org.Rules = slices.Clone(s.Rules)
		}
	}
}

// about is the part of a report about one organization, without times.
func (d *Document) about(name string) *Document {
	return &Document{
		Organizations: only(d.Organizations, func(o Organization) bool { return o.Name == name }),
		Findings:      only(d.Findings, func(f finding.Finding) bool { return f.Organization == name }),
		Problems:      only(d.Problems, func(p apigee.Problem) bool { return p.Organization == name }),
		Notices:       only(d.Notices, func(p apigee.Problem) bool { return p.Organization == name }),
		Inventory:     only(d.Inventory, func(e finding.Evidence) bool { return e.Organization == name }),
		Edges:         ofOrganization(d.Edges, func(e finding.Edge) bool { return e.Organization == name }),
		LeftOut:       ofOrganization(d.LeftOut, func(l finding.LeftOut) bool { return l.Organization == name }),
		Fixed:         only(d.Fixed, func(f finding.Finding) bool { return f.Organization == name }),
		NotLookedAt:   only(d.NotLookedAt, func(f finding.Finding) bool { return f.Organization == name }),
		StoredTokens:  only(d.StoredTokens, func(s finding.StoredTokens) bool { return s.Organization == name }),
	}
}

// takeBaselines joins what the reports say of their baselines. A report knows nothing of the organizations of
// the others, so what of the baseline it did not look at counts only where nobody looked.
func (d *Document) takeBaselines(stored []Stored) {
	looked := d.Subjects()
	unlooked := map[string]int{} // from the organization to the report on it
	for i, s := range stored {
		if d.Baseline == nil {
			d.Baseline = s.Baseline
		}
		for _, f := range s.NotLookedAt {
			if slices.ContainsFunc(looked, func(o Organization) bool { return o.Name == f.Organization }) {
				continue
			}
			if first, told := unlooked[f.Organization]; !told || first == i {
				unlooked[f.Organization] = i
				d.NotLookedAt = append(d.NotLookedAt, f)
			}
		}
	}
}

// commonRules are the rules that ran for all reports; nil if one of them does not say.
func commonRules(stored []Stored) []string {
	var common []string
	for i, s := range stored {
		switch {
		case s.Rules == nil:
			return nil
		case i == 0:
			common = slices.Clone(s.Rules)
		default:
			common = only(common, func(id string) bool { return slices.Contains(s.Rules, id) })
		}
	}
	return common
}

// ofOrganization is nil where the organization has nothing, so that a report that does not say is equal to one that says none.
func ofOrganization[T any](all []T, own func(T) bool) []T {
	kept := only(all, own)
	if len(kept) == 0 {
		return nil
	}
	return kept
}

func only[T any](all []T, keep func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(all), func(x T) bool { return !keep(x) })
}

// take adds the parts of another report.
func (d *Document) take(o *Document) {
	d.Organizations = append(d.Organizations, o.Organizations...)
	d.Findings = append(d.Findings, o.Findings...)
	d.Problems = append(d.Problems, o.Problems...)
	d.Notices = append(d.Notices, o.Notices...)
	d.Inventory = append(d.Inventory, o.Inventory...)
	d.Edges = append(d.Edges, o.Edges...)
	d.LeftOut = append(d.LeftOut, o.LeftOut...)
	d.StoredTokens = append(d.StoredTokens, o.StoredTokens...)
	d.Fixed, d.NotLookedAt = append(d.Fixed, o.Fixed...), append(d.NotLookedAt, o.NotLookedAt...)
}

// equal compares as programs that read the reports would.
func equal(a, b *Document) (bool, error) {
	var texts [2]bytes.Buffer
	for i, d := range []*Document{a, b} {
		d.Normalize()
		if err := Encode(&texts[i], d); err != nil {
			return false, err
		}
	}
	return bytes.Equal(texts[0].Bytes(), texts[1].Bytes()), nil
}

// MaxShards bounds what is allocated for a number in somebody's file.
const MaxShards = 10_000

// missingShards finds the shares of a fleet that no report covers: their organizations would otherwise be missing
// silently.
func missingShards(stored []Stored) ([]apigee.Problem, error) {
	have := map[int]bool{}
	var first *Stored
	for i := range stored {
		s := &stored[i]
		switch {
		case s.Shard == nil:
			continue
		case s.Shard.Of > MaxShards || s.Shard.Index < 1 || s.Shard.Index > s.Shard.Of:
			return nil, fmt.Errorf("%s says that it is share %d of %d, which is impossible", s.Name, s.Shard.Index, s.Shard.Of)
		case first != nil && first.Shard.Of != s.Shard.Of:
			return nil, fmt.Errorf("%s is one of %d shares, but %s is one of %d: merge reports of the same fleet only", first.Name, first.Shard.Of, s.Name, s.Shard.Of)
		}
		first = s
		have[s.Shard.Index] = true
	}
	var problems []apigee.Problem
	for i := 1; first != nil && i <= first.Shard.Of; i++ {
		if !have[i] {
			problems = append(problems, apigee.Problem{
				Operation: "merge reports",
				Error:     fmt.Sprintf("the report of shard %d/%d is missing, and with it that shard's organizations", i, first.Shard.Of),
			})
		}
	}
	return problems, nil
}
