package finding

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
)

func proxy(name string) Endpoint { return Endpoint{Kind: apigee.KindProxy, Name: name} }

func leads(env, from string, r Relation, to string) Edge {
	e := Edge{Organization: "acme", Environment: env, From: proxy(from), Relation: r}
	if to != "" {
		n := proxy(to)
		e.To = &n
	}
	return e
}

func TestNeighbourhood(t *testing.T) {
	edges := []Edge{
		leads("prod", "web", RelationIssues, "issue"),
		leads("prod", "app", RelationIssues, "issue"),
		leads("prod", "app", RelationRefreshes, "app"),
		leads("prod", "issue", RelationRefreshedBy, "hub"),
		leads("prod", "kiosk", RelationRefreshedBy, "hub"),
		leads("prod", "hub", RelationRefreshes, "renew"),
		leads("prod", "bank", RelationNeverRefreshed, ""),
		leads("test", "web", RelationNeverRefreshed, ""),
	}
	elsewhere := leads("test", "till", RelationRefreshedBy, "hub")
	elsewhere.To.Environment = "prod"
	edges = append(edges, elsewhere)
	for name, tt := range map[string]struct {
		asked Filter
		want  []int // indices
	}{
		"everything":             {Filter{}, []int{0, 1, 2, 3, 4, 5, 6, 7, 8}},
		"an environment":         {Filter{Environments: []string{"te*"}}, []int{7, 8}},
		"from an issuer":         {Filter{Proxies: []string{"web"}}, []int{0, 3, 5, 7}},
		"of one environment":     {Filter{Proxies: []string{"web"}, Environments: []string{"prod"}}, []int{0, 3, 5}},
		"around what it shares":  {Filter{Proxies: []string{"issue"}}, []int{0, 1, 2, 3, 5}},
		"to a refresher":         {Filter{Proxies: []string{"hub"}}, []int{0, 1, 2, 3, 4, 5, 8}},
		"what nothing refreshes": {Filter{Proxies: []string{"bank"}}, []int{6}},
		"its own":                {Filter{Proxies: []string{"app"}}, []int{1, 2, 3, 5}},
		"several":                {Filter{Proxies: []string{"bank", "k*"}}, []int{4, 5, 6}},
		"nobody":                 {Filter{Proxies: []string{"none"}}, nil},
	} {
		var want []Edge
		for _, i := range tt.want {
			want = append(want, edges[i])
		}
		got := tt.asked.Neighbourhood(slices.Clone(edges), nil, nil)
		if diff := cmp.Diff(want, slices.Clip(append([]Edge(nil), got...))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if again := tt.asked.Neighbourhood(slices.Clone(got), nil, nil); len(again) != len(got) {
			t.Errorf("%s: asked again, %d of %d are left", name, len(again), len(got))
		}
	}
}

// TestCompareEdges: of those who could refresh, the best tied comes first, whatever its name.
func TestCompareEdges(t *testing.T) {
	tied := func(to string, kind TieKind) Edge {
		e := leads("prod", "web", RelationRefreshedBy, to)
		if kind != "" {
			e.Tie = &Tie{Kind: kind}
		}
		return e
	}
	want := []Edge{leads("prod", "zoo", RelationIssues, "zoo"), tied("c", TieProduct), tied("b", TiePath), tied("a", ""), leads("prod", "web", RelationNeverRefreshed, "")}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortStableFunc(got, CompareEdges)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestStandsFor(t *testing.T) {
	never := leads("prod", "web", RelationNeverRefreshed, "")
	never.RuleID = NeverRefreshed
	through := leads("prod", "web", RelationIssues, "issue")
	through.RuleID = NeverRefreshed
	of := func(name, rule string, at Deployed) *Finding {
		return &Finding{Organization: "acme", RuleID: rule, Kind: apigee.KindProxy, Name: name, Deployments: []Deployed{at}}
	}
	prod := Deployed{Environment: "prod"}
	onDisk := never
	onDisk.From.Source = "a"
	for name, tt := range map[string]struct {
		edge    Edge
		finding *Finding
		want    bool
	}{
		"its own":             {never, of("web", NeverRefreshed, prod), true},
		"another rule":        {never, of("web", RefreshUnreachable, prod), false},
		"another environment": {never, of("web", NeverRefreshed, Deployed{Environment: "test"}), false},
		"another bundle":      {never, of("app", NeverRefreshed, prod), false},
		"of what it calls":    {through, of("issue", NeverRefreshed, prod), true},
		"not of the caller":   {through, of("web", NeverRefreshed, prod), false},
		"a copy":              {onDisk, of("web", NeverRefreshed, Deployed{Environment: "prod", Source: "a"}), true},
		"another copy":        {onDisk, of("web", NeverRefreshed, Deployed{Environment: "prod", Source: "b"}), false},
	} {
		if got := tt.edge.StandsFor(tt.finding); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestNeighboursKeepTheirRules: a picture of one proxy shows the findings of those around it, as far as they were asked for.
func TestNeighboursKeepTheirRules(t *testing.T) {
	never := leads("prod", "issue", RelationRefreshedBy, "hub")
	never.RuleID = RefreshInAnotherProxy
	about := Finding{Organization: "acme", RuleID: RefreshInAnotherProxy, Severity: Low, Confidence: MediumConfidence, Status: StatusNew, Kind: apigee.KindProxy, Name: "issue", Deployments: []Deployed{{Environment: "prod"}}}
	accepted := about
	accepted.Status = StatusSuppressed
	for name, tt := range map[string]struct {
		asked    Filter
		findings []Finding
		kept     bool
	}{
		"everything":            {Filter{}, []Finding{about}, true},
		"itself":                {Filter{Proxies: []string{"issue"}}, []Finding{about}, true},
		"a neighbour":           {Filter{Proxies: []string{"hub"}}, []Finding{about}, true},
		"of higher severity":    {Filter{Proxies: []string{"hub"}, MinSeverity: High}, []Finding{about}, false},
		"of another rule":       {Filter{Proxies: []string{"hub"}, Rules: []string{"RT201"}}, []Finding{about}, false},
		"an accepted neighbour": {Filter{Proxies: []string{"hub"}}, []Finding{accepted}, false},
		"accepted itself":       {Filter{Proxies: []string{"issue"}}, []Finding{accepted}, true},
		"nothing found":         {Filter{}, nil, false},
	} {
		got := tt.asked.Neighbourhood([]Edge{never}, tt.findings, nil)
		if len(got) != 1 || (got[0].RuleID != "") != tt.kept {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if never.RuleID == "" {
		t.Error("the edge that was given has changed")
	}
}
