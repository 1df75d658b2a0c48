package html

import (
	"cmp"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
	"apigee-audit/report"
)

// matrix is what the bundles of one organization do with refresh tokens, by environment.
type matrix struct {
	ID, Title    string
	Environments []string
	Rows         []matrixRow
	Idle         []string // bundles that do nothing with tokens
	IdleTitle    string
}

type matrixRow struct {
	Name, Link string
	Shared     bool
	Cells      []matrixCell
}

// matrixCell is one bundle in one environment; without revisions it is not deployed there.
type matrixCell struct {
	Severity  string // of the worst finding there, "" for none
	Rank      int    // the worst findings first, then clean bundles, then nothing
	Revisions []acts
}

// acts is what one revision does, in symbols and in words.
type acts struct {
	Number string
	Acts   []string
	Words  string
}

func matricesOf(d *report.Document, ids *anchors) []matrix {
	worst := worstByPlace(d)
	var out []matrix
	for _, subject := range d.Subjects() {
		org := subject.Name
		deployed := map[bundleKey]map[string][]finding.Evidence{}
		var bundles []bundleKey
		var environments []string
		for _, e := range d.Inventory {
			if e.Organization != org {
				continue
			}
			key := bundleKey{org, e.Kind, e.Name}
			if deployed[key] == nil {
				deployed[key] = map[string][]finding.Evidence{}
				bundles = append(bundles, key)
			}
			deployed[key][e.Environment] = append(deployed[key][e.Environment], e)
			environments = append(environments, e.Environment)
		}
		if len(bundles) == 0 {
			continue
		}
		slices.Sort(environments)
		environments = slices.Compact(environments)
		slices.SortFunc(bundles, func(a, b bundleKey) int { return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.name, b.name)) })
		m := matrix{ID: ids.organization("matrix", org), Title: report.OrganizationTitle(org)}
		m.Environments = append(m.Environments, environments...)
		for _, key := range bundles {
			if row, acts := matrixRowOf(key, deployed[key], environments, worst); acts || ids.bundles[key] != "" {
				row.Link = ids.bundles[key]
				m.Rows = append(m.Rows, row)
				continue
			}
			m.Idle = append(m.Idle, report.BundleName(key.kind, key.name))
		}
		m.IdleTitle = idleTitle(len(m.Idle), len(m.Rows))
		out = append(out, m)
	}
	return out
}

func idleTitle(idle, rows int) string {
	subject := text.Count(idle, "proxy or shared flow")
	if idle != 1 {
		subject = text.Count(idle, "proxies and shared flow")
	}
	verb := " do"
	if idle == 1 {
		verb = " does"
	}
	if rows > 0 {
		subject = strings.Replace(subject, " ", " more ", 1)
	}
	return subject + verb + " nothing with refresh tokens"
}

// matrixRowOf is one bundle's row, and whether it does anything anywhere.
func matrixRowOf(key bundleKey, deployed map[string][]finding.Evidence, environments []string, worst map[placeKey]finding.Severity) (matrixRow, bool) {
	row := matrixRow{Name: key.name, Shared: key.kind == apigee.KindSharedFlow}
	does := false
	for _, env := range environments {
		var cell matrixCell
		severity := worst[placeKey{key, env}]
		if severity > 0 {
			cell.Severity = severity.String()
		}
		for _, e := range deployed[env] {
			a := actsOf(e)
			does = does || len(a.Acts) > 0
			if cell.Severity != "" {
				a.Words += "; has a finding of severity " + cell.Severity
			}
			cell.Revisions = append(cell.Revisions, a)
		}
		switch {
		case severity > 0:
			cell.Rank = int(finding.High - severity)
		case len(cell.Revisions) > 0:
			cell.Rank = int(finding.High)
		default:
			cell.Rank = int(finding.High) + 1
		}
		row.Cells = append(row.Cells, cell)
	}
	return row, does
}

func actsOf(e finding.Evidence) acts {
	var a acts
	var words []string
	note := func(does bool, act, text string) {
		if does {
			a.Acts, words = append(a.Acts, act), append(words, text)
		}
	}
	note(len(e.Grants) > 0, "issues", "issues ("+strings.Join(e.Grants, ", ")+")")
	note(e.Refreshes, "refreshes", "refreshes")
	note(e.Reads, "reads", "reads")
	note(e.Imports, "imports", "imports")
	note(e.Revokes, "revokes", "revokes")
	a.Words = "deployed: "
	if len(e.Sources) > 0 {
		a.Words = text.ListSome(e.Sources, report.MostPaths) + ": "
		if e.Environment != report.DiskEnvironment {
			a.Number = "change"
		}
	}
	if e.Revision != "" {
		a.Number = "r" + e.Revision
		a.Words = "revision " + e.Revision + ": "
	}
	a.Words += cmp.Or(strings.Join(words, ", "), "nothing with refresh tokens")
	return a
}

// placeKey is one bundle in one environment.
type placeKey struct {
	bundle      bundleKey
	environment string
}

// worstByPlace finds the worst severity of the findings of each bundle in each environment, accepted ones left out.
func worstByPlace(d *report.Document) map[placeKey]finding.Severity {
	out := map[placeKey]finding.Severity{}
	for _, f := range d.Findings {
		if f.Status == finding.StatusSuppressed {
			continue
		}
		for _, at := range f.Deployments {
			key := placeKey{bundleKey{f.Organization, f.Kind, f.Name}, at.Environment}
			out[key] = max(out[key], f.Severity)
		}
	}
	return out
}

// revision is one revision of the inventory with every environment it is deployed in, or for bundles on disk every path
// that holds it.
type revision struct {
	Organization, Name, Revision, Environments, Digest string
	Shared                                             bool
}

func inventoryOf(d *report.Document) []revision {
	type key struct {
		bundleKey
		revision, digest string
	}
	environments := map[key][]string{}
	var keys []key
	for _, e := range d.Inventory {
		k := key{bundleKey{e.Organization, e.Kind, e.Name}, e.Revision, e.SHA256}
		if environments[k] == nil {
			keys = append(keys, k)
		}
		if len(e.Sources) == 0 || e.Environment != report.DiskEnvironment {
			environments[k] = append(environments[k], e.Environment)
		}
		environments[k] = append(environments[k], e.Sources...)
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(cmp.Compare(a.organization, b.organization), cmp.Compare(a.kind, b.kind), cmp.Compare(a.name, b.name),
			apigee.CompareNumbers(a.revision, b.revision), cmp.Compare(a.digest, b.digest))
	})
	var out []revision
	for _, k := range keys {
		all := environments[k]
		slices.Sort(all)
		out = append(out, revision{
			Organization: k.organization, Name: k.name, Revision: k.revision, Digest: k.digest,
			Environments: strings.Join(slices.Compact(all), ", "), Shared: k.kind == apigee.KindSharedFlow,
		})
	}
	return out
}
