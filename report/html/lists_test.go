package html

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

// organizations are equal estates under different names.
func organizations(names ...string) *report.Document {
	var results []*finding.Result
	for _, name := range names {
		r := &finding.Result{Organization: apigee.Organization{Name: name, Environments: []string{"prod"}}, Deployments: 2, Revisions: 2, Audited: 2}
		for _, f := range []finding.Finding{reporttest.NeverRefreshed(), reporttest.InAnotherProxy()} {
			f.Organization = name
			r.Findings = append(r.Findings, f)
			r.Inventory = append(r.Inventory, finding.Evidence{Organization: name, Environment: "prod", Kind: f.Kind, Name: f.Name, Revision: "1", SHA256: strings.Repeat("a", 64)})
		}
		results = append(results, r)
	}
	return report.New(reporttest.Tool(), results)
}

// What an id stands for must not depend on what else is in the report.
func TestHTMLIDsStayWhenAnOrganizationIsAdded(t *testing.T) {
	before, after := checkPage(t, pageOf(t, organizations("b-two", "c"))), checkPage(t, pageOf(t, organizations("a", "b-two", "btwo", "c", "d")))
	for _, id := range before.ids {
		if !slices.Contains(after.ids, id) {
			t.Errorf("%q is gone", id)
		}
	}
	within := func(page []byte, organization string) []string {
		var ids []string
		for _, m := range regexp.MustCompile(`id="(f-[^"]+)"[^>]* data-organization="`+organization+`"`).FindAllSubmatch(page, -1) {
			ids = append(ids, string(m[1]))
		}
		return ids
	}
	alone, among := within(pageOf(t, organizations("c")), "c"), within(pageOf(t, organizations("a", "b", "c")), "c")
	if len(alone) != 2 || !slices.Equal(alone, among) {
		t.Errorf("findings of one organization are %q, among others %q", alone, among)
	}
}

// sections are the texts of the lists of findings by id, in their order.
func sections(t *testing.T, page []byte) (ids []string, texts map[string]string) {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	texts = map[string]string{}
	for n := range root.Descendants() {
		if n.Data == "section" && slices.Contains(n.Attr, html.Attribute{Key: "class", Val: "list"}) {
			for _, a := range n.Attr {
				if a.Key == "id" {
					ids, texts[a.Val] = append(ids, a.Val), textOf(n)
				}
			}
		}
	}
	return ids, texts
}

func TestHTMLListsFindingsByWhatBecameOfThem(t *testing.T) {
	d, baseline := organizations("acme"), organizations("acme")
	known, accepted := reporttest.InAnotherProxy(), reporttest.SuppressedFinding()
	accepted.Organization, accepted.Suppression = "acme", &finding.Suppression{Reason: "clients move", Owner: "Ada", Ticket: "GATE-7", Expires: "2027-01-31", Source: finding.FromConfiguration}
	d.Findings = append(d.Findings, accepted)
	known.Organization, known.Status = "acme", finding.StatusNew
	gone, unread := known, known
	gone.Name, gone.Fingerprint, gone.SharedFingerprint = "gone-proxy", "0000000000000001", ""
	unread.Name, unread.Fingerprint, unread.SharedFingerprint, unread.Organization = "unread-proxy", "0000000000000002", "", "elsewhere"
	gone.Deployments = []finding.Deployed{{Environment: "prod", Revision: "1"}}
	baseline.Findings = []finding.Finding{known, gone, unread}
	d.CompareWith(baseline)
	ids, texts := sections(t, pageOf(t, d))
	if want := []string{"findings", "known", "accepted", "fixed", "not-looked-at"}; !slices.Equal(ids, want) {
		t.Fatalf("sections %q, want %q", ids, want)
	}
	for id, want := range map[string][]string{
		"findings":      {"New findings", reporttest.NeverRefreshed().Message},
		"known":         {"Show 1 finding", known.Message},
		"accepted":      {accepted.Suppression.Reason, "2027-01-31", "Ada", "GATE-7"},
		"fixed":         {"gone-proxy"},
		"not-looked-at": {"unread-proxy", "the organization was not audited"},
	} {
		for _, text := range want {
			if !strings.Contains(texts[id], text) {
				t.Errorf("section %s does not say %q: %s", id, text, texts[id])
			}
		}
	}
}

func TestHTMLSaysWhenNothingIsNew(t *testing.T) {
	d := organizations("acme")
	d.CompareWith(organizations("acme"))
	ids, texts := sections(t, pageOf(t, d))
	if !slices.Equal(ids, []string{"findings", "known"}) || !strings.Contains(texts["findings"], "No finding is new.") {
		t.Errorf("%q: %q", ids, texts["findings"])
	}
}
