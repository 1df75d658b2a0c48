package cli

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
	"apigee-audit/apigee/simulator"
	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/report"
)

// simulateEdge serves organizations as Edge does.
func simulateEdge(t *testing.T, orgs []*simulator.Organization) (server *simulator.Server, address string) {
	t.Helper()
	server = simulator.NewEdge(orgs, simulator.Options{Token: "edge-token", User: "robot@example.com", Password: "robot-secret"})
	address, stop, err := server.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return server, address
}

// scanJSON runs a scan and reads its report.
func scanJSON(t *testing.T, environ []string, args ...string) *report.Document {
	t.Helper()
	status, stdout, stderr := call(t.Context(), append([]string{"scan", "--format", "json", "--rate", "60000", "--fail-on", "none"}, args...), environ)
	var doc report.Document
	if err := json.Unmarshal([]byte(stdout), &doc); err != nil || status != exitClean || !doc.Complete {
		t.Fatalf("status %d, %v, problems %v, stderr:\n%s", status, err, doc.Problems, stderr)
	}
	return &doc
}

var edgeUser = []string{"APIGEE_AUDIT_USER=robot@example.com", "APIGEE_AUDIT_PASSWORD=robot-secret"}

// TestEdgeVerdicts audits the built-in organizations on Edge: what they issue and refresh is what it is on X.
func TestEdgeVerdicts(t *testing.T) {
	orgs := simulator.Demo()
	server, address := simulateEdge(t, orgs)
	args := []string{"--platform", "edge", "--endpoint", address}
	var want, got []string
	speaks := map[string]bool{"RT101": true, "RT103": true}
	for _, v := range simulator.DemoVerdicts() {
		if v.Rule == "RT205" { // what is unstated never expires here: TestLifetimesOfThePlatform
			continue
		}
		speaks[v.Rule] = true
		for _, env := range v.Environments {
			want = append(want, fmt.Sprintf("%s %s %s/%s %s", v.Organization, v.Rule, v.Kind, v.Name, env))
		}
	}
	for _, o := range orgs {
		args = append(args, "--org", o.Name)
	}
	doc := scanJSON(t, edgeUser, args...)
	for _, f := range doc.Findings {
		for _, d := range f.Deployments {
			if speaks[f.RuleID] {
				got = append(got, fmt.Sprintf("%s %s %s/%s %s", f.Organization, f.RuleID, f.Kind, f.Name, d.Environment))
			}
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("findings (-want +got):\n%s", d)
	}
	budget := 0
	for i, o := range doc.Organizations {
		if o.Platform != apigee.PlatformEdge {
			t.Errorf("organization %s is on platform %s", o.Name, o.Platform)
		}
		flows := map[string]bool{}
		for _, b := range orgs[slices.IndexFunc(orgs, func(s *simulator.Organization) bool { return s.Name == o.Name })].Bundles {
			if b.Kind == apigee.KindSharedFlow {
				flows[b.Name] = true
			}
		}
		budget += 1 + 1 + 1 + len(flows) + 4*len(doc.Organizations[i].Environments) + o.Revisions
	}
	// The environments, two lists, one request a shared flow, four hooks an environment, one download a revision.
	if n := len(server.Requests()); n != budget {
		t.Errorf("%d requests, want %d", n, budget)
	}
	for _, r := range server.Requests() {
		if r.Method != "GET" {
			t.Errorf("%s %s", r.Method, r.Path)
		}
	}
}

// TestLifetimesOfThePlatform audits the same bundles on both: a refresh token without RefreshTokenExpiresIn lives forever
// on Edge and has the platform's default lifetime on X. So it is offline, where --platform says what is meant.
func TestLifetimesOfThePlatform(t *testing.T) {
	orgs := []*simulator.Organization{tokens("prod", map[string]string{"1": issues})}
	_, edge := simulateEdge(t, orgs)
	x, stop, err := simulator.New(orgs, simulator.Options{Token: "edge-token"}).Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	folder := t.TempDir()
	writeBundle(t, folder, orgs[0].Bundles[0])
	token := []string{config.EnvToken + "=edge-token"}
	for name, test := range map[string]struct {
		args     []string
		severity string
	}{
		"x":             {[]string{"--org", "acme", "--endpoint", x}, "info"},
		"edge":          {[]string{"--org", "acme", "--endpoint", edge, "--platform", "edge"}, "high"},
		"x, offline":    {[]string{folder}, "info"},
		"edge, offline": {[]string{folder, "--platform", "edge"}, "high"},
	} {
		doc := scanJSON(t, token, append(test.args, "--rule", "RT201")...)
		if len(doc.Findings) != 1 || doc.Findings[0].Severity.String() != test.severity {
			t.Errorf("%s: findings %+v, want one of severity %s", name, doc.Findings, test.severity)
		}
	}
}

// writeBundle writes the files of a bundle into a folder.
func writeBundle(t *testing.T, folder string, b simulator.Bundle) {
	t.Helper()
	for name, data := range b.Files {
		file := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

const (
	issues    = `<OAuthV2 name="O"><Operation>GenerateAccessToken</Operation><SupportedGrantTypes><GrantType>password</GrantType></SupportedGrantTypes><GenerateResponse/></OAuthV2>`
	refreshes = `<OAuthV2 name="O"><Operation>RefreshAccessToken</Operation><GenerateResponse/></OAuthV2>`
)

// tokens is an organization of environments prod and test with one proxy, whose revisions have one policy each. All are
// deployed in prod, or all but the first in another environment.
func tokens(others string, revisions map[string]string) *simulator.Organization {
	o := &simulator.Organization{Name: "acme", Environments: []simulator.Environment{{Name: "prod"}, {Name: "test"}}}
	for number, policy := range revisions {
		r := apigee.Revision{Kind: apigee.KindProxy, Name: "login", Number: number}
		o.Bundles = append(o.Bundles, simulator.Bundle{Revision: r, Files: map[string][]byte{
			"apiproxy/login.xml":           []byte(`<APIProxy name="login"/>`),
			"apiproxy/policies/O.xml":      []byte(policy),
			"apiproxy/proxies/default.xml": []byte(`<ProxyEndpoint name="default"><PreFlow><Request><Step><Name>O</Name></Step></Request></PreFlow><HTTPProxyConnection><BasePath>/v` + number + `</BasePath></HTTPProxyConnection></ProxyEndpoint>`),
		}})
		env := &o.Environments[0]
		if number != "1" && others == "test" {
			env = &o.Environments[1]
		}
		env.Deployed = append(env.Deployed, r)
		// Where several are deployed at once, Edge demands another base path of each.
		if env.BasePaths == nil {
			env.BasePaths = map[apigee.Revision]string{}
		}
		env.BasePaths[r] = "/deployed-" + number
	}
	return o
}

// TestSeveralRevisionsInOneEnvironment is what only Edge allows: revisions of one proxy side by side at different base
// paths are one proxy, so one may refresh what the other issues.
func TestSeveralRevisionsInOneEnvironment(t *testing.T) {
	for name, test := range map[string]struct {
		others    string
		revisions map[string]string
		want      []string
	}{
		"one refreshes what the other issues": {"prod", map[string]string{"1": issues, "2": refreshes}, nil},
		"whichever is newer":                  {"prod", map[string]string{"1": refreshes, "2": issues}, nil},
		"but not in another environment":      {"test", map[string]string{"1": issues, "2": refreshes}, []string{"RT107 prod 1"}},
		"both issue":                          {"prod", map[string]string{"1": issues, "2": issues}, []string{"RT101 prod 1, prod 2"}},
		"both issue and a third refreshes":    {"prod", map[string]string{"1": issues, "2": issues, "3": refreshes}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, address := simulateEdge(t, []*simulator.Organization{tokens(test.others, test.revisions)})
			doc := scanJSON(t, edgeUser, "--platform", "edge", "--org", "acme", "--endpoint", address,
				"--rule", "RT101", "--rule", "RT103", "--rule", "RT104", "--rule", "RT106", "--rule", "RT107", "--rule", "RT109")
			var got []string
			for _, f := range doc.Findings {
				var at []string
				for _, d := range f.Deployments {
					at = append(at, d.Environment+" "+d.Revision)
				}
				got = append(got, f.RuleID+" "+strings.Join(at, ", "))
			}
			if d := cmp.Diff(test.want, got); d != "" {
				t.Errorf("findings (-want +got):\n%s", d)
			}
			if doc.Organizations[0].Revisions != len(test.revisions) {
				t.Errorf("%d revisions", doc.Organizations[0].Revisions)
			}
		})
	}
}

// TestEdgeCredentials audits as each kind of user.
func TestEdgeCredentials(t *testing.T) {
	server, address := simulateEdge(t, []*simulator.Organization{tokens("prod", map[string]string{"1": issues})})
	login := httptest.NewServer(&simulator.Login{Token: "edge-token", User: "me@example.com", Password: "my-secret", MFA: "123456", Passcode: "pass-code"})
	defer login.Close()
	netrc := filepath.Join(t.TempDir(), "netrc")
	if err := os.WriteFile(netrc, []byte("machine 127.0.0.1 login robot@example.com password robot-secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code := []string{"APIGEE_AUDIT_USER=me@example.com", "APIGEE_AUDIT_PASSWORD=my-secret", "APIGEE_AUDIT_MFA=123456", "APIGEE_AUDIT_LOGIN_URL=" + login.URL}
	for name, test := range map[string]struct {
		environ []string
		want    string // in stderr of a failed scan
	}{
		"user":           {edgeUser, ""},
		"netrc":          {[]string{"NETRC=" + netrc}, ""},
		"token":          {[]string{config.EnvToken + "=edge-token"}, ""},
		"code":           {code, ""},
		"passcode":       {[]string{"APIGEE_AUDIT_PASSCODE=pass-code", "APIGEE_AUDIT_LOGIN_URL=" + login.URL}, ""},
		"nothing":        {nil, "no credentials found"},
		"wrong password": {[]string{"APIGEE_AUDIT_USER=robot@example.com", "APIGEE_AUDIT_PASSWORD=my-secret"}, "401"},
		"no code":        {[]string{code[0], code[1], code[3]}, "APIGEE_AUDIT_MFA"},
		"used passcode":  {[]string{"APIGEE_AUDIT_PASSCODE=my-secret", code[3]}, "/passcode"},
	} {
		before := len(server.Requests())
		status, stdout, stderr := call(t.Context(), []string{"scan", "--platform", "edge", "--org", "acme", "--endpoint", address, "--log-level", "debug"}, test.environ)
		switch {
		case test.want == "" && (status != exitFindings || !strings.Contains(stdout, "RT101")):
			t.Errorf("%s: status %d, stderr:\n%s", name, status, stderr)
		case test.want != "" && (status != exitFailed || !strings.Contains(stderr, test.want)):
			t.Errorf("%s: status %d, want %q in stderr:\n%s", name, status, test.want, stderr)
		}
		for _, secret := range []string{"my-secret", "robot-secret", "pass-code", "123456", "edge-token"} {
			if strings.Contains(stdout+stderr, secret) {
				t.Errorf("%s: %s is in the output:\n%s", name, secret, stderr)
			}
		}
		if strings.Contains(stderr, "unknown environment variable") {
			t.Errorf("%s: %s", name, stderr)
		}
		for _, r := range server.Requests()[before:] {
			if r.Method != "GET" {
				t.Errorf("%s: %s %s", name, r.Method, r.Path)
			}
		}
	}
}

func TestDemoOnEdge(t *testing.T) {
	doc := scanJSON(t, nil, "--demo", "--platform", "edge")
	if len(doc.Organizations) != 3 || doc.Organizations[0].Platform != apigee.PlatformEdge || len(doc.Findings) == 0 {
		t.Errorf("%+v, %d findings", doc.Organizations, len(doc.Findings))
	}
}
