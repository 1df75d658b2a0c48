package table

import (
	"regexp"
	"strings"
	"testing"

	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

var hyperlink = regexp.MustCompile("\x1b]8;;([^\x1b]*)\x1b\\\\([^\x1b]*)\x1b]8;;\x1b\\\\")

// Links change nothing but what can be clicked, at any width, and lead nowhere that an organization decides.
func TestLinksAreOnlyAdded(t *testing.T) {
	leads := 0
	for name, d := range reporttest.Documents() {
		for _, width := range []int{40, 60, 80, 120, 200} {
			o := report.Options{Width: width, WorkingDirectory: "/build/repo"}
			plain := string(reporttest.Write(t, Write, report.Sanitized(d), o))
			o.Links = &report.Links{Host: "here"}
			got := string(reporttest.Write(t, Write, report.Sanitized(d), o))
			for _, m := range hyperlink.FindAllStringSubmatch(got, -1) {
				leads++
				if !strings.HasPrefix(m[1], "https://console.cloud.google.com/apigee/") && !strings.HasPrefix(m[1], "file://here/") {
					t.Errorf("%s leads to %q", m[2], m[1])
				}
			}
			if got = hyperlink.ReplaceAllString(got, "$2"); got != plain || strings.Contains(got, "\x1b") {
				t.Errorf("%s at %d columns: links change the text, or are not whole:\n%q", name, width, got)
			}
		}
	}
	if leads == 0 {
		t.Error("no document has a link")
	}
}

func TestRowsLinkProxiesAndFiles(t *testing.T) {
	d := reporttest.Rich()
	o := report.Options{Width: 100, Links: &report.Links{Host: "here"}, WorkingDirectory: "/build/repo"}
	out := string(reporttest.Write(t, Write, report.Sanitized(d), o))
	want := "\x1b]8;;https://console.cloud.google.com/apigee/proxies/login/develop/12?project=acme\x1b\\login\x1b]8;;\x1b\\"
	if !strings.Contains(out, want) {
		t.Errorf("%q is missing in:\n%q", want, out)
	}
	out = string(reporttest.Write(t, Write, report.Sanitized(reporttest.Offline()), o))
	want = "\x1b]8;;file://here/build/repo/gateway/login%20v2/apiproxy/policies/GenerateToken.xml\x1b\\"
	if !strings.Contains(out, want) {
		t.Errorf("%q is missing in:\n%q", want, out)
	}
}

func TestFileURL(t *testing.T) {
	for _, tt := range []struct{ source, wd, want string }{
		{"", "/w", ""},
		{"login", "/w", "file://here/w/login/apiproxy/policies/A.xml"},
		{"./a b/login", "/w", "file://here/w/a%20b/login/apiproxy/policies/A.xml"},
		{"/srv/login", "/w", "file://here/srv/login/apiproxy/policies/A.xml"},
		{"../login.ZIP", "/w/x", "file://here/w/login.ZIP"},
		{"all.zip/login.zip", "/w", "file://here/w/all.zip"},
		{"a\x1b]8;;b", "/w", "file://here/w/a%1B%5D8;;b/apiproxy/policies/A.xml"},
		{"login", "", ""},
	} {
		o := report.Options{WorkingDirectory: tt.wd, Links: &report.Links{Host: "here"}}
		if got := fileURL(tt.source, "apiproxy/policies/A.xml", o); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.source, got, tt.want)
		}
	}
}

func TestLinkRefusesWhatCouldEndIt(t *testing.T) {
	for _, address := range []string{"", "https://x/\x1b\\", "https://x/\a", "https://x/\n", "https://x/ü", "https://x/ y"} {
		if got := link("text", address); got != "text" {
			t.Errorf("%q gives %q", address, got)
		}
	}
}

func TestExplainNamesTheConsole(t *testing.T) {
	d := reporttest.Rich()
	var login *finding.Finding
	for i := range d.Findings {
		if d.Findings[i].Name == "login" {
			login = &d.Findings[i]
		}
	}
	const want = "\n  Console      https://console.cloud.google.com/apigee/proxies/login/develop/12?project=acme\n"
	if got := Detail(login, d, report.Options{Width: 60}); !strings.Contains(got, want) {
		t.Errorf("no line %q in\n%s", want, got)
	}
}
