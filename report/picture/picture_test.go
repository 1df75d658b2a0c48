package picture_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
	"apigee-audit/report/picture"
)

// everything is a picture in which nothing is grouped.
func everything() picture.Limits {
	return picture.Limits{Nodes: 1 << 20, Arrows: 1 << 20, Parts: 1 << 20}
}

func proxy(name string) finding.Endpoint { return finding.Endpoint{Kind: apigee.KindProxy, Name: name} }

func document(edges ...finding.Edge) *report.Document {
	for i := range edges {
		edges[i].Organization = "acme"
	}
	return report.New(reporttest.Tool(), []*finding.Result{{
		Organization: apigee.Organization{Name: "acme", Platform: apigee.PlatformX, Environments: []string{"prod", "test"}}, Edges: edges,
		Deployments: 1, Revisions: 1, Audited: 1,
	}})
}

func edge(env, from string, r finding.Relation, to string) finding.Edge {
	e := finding.Edge{Environment: env, From: proxy(from), Relation: r}
	if to != "" {
		n := proxy(to)
		e.To = &n
	}
	return e
}

// drawn is a part in words.
func drawn(p *picture.Part) []string {
	var out []string
	for _, n := range p.Nodes {
		out = append(out, n.Class()+" "+strings.Join(append([]string{n.Title()}, n.Lines()...), "; "))
	}
	for _, a := range p.Arrows {
		out = append(out, fmt.Sprintf("%s -> %s: %s", p.Nodes[a.From].Title(), p.Nodes[a.To].Title(), a.Label))
	}
	return out
}

func TestPictureOfOneEnvironment(t *testing.T) {
	issue := finding.Endpoint{Kind: apigee.KindSharedFlow, Name: "issue"}
	dead := proxy("till")
	dead.Policy = "Refresh"
	elsewhere := proxy("hub")
	elsewhere.Environment = "test"
	through := edge("prod", "web", finding.RelationIssues, "")
	through.To, through.Through = &issue, []finding.Via{{Kind: finding.ViaFlowHook, Name: "PreProxyFlowHook"}, {Kind: finding.ViaSharedFlow, Name: "common"}}
	also := through
	also.Relation = finding.RelationImports
	cannot := edge("prod", "till", finding.RelationCannotRefresh, "")
	cannot.To, cannot.Cause = &dead, finding.CauseNeverTrue
	tied := edge("prod", "web", finding.RelationRefreshedBy, "hub")
	tied.From, tied.Tie, tied.Others = issue, &finding.Tie{Kind: finding.TiePath, Words: "both lie under /oauth"}, 2
	drift := edge("prod", "drift", finding.RelationRefreshedBy, "")
	drift.To = &elsewhere
	chain := edge("prod", "front", finding.RelationRefreshes, "hub")
	chain.Through = []finding.Via{{Kind: finding.ViaProxy, Name: "middle"}}
	p := picture.New(document(
		through, also, cannot, tied, drift, chain,
		edge("prod", "till", finding.RelationIssues, "till"), edge("prod", "hub", finding.RelationRefreshes, "hub"), edge("prod", "hub", finding.RelationRevokes, "hub"),
		edge("prod", "bank", finding.RelationIssues, "bank"), edge("prod", "bank", finding.RelationNeverRefreshed, ""),
		edge("prod", "bank", finding.RelationBarred, "hub"), edge("prod", "bank", finding.RelationRevokedBy, "hub"),
		edge("prod", "look", finding.RelationReads, "look"),
		edge("prod", "good", finding.RelationIssues, "good"), edge("prod", "good", finding.RelationRefreshes, "good"),
	), picture.Readable())
	if len(p.Parts) != 1 || p.Parts[0].Title() != "Organization acme · prod" {
		t.Fatalf("%+v", p)
	}
	want := []string{
		"issuer bank; issues · revoked by hub", "reader drift", "refresher front", "complete good; issues · refreshes", "refresher hub; refreshes · revokes",
		"refresher hub; in test; refreshes", "reader look; reads", "issuer till; issues", "issuer web", "shared issue; shared flow; issues · imports",
		"dead Refresh; cannot run in proxy till", "nothing Nothing refreshes them",
		"bank -> hub: no API product opens both", "bank -> Nothing refreshes them: ", "drift -> hub: could refresh: only in test",
		"front -> hub: refreshes by a chain through middle", "till -> Refresh: holds: condition never true",
		"web -> issue: issues, imports through hook PreProxyFlowHook → common", "issue -> hub: could refresh: both lie under /oauth, 2 more could",
	}
	if diff := cmp.Diff(want, drawn(&p.Parts[0])); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestArrowsNameTheirFindings: a finding is a red arrow with its rule, an accepted one is not red, and what the report leaves out is an
// arrow like any other.
func TestArrowsNameTheirFindings(t *testing.T) {
	d := reporttest.Pictured()
	for name, tt := range map[string]struct {
		asked finding.Filter
		want  []string
	}{
		"all":  {finding.Filter{}, []string{"bank RT101 red severe", "issue RT106: policy red", "till RT104 accepted: disabled"}},
		"high": {finding.Filter{MinSeverity: finding.High}, []string{"bank RT101 red severe", "issue could refresh: policy", "till RT104 accepted: disabled"}},
		"new":  {finding.Filter{Statuses: []finding.Status{finding.StatusNew}}, []string{"bank RT101 red severe", "issue RT106: policy red", "till holds: disabled"}},
	} {
		one := *d
		if err := one.Filter(tt.asked); err != nil {
			t.Fatal(err)
		}
		p := picture.New(&one, everything())
		var got []string
		for _, a := range p.Parts[0].Arrows {
			switch a.Relations[0] {
			case finding.RelationRefreshedBy, finding.RelationNeverRefreshed, finding.RelationCannotRefresh:
			default:
				continue
			}
			label, _, _ := strings.Cut(a.Label, ` "]`)
			s := p.Parts[0].Nodes[a.From].Title() + " " + label
			if a.Finds() {
				s += " red"
			}
			if a.Finds() && a.Severe {
				s += " severe"
			}
			if s != "drift could refresh: only in other" {
				got = append(got, s)
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestEnvironmentsThatLookTheSame are drawn once.
func TestEnvironmentsThatLookTheSame(t *testing.T) {
	p := picture.New(document(
		edge("prod", "web", finding.RelationNeverRefreshed, ""), edge("test", "web", finding.RelationNeverRefreshed, ""), edge("dev", "app", finding.RelationNeverRefreshed, ""),
	), picture.Readable())
	var titles []string
	for i := range p.Parts {
		titles = append(titles, p.Parts[i].Title())
	}
	if want := []string{"Organization acme · dev", "Organization acme · prod, test"}; !slices.Equal(titles, want) {
		t.Errorf("%q, want %q", titles, want)
	}
}

// random draws edges between a few bundles.
func random(r *rand.Rand, n int) *report.Document {
	var edges []finding.Edge
	all := finding.Relations()
	for range n {
		e := edge([]string{"prod", "test"}[r.IntN(2)], fmt.Sprint("p", r.IntN(n)), all[r.IntN(len(all))], fmt.Sprint("p", r.IntN(n)))
		switch {
		case e.Relation == finding.RelationNeverRefreshed:
			e.To = nil
		case r.IntN(4) == 0:
			e.To.Kind = apigee.KindSharedFlow
		case e.Relation == finding.RelationCannotRefresh:
			e.To.Policy = "Refresh"
		}
		edges = append(edges, e)
	}
	return document(edges...)
}

// TestArrowsAreEdges: whatever is grouped, every arrow is backed by an edge, every edge is drawn, and limits hold.
func TestArrowsAreEdges(t *testing.T) {
	for seed := range uint64(25) {
		r := rand.New(rand.NewPCG(seed, 3))
		d := random(r, 1+r.IntN(120))
		for _, most := range []picture.Limits{everything(), picture.Readable(), {Nodes: 10, Arrows: 40, Parts: 9}} {
			p := picture.New(d, most)
			if again := picture.New(d, most); !reflect.DeepEqual(p, again) {
				t.Fatalf("seed %d: two pictures of one report differ", seed)
			}
			total := 0
			for _, part := range p.Parts {
				total += len(part.Arrows)
			}
			if total > most.Arrows || len(p.Parts) > most.Parts {
				t.Errorf("seed %d: %d arrows in %d parts, and %+v", seed, total, len(p.Parts), most)
			}
			drawn := arrowsIn(t, p, d)
			if slices.ContainsFunc(p.Notes, func(note string) bool { return strings.Contains(note, "left out") }) {
				continue
			}
			if diff := cmp.Diff(edgesIn(d), drawn); diff != "" {
				t.Errorf("seed %d, %+v (-edges +arrows):\n%s", seed, most, diff)
			}
		}
	}
}

func between(env, from string, r finding.Relation, to string) string {
	return fmt.Sprintf("%s %s %s %s", env, from, r, to)
}

func endName(n finding.Endpoint) string { return fmt.Sprint(n.Kind, " ", n.Name, " ", n.Policy) }

func edgesIn(d *report.Document) map[string]bool {
	out := map[string]bool{}
	for _, e := range d.Edges {
		if e.Relation == finding.RelationRevokedBy || e.To != nil && *e.To == e.From {
			continue
		}
		to := ""
		if e.To != nil {
			to = endName(*e.To)
		}
		out[between(e.Environment, endName(e.From), e.Relation, to)] = true
	}
	return out
}

// arrowsIn are the edges that the arrows can stand for, of which each arrow needs one.
func arrowsIn(t *testing.T, p *picture.Picture, d *report.Document) map[string]bool {
	t.Helper()
	known := edgesIn(d)
	out := map[string]bool{}
	names := func(n picture.Node) []string {
		kind := map[picture.NodeKind]apigee.Kind{picture.SharedFlow: apigee.KindSharedFlow}[n.Kind]
		if kind == "" {
			kind = apigee.KindProxy
		}
		var all []string
		for _, name := range n.Names {
			all = append(all, endName(finding.Endpoint{Kind: kind, Name: name}))
		}
		switch n.Kind {
		case picture.Nothing:
			all = []string{""}
		case picture.DeadPolicy: // which bundle has it, a group does not say
			all = slices.Collect(func(yield func(string) bool) {
				for e := range maps.Keys(known) {
					if _, name, ok := strings.Cut(e, " "+string(finding.RelationCannotRefresh)+" "); ok && strings.HasSuffix(name, " Refresh") && !yield(name) {
						return
					}
				}
			})
		}
		return all
	}
	for _, part := range p.Parts {
		for _, a := range part.Arrows {
			backed := false
			for _, env := range part.Environments {
				for _, from := range names(part.Nodes[a.From]) {
					for _, to := range names(part.Nodes[a.To]) {
						for _, r := range a.Relations {
							if e := between(env, from, r, to); known[e] {
								out[e], backed = true, true
							}
						}
					}
				}
			}
			if !backed {
				t.Errorf("no edge backs the arrow %q from %q to %q", a.Label, part.Nodes[a.From].Names, part.Nodes[a.To].Names)
			}
		}
	}
	return out
}

// TestLargeOrganizationsAreGrouped: three hundred bundles are a few nodes, and nobody is missing.
func TestLargeOrganizationsAreGrouped(t *testing.T) {
	var edges []finding.Edge
	for i := range 300 {
		name := fmt.Sprintf("proxy-%03d", i)
		edges = append(edges, edge("prod", name, finding.RelationIssues, name))
		switch i % 4 {
		case 0:
			edges = append(edges, edge("prod", name, finding.RelationNeverRefreshed, ""))
		case 1:
			edges = append(edges, edge("prod", name, finding.RelationRefreshedBy, name+"-refresh"), edge("prod", name+"-refresh", finding.RelationRefreshes, name+"-refresh"))
		case 2:
			edges = append(edges, edge("prod", name, finding.RelationRefreshedBy, "hub"))
		default:
			edges = append(edges, edge("prod", name, finding.RelationRefreshes, name))
		}
	}
	p := picture.New(document(edges...), picture.Readable())
	names := map[string]bool{}
	for _, n := range p.Parts[0].Nodes {
		for _, name := range n.Names {
			names[name] = true
		}
	}
	if n := len(p.Parts[0].Nodes); n > 10 || len(names) != 376 || !p.Parts[0].Grouped {
		t.Errorf("%d nodes for %d names: %q", n, len(names), drawn(&p.Parts[0]))
	}
	if len(p.Notes) != 1 || !strings.Contains(p.Notes[0], "--proxy") {
		t.Errorf("notes %q", p.Notes)
	}
}

func TestNotes(t *testing.T) {
	older := reporttest.Single()
	older.Inventory[0].Refreshes = true
	many := make([]finding.Edge, 0, 30)
	for i := range 30 {
		many = append(many, edge(fmt.Sprint("env", i), fmt.Sprint("p", i), finding.RelationNeverRefreshed, ""))
	}
	incomplete := document(edge("prod", "web", finding.RelationNeverRefreshed, ""))
	incomplete.Complete = false
	for name, tt := range map[string]struct {
		d    *report.Document
		want string
	}{
		"an older report": {older, "Nothing is drawn for Organization acme: the report has no edges, because an earlier version made it."},
		"nothing to draw": {document([]finding.Edge{}...), "Nothing that was asked for and audited handles refresh tokens."},
		"too much":        {document(many...), "10 of 30 pictures are left out: narrow the report with --env or --proxy."},
		"incomplete":      {incomplete, "The audit is incomplete: there may be arrows that the picture does not show."},
	} {
		p := picture.New(tt.d, picture.Limits{Nodes: 10, Arrows: 100, Parts: 20})
		if !slices.Contains(p.Notes, tt.want) {
			t.Errorf("%s: %q lacks %q", name, p.Notes, tt.want)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, tt := range []struct {
		line  string
		width int
		want  []string
	}{
		{"", 5, []string{""}},
		{"a b c", 3, []string{"a b", "c"}},
		{"long-without-spaces x", 4, []string{"long-without-spaces", "x"}},
		{"ä ö ü", 3, []string{"ä ö", "ü"}},
	} {
		if got := picture.Wrap(tt.line, tt.width); !slices.Equal(got, tt.want) {
			t.Errorf("%q at %d: %q, want %q", tt.line, tt.width, got, tt.want)
		}
	}
}
