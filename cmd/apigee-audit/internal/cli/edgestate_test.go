package cli

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
	"apigee-audit/apigee/simulator"
	"apigee-audit/report"
)

// incomplete runs a scan that ends incomplete, and reads its report.
func incomplete(t *testing.T, environ []string, args ...string) *report.Document {
	t.Helper()
	status, stdout, stderr := call(t.Context(), append([]string{"scan", "--format", "json", "--rate", "60000", "--fail-on", "none"}, args...), environ)
	var doc report.Document
	if err := json.Unmarshal([]byte(stdout), &doc); err != nil || status != exitFailed || doc.Complete {
		t.Fatalf("status %d, %v, stderr:\n%s", status, err, stderr)
	}
	return &doc
}

// judged is what findings say without their words: rule, bundle, confidence and where.
func judged(doc *report.Document) []string {
	var all []string
	for _, f := range doc.Findings {
		for _, d := range f.Deployments {
			all = append(all, fmt.Sprintf("%s %s %s/%s %s %s %s", f.Organization, f.RuleID, f.Kind, f.Name, f.Confidence, d.Environment, d.Revision))
		}
	}
	slices.Sort(all)
	return all
}

// TestRevisionsInStateError audits organizations in which one message processor of each environment is down, so that
// everything is in state error: the findings are those of organizations where all is well, each says so, and the audit is
// incomplete. A snapshot of it says the same.
func TestRevisionsInStateError(t *testing.T) {
	_, well := simulateEdge(t, simulator.Demo())
	orgs := simulator.Demo()
	for _, o := range orgs {
		for i := range o.Environments {
			e := &o.Environments[i]
			e.Failing = map[apigee.Revision]int{}
			for _, d := range e.Deployed {
				e.Failing[d] = 1
			}
		}
	}
	server, address := simulateEdge(t, orgs)
	args := []string{"--platform", "edge", "--org", orgs[0].Name, "--org", orgs[1].Name, "--org", orgs[2].Name}
	want := scanJSON(t, edgeUser, append(args, "--endpoint", well)...)
	got := incomplete(t, edgeUser, append(args, "--endpoint", address)...)
	if d := cmp.Diff(judged(want), judged(got)); d != "" {
		t.Errorf("findings (-all is well +one is down):\n%s", d)
	}
	for _, f := range got.Findings {
		if !strings.Contains(f.Message, `is in state "error" and may run on some servers only: of 2 message processors, 1 has it deployed, and not `) {
			t.Errorf("%s %s: %s", f.RuleID, f.Name, f.Message)
		}
		if strings.Contains(f.Message, "could not be read") {
			t.Errorf("%s %s speaks of what was not read: %s", f.RuleID, f.Name, f.Message)
		}
		for _, d := range f.Deployments {
			if !strings.Contains(d.Partly, "in pod gateway-1, region eu-west-1 (error: Call timed out") {
				t.Errorf("%s %s in %s: %q", f.RuleID, f.Name, d.Environment, d.Partly)
			}
		}
	}
	for i, o := range got.Organizations {
		if o.Audited != o.Revisions || o.Revisions != want.Organizations[i].Revisions {
			t.Errorf("%s: %d of %d revisions audited", o.Name, o.Audited, o.Revisions)
		}
	}
	if d := cmp.Diff(want.Notices, got.Notices); d != "" {
		t.Errorf("notices (-all is well +one is down):\n%s", d)
	}
	subjects := 0
	for _, p := range got.Problems {
		subjects += p.Count()
		if !strings.Contains(p.Error, `the deployment is in state "error"`) || !strings.Contains(p.Error, "or undeploy") {
			t.Errorf("%+v", p)
		}
	}
	deployments := 0
	for _, o := range got.Organizations {
		deployments += o.Deployments
	}
	if subjects != deployments {
		t.Errorf("problems of %d deployments, want %d", subjects, deployments)
	}

	snapshot := filepath.Join(t.TempDir(), "pulled.zip")
	before := len(server.Requests())
	status, _, stderr := call(t.Context(), append([]string{"pull", "-o", snapshot, "--rate", "60000", "--endpoint", address}, args...), edgeUser)
	if status != exitFailed || !strings.Contains(stderr, "is incomplete") {
		t.Errorf("pull: status %d, %s", status, stderr)
	}
	if n := len(server.Requests()) - before; n == 0 {
		t.Error("nothing was pulled")
	}
	again := incomplete(t, nil, snapshot)
	if d := cmp.Diff(got.Findings, again.Findings); d != "" {
		t.Errorf("findings (-live +snapshot):\n%s", d)
	}
	if d := cmp.Diff(got.Problems, again.Problems); d != "" {
		t.Errorf("problems (-live +snapshot):\n%s", d)
	}
}

// TestAProxyThatNoServerRuns is not audited: what does not run issues nothing. A shared flow counts as there in any case.
func TestAProxyThatNoServerRuns(t *testing.T) {
	o := tokens("prod", map[string]string{"1": issues, "2": issues})
	e := &o.Environments[0]
	e.Failing = map[apigee.Revision]int{e.Deployed[0]: 2}
	_, address := simulateEdge(t, []*simulator.Organization{o})
	doc := incomplete(t, edgeUser, "--platform", "edge", "--org", "acme", "--endpoint", address, "--rule", "RT101")
	if len(doc.Findings) != 1 || len(doc.Findings[0].Deployments) != 1 || doc.Findings[0].Deployments[0].Revision == e.Deployed[0].Number {
		t.Errorf("findings %+v", doc.Findings)
	}
	if len(doc.Problems) != 1 || !strings.Contains(doc.Problems[0].Error, "may run on no server: none of 2 message processors has it deployed, so it was not audited") {
		t.Errorf("problems %+v", doc.Problems)
	}
}

// TestAChangeInPlaceOfADeploymentThatFails asks what would be with another revision: nothing is left of the one in state
// error, and so nothing is incomplete.
func TestAChangeInPlaceOfADeploymentThatFails(t *testing.T) {
	o := tokens("prod", map[string]string{"1": issues})
	e := &o.Environments[0]
	e.Failing = map[apigee.Revision]int{e.Deployed[0]: 1}
	_, address := simulateEdge(t, []*simulator.Organization{o})
	folder := filepath.Join(t.TempDir(), "login")
	writeBundle(t, folder, o.Bundles[0])
	doc := scanJSON(t, edgeUser, "--platform", "edge", "--org", "acme", "--endpoint", address, "--with", folder, "--rule", "RT101")
	if len(doc.Findings) != 1 || strings.Contains(doc.Findings[0].Message, "state") {
		t.Errorf("findings %+v", doc.Findings)
	}
}
