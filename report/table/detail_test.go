package table

import (
	"bytes"
	"strings"
	"testing"

	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

// What a change mends is found as such whatever its organization is called, and so is its other side.
func TestExplainHostileChange(t *testing.T) {
	d := reporttest.Changed()
	const hostile = "ac\u202eme"
	for i := range d.Fixed {
		d.Fixed[i].Organization = hostile
	}
	for i := range d.Change.Counterparts {
		d.Change.Counterparts[i].Organization = hostile
	}
	d.Change.Counterparts[1].Message += hostile
	var b bytes.Buffer
	if err := Explain(&b, d, d.Fixed[0].Fingerprint, report.Options{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Fixed by the change", "After the change", "RT101 refresh-token-never-refreshed: "} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, &b)
		}
	}
	if strings.Contains(b.String(), "\u202e") {
		t.Errorf("not sanitised:\n%q", b.String())
	}
}

func TestExplain(t *testing.T) {
	d := reporttest.Single()
	other := reporttest.NeverRefreshed()
	other.Organization = "beta"
	longer := reporttest.InAnotherProxy()
	longer.Fingerprint = "a1ffffffffffffff:RT110"
	d.Findings = append(d.Findings, other, longer)
	for _, c := range []struct{ fingerprint, want, err string }{
		{fingerprint: "a1b2c3d4e5f60718", want: "organization acme"},
		{fingerprint: "a1b2", want: "organization beta"},
		{fingerprint: "a1ffffffffffffff", want: "Issue.xml:3:7"},
		{fingerprint: "a1", err: "\"a1\" is ambiguous: 3 fingerprints start with it: a1b2c3d4e5f60718, a1ffffffffffffff and a1ffffffffffffff:RT110"},
		{fingerprint: "a1ffffffffffffff", want: "Issue.xml:3:7"},
		{fingerprint: "zz", err: "no finding in this report has a fingerprint that starts with \"zz\""},
		{fingerprint: "login", want: "organization beta"},
		{fingerprint: "RT106", want: "Issue.xml:3:7"},
		{fingerprint: "refresh-token-never-refreshed", want: "organization beta"},
		{fingerprint: "rt101:login", want: "organization acme"},
		{fingerprint: "RT106:login", err: "no finding in this report has a fingerprint that starts with \"RT106:login\""},
		{fingerprint: "", err: "no finding in this report"},
	} {
		var b bytes.Buffer
		err := Explain(&b, d, c.fingerprint, report.Options{Width: 100})
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) || b.Len() > 0 {
				t.Errorf("%q: error %v and %d bytes, want %q", c.fingerprint, err, b.Len(), c.err)
			}
			continue
		}
		if err != nil || !strings.Contains(b.String(), c.want) {
			t.Errorf("%q: error %v, lacks %q:\n%s", c.fingerprint, err, c.want, &b)
		}
	}
}

// Everything about a fix is wrapped but its diff, which is to be copied.
func TestExplainFixes(t *testing.T) {
	d := reporttest.Single()
	long := "+" + strings.Repeat("<x/>", 50)
	d.Findings[0].Fixes[0].Diff = finding.Lines("@@ -1 +1,130 @@\n" + long + "\n" + strings.Repeat("+y\n", 129))
	var b bytes.Buffer
	if err := Explain(&b, d, d.Findings[0].Fingerprint, report.Options{Width: 80}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"\n  Recommended fix\n    Refresh tokens", "\n  Another fix\n", "\n    Edits            proxy login, revision 12\n",
		"\n      " + long + "\n", "\n    Left out here: 11 more lines. apigee-audit fix shows the whole diff.\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, &b)
		}
	}
	for line := range strings.Lines(b.String()) {
		if n := displayWidth(strings.TrimSuffix(line, "\n")); n > 80 && !strings.Contains(line, long) && !strings.Contains(line, "https:") && !strings.Contains(line, "<Condition>") {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	b.Reset()
	if err := Explain(&b, d, d.Findings[1].Fingerprint, report.Options{}); err != nil {
		t.Fatal(err)
	}
	if want := "\n  No fix       No edit of a bundle mends this.\n"; !strings.Contains(b.String(), want) {
		t.Errorf("%q is missing in:\n%s", want, &b)
	}
}

// A proxy or a rule has several findings, and each is explained; a name goes before the beginning of a fingerprint.
func TestExplainSeveral(t *testing.T) {
	d := reporttest.Single()
	other := reporttest.NeverRefreshed()
	other.Name, other.Fingerprint = "b", "a1eeeeeeeeeeeeee"
	named := reporttest.InAnotherProxy()
	named.Name, named.Fingerprint = "a1b2", "c0ffee"
	d.Findings = append(d.Findings, other, named)
	for what, want := range map[string][]string{
		"RT101":   {d.Findings[0].Fingerprint, "a1eeeeeeeeeeeeee"},
		"a1b2":    {"c0ffee"},
		"RT101:b": {"a1eeeeeeeeeeeeee"},
	} {
		var b bytes.Buffer
		if err := Explain(&b, d, what, report.Options{}); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if n := strings.Count(b.String(), "  Fingerprint  "); n != len(want) {
			t.Errorf("%s: %d findings are explained, want %d", what, n, len(want))
		}
		for _, fingerprint := range want {
			if !strings.Contains(b.String(), "  Fingerprint  "+fingerprint+"\n") {
				t.Errorf("%s: %s is missing in:\n%s", what, fingerprint, &b)
			}
		}
	}
}

func TestExplainShowsTheSource(t *testing.T) {
	d := reporttest.Single()
	f := &d.Findings[0]
	f.Line, f.EndLine = 9, 10
	f.Excerpt = &finding.Excerpt{Line: 8, Text: "<OAuthV2>\n\t<Operation>\n\tGenerateAccessToken\n\n</OAuthV2>\n"}
	var b bytes.Buffer
	if err := Explain(&b, d, f.Fingerprint, report.Options{Width: 80}); err != nil {
		t.Fatal(err)
	}
	want := "\n  Source\n     8 | <OAuthV2>\n  >  9 |     <Operation>\n  > 10 |     GenerateAccessToken\n    11 |\n    12 | </OAuthV2>\n\n"
	if !strings.Contains(b.String(), want) {
		t.Errorf("%q is missing in:\n%s", want, &b)
	}
}
