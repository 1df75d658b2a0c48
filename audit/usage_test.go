package audit

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/inventory"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
	"apigee-audit/audit/records"
)

// recorded is an organization of one proxy whose source answers queries with fixed rows.
type recorded struct {
	platform  apigee.Platform
	files     map[string]string
	rows      []apigee.TrafficRow // with the dimensions below
	truncated bool
	err       error
}

func (s *recorded) Organization(context.Context) (*apigee.Organization, error) {
	return &apigee.Organization{Name: "acme", Platform: s.platform, Environments: []string{"prod"}}, nil
}

func (s *recorded) Deployments(context.Context) (inventory.Listing, error) {
	return inventory.Listing{Deployments: []apigee.Deployment{{Environment: "prod", Revision: apigee.Revision{Kind: apigee.KindProxy, Name: "login", Number: "1"}}}}, nil
}

func (s *recorded) FlowHooks(context.Context, string) ([]apigee.FlowHook, error) { return nil, nil }

func (s *recorded) Bundle(context.Context, apigee.Revision) (*bundle.Archive, error) {
	a := &bundle.Archive{}
	for name, data := range s.files {
		a.Files = append(a.Files, bundle.File{Name: name, Data: []byte(data)})
	}
	slices.SortFunc(a.Files, func(a, b bundle.File) int { return strings.Compare(a.Name, b.Name) })
	return a, nil
}

func (s *recorded) Traffic(_ context.Context, q apigee.TrafficQuery) (*apigee.Traffic, error) {
	if s.err != nil {
		return nil, s.err
	}
	dimensions := []string{
		apigee.DimensionProxy, apigee.DimensionBasePath, apigee.DimensionPathSuffix, apigee.DimensionVerb, apigee.DimensionStatus,
	}
	out := &apigee.Traffic{Truncated: s.truncated}
	for _, r := range s.rows {
		var values []string
		for _, d := range q.Dimensions {
			v := apigee.NotSet
			if i := slices.Index(dimensions, d); i >= 0 {
				v = r.Values[i]
			}
			values = append(values, v)
		}
		out.Rows = append(out.Rows, apigee.TrafficRow{Values: values, Calls: r.Calls})
	}
	return out, nil
}

func (s *recorded) DebugMask(context.Context, string) (*apigee.DebugMask, error) {
	return nil, errors.New("none")
}

func (s *recorded) EnvironmentGroups(context.Context) ([]apigee.EnvironmentGroup, error) {
	return nil, nil
}

func (s *recorded) Products(context.Context) ([]apigee.Product, error) { return nil, nil }

func (s *recorded) Apps(context.Context, string) ([]apigee.App, error) { return nil, nil }

// loginBundle issues at /token and refreshes at /refresh; lifetime is its RefreshTokenExpiresIn element.
func loginBundle(lifetime string) map[string]string {
	flowXML := func(path, policy string) string {
		return `<Flow name="` + path + `"><Condition>proxy.pathsuffix MatchesPath "/` + path + `" and request.verb = "POST"</Condition>` +
			`<Request><Step><Name>` + policy + `</Name></Step></Request></Flow>`
	}
	return map[string]string{
		"apiproxy/proxies/default.xml": `<ProxyEndpoint name="default"><HTTPProxyConnection><BasePath>/v1/oauth</BasePath></HTTPProxyConnection><Flows>` +
			flowXML("token", "Issue") + flowXML("refresh", "Refresh") + `</Flows></ProxyEndpoint>`,
		"apiproxy/policies/Issue.xml": `<OAuthV2 name="Issue"><Operation>GenerateAccessToken</Operation>` + lifetime +
			`<SupportedGrantTypes><GrantType>password</GrantType></SupportedGrantTypes><GenerateResponse/></OAuthV2>`,
		"apiproxy/policies/Refresh.xml": `<OAuthV2 name="Refresh"><Operation>RefreshAccessToken</Operation><GenerateResponse/></OAuthV2>`,
	}
}

func calledAs(path, verb, status string, n int64) apigee.TrafficRow {
	return apigee.TrafficRow{Values: []string{"login", "/v1/oauth", path, verb, status}, Calls: n}
}

// factsOf collects with a rule that keeps the facts and the records.
func factsOf(t *testing.T, s *recorded, window time.Duration) (*flow.Facts, *records.Records, *finding.Result) {
	t.Helper()
	var facts *flow.Facts
	var rec *records.Records
	res, err := Run(t.Context(), s, Options{
		Rules: []*Rule{{Rule: finding.Rule{ID: "X"}, Check: func(p *Pass) { facts, rec = p.Facts, p.Records }}}, Concurrency: 1, Evidence: records.Options{Traffic: window}, EvidenceFrom: s,
		Now: func() time.Time { return time.Date(2026, 11, 23, 12, 0, 59, 0, time.UTC) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return facts, rec, res
}

func TestUsage(t *testing.T) {
	s := &recorded{files: loginBundle(""), rows: []apigee.TrafficRow{
		calledAs("/token", "POST", "200", 100), calledAs("/token", "POST", "401", 7), calledAs("/token/", "post", "201", 1),
		calledAs("/token", "GET", "404", 50), calledAs("/refresh", "POST", "200", 3), calledAs("/refresh", "POST", "400", 2),
		calledAs("/other", "POST", "200", 1000), calledAs(apigee.NotSet, "POST", "200", 11), calledAs("/token", apigee.NotSet, "200", 5),
		{Values: []string{"login", "/v2/oauth", "/token", "POST", "200"}, Calls: 400},
		{Values: []string{"login", apigee.NotSet, "/refresh", "POST", "200"}, Calls: 4},
		{Values: []string{apigee.NotSet, apigee.NotSet, apigee.NotSet, apigee.NotSet, apigee.NotSet}, Calls: 9999},
	}}
	facts, rec, _ := factsOf(t, s, 24*time.Hour)
	u := rec.Usage(facts.Environments[0], facts.Environments[0].Traces()[0])
	if !u.Apart || u.Partial {
		t.Errorf("apart %v, partial %v", u.Apart, u.Partial)
	}
	for name, tt := range map[string]struct{ got, want finding.Calls }{
		"total":     {u.Total, finding.Calls{Calls: 1583, Successes: 1524}},
		"issued":    {u.Issued, finding.Calls{Calls: 113, Successes: 106}},
		"refreshed": {u.Refreshed, finding.Calls{Calls: 9, Successes: 7}},
		"shared":    {u.Shared, finding.Calls{}},
		"unplaced":  {u.Unplaced, finding.Calls{Calls: 11, Successes: 11}},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %+v, want %+v", name, tt.got, tt.want)
		}
	}
	if rec.Usage(facts.Environments[0], facts.Environments[0].Traces()[0]) != u {
		t.Error("the same question is answered twice")
	}
}

func TestTruncatedAnswersAreAProblem(t *testing.T) {
	s := &recorded{files: loginBundle(""), rows: []apigee.TrafficRow{calledAs("/token", "POST", "200", 30)}, truncated: true}
	facts, rec, res := factsOf(t, s, 24*time.Hour)
	if len(res.Problems) != 1 || !strings.Contains(res.Problems[0].Error, "lower bounds") || res.Problems[0].Environment != "prod" {
		t.Errorf("problems %+v", res.Problems)
	}
	if u := rec.Usage(facts.Environments[0], facts.Environments[0].Traces()[0]); !u.Partial {
		t.Error("usage does not say that rows are missing")
	}
	if p := res.StoredTokens.Proxies[0]; !slices.ContainsFunc(p.Assumptions, func(a string) bool { return strings.Contains(a, "higher") }) {
		t.Errorf("stored tokens do not say that rows are missing: %q", p.Assumptions)
	}
}

func TestStoredTokens(t *testing.T) {
	const edge = apigee.PlatformEdge
	for name, tt := range map[string]struct {
		platform apigee.Platform
		lifetime string
		bound    int64
		endless  bool
		sum      string
		assumed  string
	}{
		"a week":         {apigee.PlatformX, "<RefreshTokenExpiresIn>604800000</RefreshTokenExpiresIn>", 2100, false, "3,000 calls in 10 days = 300 a day × 7 days = 2,100", ""},
		"90 minutes":     {apigee.PlatformX, "<RefreshTokenExpiresIn>5400000</RefreshTokenExpiresIn>", 19, false, "3,000 calls in 10 days = 300 a day × 0.06 days = 19", ""},
		"absent on X":    {apigee.PlatformX, "", 219000, false, "3,000 calls in 10 days = 300 a day × 730 days = 219,000", "There is no RefreshTokenExpiresIn"},
		"-1 on X":        {apigee.PlatformX, "<RefreshTokenExpiresIn>-1</RefreshTokenExpiresIn>", 219000, false, "3,000 calls in 10 days = 300 a day × 730 days = 219,000", "said to be 730 days"},
		"a variable":     {apigee.PlatformX, `<RefreshTokenExpiresIn ref="a.b"/>`, 219000, false, "3,000 calls in 10 days = 300 a day × 730 days = 219,000", "Variable a.b holds"},
		"with fallback":  {apigee.PlatformX, `<RefreshTokenExpiresIn ref="a.b">86400000</RefreshTokenExpiresIn>`, 300, false, "3,000 calls in 10 days = 300 a day × 1 day = 300", "Variable a.b may set another"},
		"nonsense":       {apigee.PlatformX, "<RefreshTokenExpiresIn>soon</RefreshTokenExpiresIn>", 219000, false, "3,000 calls in 10 days = 300 a day × 730 days = 219,000", "not a valid lifetime"},
		"a week on Edge": {edge, "<RefreshTokenExpiresIn>604800000</RefreshTokenExpiresIn>", 3000, false, "3,000 calls in 10 days = 300 a day × 10 days = 3,000", ""},
		"access without end on Edge": {
			edge, "<ExpiresIn>-1</ExpiresIn><RefreshTokenExpiresIn>604800000</RefreshTokenExpiresIn>", 0, true, "3,000 calls in 10 days = 300 a day, kept for ever", "ExpiresIn is -1",
		},
		"access outlives refresh": {
			apigee.PlatformX, "<ExpiresIn>1728000000</ExpiresIn><RefreshTokenExpiresIn>604800000</RefreshTokenExpiresIn>", 6000, false, "3,000 calls in 10 days = 300 a day × 20 days = 6,000", "",
		},
		"absent on Edge": {edge, "", 0, true, "3,000 calls in 10 days = 300 a day, kept for ever", "never to end"},
		"-1 on Edge":     {edge, "<RefreshTokenExpiresIn>-1</RefreshTokenExpiresIn>", 0, true, "3,000 calls in 10 days = 300 a day, kept for ever", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := &recorded{platform: tt.platform, files: loginBundle(tt.lifetime), rows: []apigee.TrafficRow{calledAs("/token", "POST", "200", 3000), calledAs("/refresh", "POST", "200", 70)}}
			_, _, res := factsOf(t, s, 10*24*time.Hour)
			p := res.StoredTokens.Proxies[0]
			if p.UpperBound != tt.bound || p.NeverExpires != tt.endless || res.StoredTokens.Unbounded != tt.endless || p.Arithmetic != tt.sum || !p.Refreshed {
				t.Errorf("%+v", p)
			}
			if all := strings.Join(p.Assumptions, " "); (tt.assumed == "") != (all == "") || !strings.Contains(all, tt.assumed) {
				t.Errorf("assumptions %q, want %q", all, tt.assumed)
			}
		})
	}
}

// TestTrafficThatIsNotKept counts only as far back as the platform keeps calls, so that rates are not too low.
func TestTrafficThatIsNotKept(t *testing.T) {
	for name, tt := range map[string]struct {
		platform apigee.Platform
		window   time.Duration
		start    string
		notice   string
	}{
		"six months on Edge":  {apigee.PlatformEdge, 180 * 24 * time.Hour, "2026-05-27", ""},
		"more on Edge":        {apigee.PlatformEdge, 200 * 24 * time.Hour, "2026-05-23", "Apigee Edge keeps analytics for 6 months: calls are counted from 2026-05-23 on, and those of the 16 days before"},
		"what the plan has":   {apigee.PlatformX, 200 * 24 * time.Hour, "2026-05-07", ""},
		"not even a day more": {apigee.PlatformEdge, 24 * time.Hour, "2026-11-22", ""},
	} {
		s := &recorded{platform: tt.platform, files: loginBundle(""), rows: []apigee.TrafficRow{calledAs("/token", "POST", "200", 184)}}
		_, rec, res := factsOf(t, s, tt.window)
		if got := rec.Window.Start.Format(time.DateOnly); got != tt.start {
			t.Errorf("%s: from %s, want %s", name, got, tt.start)
		}
		var said string
		for _, n := range res.Notices {
			if n.Operation == "read analytics" {
				said = n.Error
			}
		}
		if !strings.HasPrefix(said, tt.notice) || (said == "") != (tt.notice == "") || len(res.Problems) > 0 {
			t.Errorf("%s: %q, problems %v", name, said, res.Problems)
		}
	}
}
