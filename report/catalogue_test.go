package report

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"apigee-audit/audit"
)

func TestSARIFRelationshipsPointAtTheirEntries(t *testing.T) {
	pointed := 0
	for _, run := range sarifOf(t, rich(), Options{Rules: testRules()}).Runs {
		driver := run.Tool.Driver
		if len(driver.Supported) != len(run.Taxonomies) {
			t.Errorf("the driver supports %+v of %d taxonomies", driver.Supported, len(run.Taxonomies))
		}
		for _, r := range driver.Rules {
			for _, rel := range r.Relationships {
				pointed++
				taxonomy := run.Taxonomies[rel.Target.ToolComponent.Index]
				if taxonomy.Name != rel.Target.ToolComponent.Name || taxonomy.Taxa[rel.Target.Index].ID != rel.Target.ID {
					t.Errorf("%s points at %+v, where %+v stands", r.ID, rel.Target, taxonomy)
				}
			}
		}
	}
	if want := 2 * (3 + 1); pointed != want {
		t.Errorf("%d relationships, want %d", pointed, want)
	}
}

func TestHTMLCountsFindingsByStandard(t *testing.T) {
	root, err := html.Parse(strings.NewReader(string(pageOf(t, rich()))))
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for n := range root.Descendants() {
		if n.Data != "tr" || n.Parent.Parent == nil || !slices.ContainsFunc(n.Parent.Parent.Attr, func(a html.Attribute) bool { return a.Val == "standards" }) {
			continue
		}
		var cells []string
		for c := range n.ChildNodes() {
			cells = append(cells, textOf(c))
		}
		rows = append(rows, strings.Join(cells, "|"))
	}
	// Of RT106 there are two findings, and one is accepted.
	want := []string{
		"Entry|Title|Rules|Findings",
		"CWE", "CWE-613|Insufficient Session Expiration|RT101|1", "CWE-1059|Insufficient Technical Documentation|RT101, RT106|2",
		"OWASP API Security Top 10 2023", "API8:2023|Security Misconfiguration|RT101|1",
	}
	if !slices.Equal(rows, want) {
		t.Errorf("the table is\n%s\nwant\n%s", strings.Join(rows, "\n"), strings.Join(want, "\n"))
	}
}

func TestMergeJoinsCatalogues(t *testing.T) {
	one, two := single(), cleanBill()
	two.Organizations[0].Name = "beta"
	two.Inventory = nil
	one.Catalogue = Describe([]*audit.Rule{{ID: "RT104", Name: "first"}, {ID: "RT101"}})
	two.Catalogue = Describe([]*audit.Rule{{ID: "RT104", Name: "second"}, {ID: "RT102"}})
	merged, err := Merge(testTool(), []Stored{{"one.json", one}, {"two.json", two}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range merged.Catalogue {
		got = append(got, fmt.Sprint(r.ID, " ", r.Name))
	}
	if want := []string{"RT101 ", "RT102 ", "RT104 first"}; !slices.Equal(got, want) {
		t.Errorf("the merged catalogue is %q, want %q", got, want)
	}
}

func TestCSVTellsWeaknesses(t *testing.T) {
	rows, err := csv.NewReader(bytes.NewReader(write(t, "csv", rich(), Options{Rules: testRules()}))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	rule, cwe := slices.Index(rows[0], "rule"), slices.Index(rows[0], "cwe")
	for _, row := range rows[1:] {
		want := map[string]string{"RT101": "CWE-613, CWE-1059", "RT106": "CWE-1059"}[row[rule]]
		if row[cwe] != want {
			t.Errorf("%s has %q, want %q", row[rule], row[cwe], want)
		}
	}
}
