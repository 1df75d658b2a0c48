package audit_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"apigee-audit/apigee"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/internal/audittest"
	"apigee-audit/audit/rules"
)

// update is go test's own kind of global: a flag must exist before flags are parsed.
var update = flag.Bool("update", false, "write the inventory of the fixture anew")

// TestInventoryTellsOperations holds what the inventory says of each policy, and what the organization's records add, to the fixture.
func TestInventoryTellsOperations(t *testing.T) {
	name := filepath.Join("testdata", "inventory.txtar")
	fixture, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	last := len(fixture.Files) - 1
	if fixture.Files[last].Name != "want" {
		t.Fatal("the last file is not what is wanted")
	}
	o := audittest.Read(t, fixture.Files[:last])
	res, err := audit.Run(t.Context(), o, o.Options(rules.All()))
	if err != nil || len(res.Problems) > 0 {
		t.Fatalf("%v, %+v", err, res.Problems)
	}
	got := inventoryLines(t, res.Inventory)
	if *update {
		fixture.Files[last].Data = []byte(got)
		if err := os.WriteFile(name, txtar.Format(fixture), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(fixture.Files[last].Data), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// inventoryLines is an inventory as JSON with a deployment or a policy a line, without times and digests.
func inventoryLines(t *testing.T, inventory []finding.Evidence) string {
	t.Helper()
	var b strings.Builder
	line := func(indent string, v any, without ...string) {
		data, err := json.Marshal(v)
		var fields map[string]any
		if err == nil {
			err = json.Unmarshal(data, &fields)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range without {
			delete(fields, field)
		}
		if traffic, ok := fields["traffic"].(map[string]any); ok {
			delete(traffic, "from")
			delete(traffic, "to")
		}
		var out bytes.Buffer
		encode := json.NewEncoder(&out)
		encode.SetEscapeHTML(false)
		if err := encode.Encode(fields); err != nil {
			t.Fatal(err)
		}
		b.WriteString(indent + out.String())
	}
	for i := range inventory {
		line("", inventory[i], "sha256", "organization", "operations")
		for _, o := range inventory[i].Operations {
			line("  ", o, "line", "column", "endLine", "endColumn")
		}
	}
	return b.String()
}

// TestOperationsAddUp: what a deployment does is what its operations do, and nothing else, in organizations at random.
func TestOperationsAddUp(t *testing.T) {
	for seed := range uint64(60) {
		g := audittest.Generate(rand.New(rand.NewPCG(seed, 5))) //nolint:gosec // a repeatable choice
		res, err := audit.Run(t.Context(), g, audit.Options{Rules: rules.All(), Concurrency: 1})
		if err != nil {
			t.Fatal(err)
		}
		for i := range res.Inventory {
			e := &res.Inventory[i]
			var sum finding.Evidence
			sum.Grants = []string{}
			for _, o := range e.Operations {
				sum.Grants = append(sum.Grants, o.Grants...)
				sum.Refreshes, sum.Reads, sum.Imports, sum.Revokes = sum.Refreshes || o.Refreshes, sum.Reads || o.Reads, sum.Imports || o.Imports, sum.Revokes || o.Revokes
				if !o.Issuing() && !o.Refreshes && !o.Reads && !o.Revokes && !o.MayRefresh {
					t.Errorf("seed %d: %s of %s does nothing", seed, o.Policy, e.Name)
				}
				if (o.RefreshLifetime == nil) != (!o.Issuing() && !o.Refreshes && !o.MayRefresh) {
					t.Errorf("seed %d: %s of %s: lifetime %+v", seed, o.Policy, e.Name, o.RefreshLifetime)
				}
				if len(o.Calls) == 0 {
					t.Errorf("seed %d: nothing calls %s of %s", seed, o.Policy, e.Name)
				}
			}
			slices.Sort(sum.Grants)
			sum.Grants = slices.Compact(sum.Grants)
			if !slices.Equal(sum.Grants, e.Grants) || sum.Refreshes != e.Refreshes || sum.Reads != e.Reads || sum.Imports != e.Imports || sum.Revokes != e.Revokes {
				t.Errorf("seed %d: %s in %s: %+v adds up to %+v", seed, e.Name, e.Environment, e, sum)
			}
			if e.Kind == apigee.KindProxy && len(e.SharedFlows) > 0 {
				checkSharedFlows(t, res.Inventory, e)
			}
		}
	}
}

// checkSharedFlows: whatever shared flow a proxy names, an operation of it names the proxy.
func checkSharedFlows(t *testing.T, inventory []finding.Evidence, proxy *finding.Evidence) {
	t.Helper()
	for _, name := range proxy.SharedFlows {
		if !slices.ContainsFunc(inventory, func(e finding.Evidence) bool {
			return e.Environment == proxy.Environment && e.Name == name && slices.ContainsFunc(e.Operations, func(o finding.Operation) bool { return slices.Contains(o.Proxies, proxy.Name) })
		}) {
			t.Errorf("no operation of shared flow %s runs in %s", name, proxy.Name)
		}
	}
}
