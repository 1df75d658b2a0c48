package rules_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"apigee-audit/audit/finding"
	"apigee-audit/audit/internal/audittest"
	"apigee-audit/audit/rules"
)

var sections = []string{"What it finds", "Why it matters", "Bad", "Good", "Fix", "References"}

// TestPages holds that every page is whole and that its examples do what it says.
func TestPages(t *testing.T) {
	for _, r := range rules.All() {
		t.Run(r.ID, func(t *testing.T) {
			title, _, _ := strings.Cut(r.Page, "\n")
			if want := "# " + r.ID + " " + r.Name; title != want {
				t.Fatalf("title is %q, want %q", title, want)
			}
			section := cutSections(r.Page)
			for _, name := range sections {
				if len(section[name]) < 40 {
					t.Errorf("section %q is missing or all but empty", name)
				}
			}
			for _, ref := range r.References {
				if !strings.Contains(section["References"], "]("+ref.URL+")") {
					t.Errorf("the page does not link %s", ref.URL)
				}
			}
			var also []string
			bad := example(t, section["Bad"]).Audit(t, rules.All())
			for _, f := range bad {
				if f.RuleID != r.ID && f.Severity > finding.Info {
					also = append(also, f.RuleID)
				}
			}
			if n := count(bad, r.ID); n != 1 {
				t.Errorf("the bad example gives %d findings of %s, want one; the rest: %v", n, r.ID, also)
			}
			if !slices.Equal(also, beside(r.ID)) {
				t.Errorf("beside %s the bad example gives %v, want %v", r.ID, also, beside(r.ID))
			}
			for _, f := range example(t, section["Good"]).Audit(t, rules.All()) {
				if f.RuleID == r.ID || f.Severity > finding.Info {
					t.Errorf("the good example gives %s: %s", f.RuleID, f.Message)
				}
			}
		})
	}
}

// beside are the further rules above info that the bad example of a page breaks.
func beside(rule string) []string {
	if rule == "RT105" { // a token that is never delivered need not be refreshed
		return []string{"RT101"}
	}
	return nil
}

func count(findings []finding.Finding, rule string) int {
	n := 0
	for _, f := range findings {
		if f.RuleID == rule {
			n++
		}
	}
	return n
}

func cutSections(page string) map[string]string {
	out := map[string]string{}
	for _, part := range strings.Split(page, "\n## ")[1:] {
		name, body, _ := strings.Cut(part, "\n")
		out[name] = strings.TrimSpace(body)
	}
	return out
}

var (
	xmlBlock = regexp.MustCompile("(?s)```xml\n<!-- (\\S+) -->\n(.*?)```")
	// recordBlock is what the organization's records say, as lines of [records.read].
	recordBlock = regexp.MustCompile("(?s)```text\n(.*?)```")
)

// example reads the XML blocks of a section as an organization. A file named from apiproxy/ on belongs to proxy "login" in
// environment "prod"; where that has no endpoint, its policies are taken as attached one after the other, those that issue
// for every request that does not refresh.
func example(t *testing.T, section string) *audittest.Organization {
	t.Helper()
	const login = "prod/apis/login/1/"
	var files []txtar.File
	var steps strings.Builder
	endpoint := false
	for _, m := range xmlBlock.FindAllStringSubmatch(section, -1) {
		name := m[1]
		if strings.HasPrefix(name, "apiproxy/") {
			name = login + name
		}
		files = append(files, txtar.File{Name: name, Data: []byte(m[2])})
		endpoint = endpoint || strings.Contains(name, "/apiproxy/proxies/")
		if base, ok := strings.CutPrefix(name, login+"apiproxy/policies/"); ok {
			condition := ""
			if strings.Contains(m[2], "<Operation>Generate") {
				condition = `request.formparam.grant_type != "refresh_token"`
			}
			steps.WriteString(audittest.Attach(strings.TrimSuffix(base, ".xml"), condition))
		}
	}
	for _, m := range recordBlock.FindAllStringSubmatch(section, -1) {
		files = append(files, txtar.File{Name: "organization", Data: []byte(m[1])})
	}
	if len(files) == 0 {
		t.Fatal("no example")
	}
	if !endpoint {
		files = append(files, txtar.File{Name: login + "apiproxy/proxies/default.xml", Data: []byte(
			`<ProxyEndpoint name="default"><PreFlow name="PreFlow"><Request>` + steps.String() +
				`</Request></PreFlow><RouteRule name="none"/></ProxyEndpoint>`)})
	}
	return audittest.Read(t, files)
}
