package cli

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
	"apigee-audit/apigee/simulator"
)

// drawn is the largest sample organization with a part of its deployments, under another name for each seed.
func drawn(seed uint64) *simulator.Organization {
	r := rand.New(rand.NewPCG(seed, 3)) //nolint:gosec // a repeatable choice
	o := simulator.Demo()[0]
	o.Name = fmt.Sprintf("drawn-%d", seed)
	for i := range o.Environments {
		e := &o.Environments[i]
		e.Deployed = slices.DeleteFunc(e.Deployed, func(apigee.Revision) bool { return r.IntN(3) == 0 })
	}
	return o
}

// inventoryOf runs inventory and reads the JSON that it writes.
func inventoryOf(t *testing.T, environ []string, args ...string) (entries []map[string]any) {
	t.Helper()
	status, stdout, stderr := call(t.Context(), append([]string{"inventory", "-f", "json", "-q", "--no-config"}, args...), environ)
	var of struct {
		Inventory []map[string]any `json:"inventory"`
	}
	if err := json.Unmarshal([]byte(stdout), &of); err != nil || status != exitClean {
		t.Fatalf("%v: status %d, %v, stderr:\n%s", args, status, err, stderr)
	}
	return of.Inventory
}

func names(entries []map[string]any) []string {
	var out []string
	for _, e := range entries {
		out = append(out, fmt.Sprintf("%v %v %v %v %v", e["organization"], e["environment"], e["kind"], e["name"], e["revision"]))
	}
	return out
}

// TestInventoryEqualsQueries asks organizations, snapshots of them and stored reports, and holds the answers to queries over the JSON
// report.
func TestInventoryEqualsQueries(t *testing.T) {
	dir := t.TempDir()
	for seed := range uint64(2) {
		o := drawn(seed)
		url, stop, err := simulator.New([]*simulator.Organization{o}, simulator.Options{Token: "t"}).Start(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
		environ := []string{"APIGEE_AUDIT_TOKEN=t", "APIGEE_AUDIT_ENDPOINT=" + url, "APIGEE_AUDIT_RATE=60000", "APIGEE_AUDIT_NO_CACHE=true"}
		stored, snapshot := filepath.Join(dir, o.Name+".json"), filepath.Join(dir, o.Name+".zip")
		if status, _, stderr := call(t.Context(), []string{"scan", "--org", o.Name, "--fail-on", "none", "-q", "-o", "json=" + stored}, environ); status != exitClean {
			t.Fatalf("status %d, stderr:\n%s", status, stderr)
		}
		if status, _, stderr := call(t.Context(), []string{"pull", "--org", o.Name, "-q", "-o", snapshot}, environ); status != exitClean {
			t.Fatalf("status %d, stderr:\n%s", status, stderr)
		}
		data, err := os.ReadFile(stored)
		var report struct {
			Inventory []map[string]any `json:"inventory"`
		}
		if err == nil {
			err = json.Unmarshal(data, &report)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, source := range [][]string{{stored}, {snapshot}, {"--org", o.Name}} {
			env := environ
			if source[0] == stored {
				env = []string{"APIGEE_AUDIT_ENDPOINT=http://127.0.0.1:1"} // which nothing may ask
			}
			for n, query := range []struct {
				flags []string
				holds func(map[string]any) bool
			}{
				{nil, func(map[string]any) bool { return true }},
				{[]string{"--issues"}, func(e map[string]any) bool { return len(e["issues"].([]any)) > 0 }},
				{[]string{"--issues=password"}, func(e map[string]any) bool { return slices.Contains(e["issues"].([]any), any("password")) }},
				{[]string{"--no-issues=password"}, func(e map[string]any) bool { return !slices.Contains(e["issues"].([]any), any("password")) }},
				{[]string{"--issues=false"}, func(e map[string]any) bool { return len(e["issues"].([]any)) == 0 }},
				{[]string{"--refreshes"}, func(e map[string]any) bool { return e["refreshes"] == true }},
				{[]string{"--refreshes=false", "--no-issues"}, func(e map[string]any) bool { return e["refreshes"] == false && len(e["issues"].([]any)) == 0 }},
				{[]string{"--imports"}, func(e map[string]any) bool { return e["imports"] == true }},
				{[]string{"--reads", "--env", "prod-*"}, func(e map[string]any) bool {
					return e["reads"] == true && strings.HasPrefix(e["environment"].(string), "prod-")
				}},
				{[]string{"--no-revokes", "--proxy", "*token*"}, func(e map[string]any) bool {
					return e["revokes"] == false && strings.Contains(e["name"].(string), "token")
				}},
			} {
				want := slices.DeleteFunc(slices.Clone(report.Inventory), func(e map[string]any) bool { return !query.holds(e) })
				if len(want) == 0 || source[0] != stored && n%3 != 0 { // a pattern that matches nothing is a mistake; an audit takes its time
					continue
				}
				got := inventoryOf(t, env, append(slices.Clone(source), query.flags...)...)
				if diff := cmp.Diff(names(want), names(got)); diff != "" {
					t.Errorf("%v %v (-query +inventory):\n%s", source, query.flags, diff)
				}
			}
		}
	}
}

// TestInventoryOfIncompleteOrganizations: what could not be looked at is listed, and the exit status says so.
func TestInventoryOfIncompleteOrganizations(t *testing.T) {
	o := drawn(7)
	url, stop, err := simulator.New([]*simulator.Organization{o}, simulator.Options{Token: "t", Faults: []simulator.Fault{{Match: "*/apis/account-token/*format=bundle", Status: 403}}}).Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	environ := []string{"APIGEE_AUDIT_TOKEN=t", "APIGEE_AUDIT_ENDPOINT=" + url, "APIGEE_AUDIT_RATE=60000", "APIGEE_AUDIT_NO_CACHE=true"}
	for format, words := range map[string]string{"table": "Not looked at", "csv": `"not looked at"`, "json": `"complete": false`} {
		status, stdout, stderr := call(t.Context(), []string{"inventory", "--org", o.Name, "-f", format, "-q"}, environ)
		if status != exitFailed || !strings.Contains(stdout, words) || !strings.Contains(stdout, "account-token") {
			t.Errorf("%s: status %d, %s%s", format, status, stdout, stderr)
		}
		if status, _, _ := call(t.Context(), []string{"inventory", "--org", o.Name, "-f", format, "-q", "--allow-partial"}, environ); status != exitClean {
			t.Errorf("%s: status %d with --allow-partial", format, status)
		}
	}
	status, _, stderr := call(t.Context(), []string{"incident", "account-token", "--org", o.Name, "-q"}, environ)
	if status != exitFailed {
		t.Errorf("status %d, %s", status, stderr)
	}
}
