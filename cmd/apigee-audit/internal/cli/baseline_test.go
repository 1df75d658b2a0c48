package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
	"apigee-audit/apigee/simulator"
	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/report"
)

// issuer is a proxy revision whose PreFlow issues refresh tokens.
func issuer(name, number, policy string) simulator.Bundle {
	return simulator.Bundle{
		Revision: apigee.Revision{Kind: apigee.KindProxy, Name: name, Number: number},
		Files: map[string][]byte{
			"apiproxy/" + name + ".xml":      []byte(`<APIProxy name="` + name + `"/>`),
			"apiproxy/proxies/default.xml":   []byte(`<ProxyEndpoint name="default"><PreFlow><Request><Step><Name>Issue</Name></Step></Request></PreFlow></ProxyEndpoint>`),
			"apiproxy/policies/OA-Issue.xml": []byte(policy),
		},
	}
}

const (
	issuing = `<OAuthV2 name="Issue"><Operation>GenerateAccessToken</Operation><SupportedGrantTypes><GrantType>password</GrantType></SupportedGrantTypes><GenerateResponse/></OAuthV2>`
	moved   = "<!-- the same, elsewhere in the file -->\n\n" + issuing
	cured   = `<OAuthV2 name="Issue"><Operation>GenerateAccessToken</Operation><SupportedGrantTypes><GrantType>client_credentials</GrantType></SupportedGrantTypes><GenerateResponse/></OAuthV2>`
)

// state is an organization "acme" in which each environment has its bundles.
func state(environments map[string][]simulator.Bundle) *simulator.Organization {
	o := &simulator.Organization{Name: "acme"}
	for name, bundles := range environments {
		e := simulator.Environment{Name: name}
		for _, b := range bundles {
			e.Deployed = append(e.Deployed, b.Revision)
			if !slices.ContainsFunc(o.Bundles, func(c simulator.Bundle) bool { return c.Revision == b.Revision }) {
				o.Bundles = append(o.Bundles, b)
			}
		}
		o.Environments = append(o.Environments, e)
	}
	return o
}

// scanState audits a state of the organization over HTTP.
func scanState(t *testing.T, o *simulator.Organization, args ...string) (int, *report.Document) {
	t.Helper()
	url, stop, err := simulator.New([]*simulator.Organization{o}, simulator.Options{Token: "test"}).Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	all := append([]string{"scan", "--endpoint", url, "--rate", "60000", "--no-cache", "--org", o.Name, "--rule", "RT101", "--format", "json"}, args...)
	status, stdout, stderr := call(t.Context(), all, []string{config.EnvToken + "=test"})
	var doc report.Document
	if err := json.Unmarshal([]byte(stdout), &doc); err != nil {
		t.Fatalf("%v, stderr:\n%s", err, stderr)
	}
	return status, &doc
}

// standings is what a report says of each proxy: "login known in prod r7".
func standings(d *report.Document) []string {
	var all []string
	for _, f := range d.Findings {
		text := f.Name + " " + string(f.Status) + " in"
		for _, at := range f.Deployments {
			text += " " + at.Environment + " r" + at.Revision
		}
		all = append(all, text)
	}
	for _, f := range d.Fixed {
		all = append(all, f.Name+" fixed")
	}
	for _, f := range d.NotLookedAt {
		all = append(all, f.Name+" not looked at")
	}
	slices.Sort(all)
	return all
}

func TestTwoAuditsOfAChangedOrganization(t *testing.T) {
	bundles := func(all ...simulator.Bundle) []simulator.Bundle { return all }
	before := state(map[string][]simulator.Bundle{
		"prod": bundles(issuer("cured", "1", issuing), issuer("gone", "4", issuing), issuer("login", "6", issuing)),
		"test": bundles(issuer("login", "6", issuing), issuer("drill", "1", issuing)),
	})
	after := state(map[string][]simulator.Bundle{
		"prod": bundles(issuer("cured", "2", cured), issuer("login", "7", moved), issuer("fresh", "1", issuing)),
		"test": bundles(issuer("login", "6", issuing)),
	})
	folder := t.TempDir()
	baseline := filepath.Join(folder, "baseline.json")
	if status, _ := scanState(t, before, "-o", "json="+baseline); status != exitFindings {
		t.Fatalf("status is %d", status)
	}

	status, doc := scanState(t, after, "--baseline", baseline)
	want := []string{"cured fixed", "drill fixed", "fresh new in prod r1", "gone fixed", "login known in prod r7 test r6"}
	if diff := cmp.Diff(want, standings(doc)); diff != "" || status != exitFindings {
		t.Errorf("status %d (-want +got):\n%s", status, diff)
	}

	status, doc = scanState(t, before, "--baseline", baseline)
	want = []string{"cured known in prod r1", "drill known in test r1", "gone known in prod r4", "login known in prod r6 test r6"}
	if diff := cmp.Diff(want, standings(doc)); diff != "" || status != exitClean {
		t.Errorf("the same again: status %d (-want +got):\n%s", status, diff)
	}

	status, doc = scanState(t, after, "--baseline", baseline, "--env", "prod", "--proxy", "[cl]*")
	want = []string{"cured fixed", "drill not looked at", "gone not looked at", "login known in prod r7"}
	if diff := cmp.Diff(want, standings(doc)); diff != "" || status != exitClean {
		t.Errorf("narrowed: status %d (-want +got):\n%s", status, diff)
	}
}

func TestSuppressionOfOneEnvironment(t *testing.T) {
	org := state(map[string][]simulator.Bundle{
		"prod": {issuer("login", "6", issuing)}, "test": {issuer("login", "6", issuing)},
	})
	config := filepath.Join(t.TempDir(), "audit.yaml")
	text := "suppressions:\n  - {rule: RT101, environment: test, proxy: login, reason: drill, expires: 2999-01-01}\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	status, doc := scanState(t, org, "--config", config)
	want := []string{"login new in prod r6", "login suppressed in test r6"}
	if diff := cmp.Diff(want, standings(doc)); diff != "" || status != exitFindings {
		t.Errorf("status %d (-want +got):\n%s", status, diff)
	}
	if doc.Findings[0].Fingerprint != doc.Findings[1].Fingerprint || doc.Findings[0].Status != "new" {
		t.Errorf("the parts differ, or the suppressed one comes first: %+v", standings(doc))
	}
}
