package fix

import (
	"strings"
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/apigee/xmltree"
	"apigee-audit/audit/finding"
	"apigee-audit/internal/policyxml"
)

// draftOf is a bundle of one policy.
func draftOf(xml string) *draft {
	return newSheet(apigee.Revision{}, nil, 50, map[string][]byte{"p.xml": []byte(xml)}).draft()
}

// Everything that an edit is not about stays as it is.
func TestSetChildKeepsTheRest(t *testing.T) {
	for name, tt := range map[string]struct{ before, after string }{
		"plain": {
			"<OAuthV2 name=\"A\">\n  <ExpiresIn>1</ExpiresIn>\n  <T>-1</T>\n</OAuthV2>\n",
			"<OAuthV2 name=\"A\">\n  <ExpiresIn>1</ExpiresIn>\n  <T>5</T>\n</OAuthV2>\n",
		},
		"white space around the value": {"<A>\n\t<T>\n\t\t-1\n\t</T>\n</A>", "<A>\n\t<T>\n\t\t5\n\t</T>\n</A>"},
		"attributes":                   {`<A><T ref="x" >-1</T></A>`, `<A><T ref="x" >5</T></A>`},
		"comment before the value":     {"<A><T><!-- 30 days -->-1</T></A>", "<A><T><!-- 30 days -->5</T></A>"},
		"comment behind the value":     {"<A><T>-1 <!-- <T>9</T> --></T></A>", "<A><T>5 <!-- <T>9</T> --></T></A>"},
		"comment alone":                {"<A><T><!-- none --></T></A>", "<A><T><!-- none -->5</T></A>"},
		"a commented-out twin":         {"<A><!-- <T>1</T> --><T>-1</T></A>", "<A><!-- <T>1</T> --><T>5</T></A>"},
		"CDATA":                        {"<A><T><![CDATA[-1]]></T></A>", "<A><T><![CDATA[5]]></T></A>"},
		"CDATA among white space":      {"<A><T> <![CDATA[ -1 ]]> </T></A>", "<A><T> <![CDATA[5]]> </T></A>"},
		"entity":                       {"<A><T>&#45;1</T></A>", "<A><T>5</T></A>"},
		"empty tag":                    {`<A><T ref="x" /></A>`, `<A><T ref="x">5</T></A>`},
		"empty element":                {"<A><T></T></A>", "<A><T>5</T></A>"},
		"byte order mark and CRLF":     {"\ufeff<A>\r\n\t<T>-1</T>\r\n</A>\r\n", "\ufeff<A>\r\n\t<T>5</T>\r\n</A>\r\n"},
		"new element": {
			"<A>\n    <B>1</B>\n    <C>2</C>\n</A>\n", "<A>\n    <B>1</B>\n    <T>5</T>\n    <C>2</C>\n</A>\n",
		},
		"new element with tabs and CRLF": {"<A>\r\n\t<B/>\r\n</A>", "<A>\r\n\t<B/>\r\n\t<T>5</T>\r\n</A>"},
		"new element behind a remark":    {"<A>\n  <B/> <!-- of B -->\n  <C/>\n</A>", "<A>\n  <B/> <!-- of B -->\n  <T>5</T>\n  <C/>\n</A>"},
		"new element on one line":        {"<A><B/><C/></A>", "<A><B/><T>5</T><C/></A>"},
		"new element in an empty one":    {"<A>\n</A>\n", "<A>\n    <T>5</T>\n</A>\n"},
		"new element in an empty tag":    {"<A b=\"c\"/>\n", "<A b=\"c\">\n    <T>5</T>\n</A>\n"},
		"new element behind a comment": {
			"<A>\n  <!-- nothing yet -->\n</A>\n", "<A>\n  <!-- nothing yet -->\n    <T>5</T>\n</A>\n",
		},
		"prolog": {"<?xml version=\"1.0\"?>\n<!-- x --><A><T>-1</T></A>", "<?xml version=\"1.0\"?>\n<!-- x --><A><T>5</T></A>"},
	} {
		d := draftOf(tt.before)
		if err := d.setChild("p.xml", "T", "5", "B"); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := string(d.files["p.xml"]); got != tt.after {
			t.Errorf("%s:\ngot  %q\nwant %q", name, got, tt.after)
		}
		if err := d.setChild("p.xml", "T", "5", "B"); err != nil || string(d.files["p.xml"]) != tt.after {
			t.Errorf("%s: a second time changes it: %q, %v", name, d.files["p.xml"], err)
		}
	}
}

// What cannot be edited without a guess is left alone, with a reason.
func TestSetChildRefuses(t *testing.T) {
	for name, tt := range map[string]struct{ before, why string }{
		"text in pieces":         {"<A><T>-<!-- minus -->1</T></A>", "in pieces"},
		"CDATA in pieces":        {"<A><T><![CDATA[-]]>1</T></A>", "in pieces"},
		"UTF-16":                 {"\xff\xfe<\x00A\x00/\x00>\x00", "is in UTF-16"},
		"elements in the middle": {"<A><T>1<B/>2</T></A>", "in pieces"},
	} {
		d := draftOf(tt.before)
		err := d.setChild("p.xml", "T", "5")
		if err == nil || !strings.Contains(err.Error(), tt.why) || string(d.files["p.xml"]) != tt.before {
			t.Errorf("%s: %v, %q", name, err, d.files["p.xml"])
		}
	}
}

func TestAttributes(t *testing.T) {
	for before, after := range map[string]string{
		`<A enabled="false" name="x"/>`:             `<A name="x"/>`,
		"<A\n  name='x'\n  enabled = 'FALSE'>1</A>": "<A\n  name='x'>1</A>",
		`<A enabled="false"/>`:                      `<A/>`,
	} {
		d := draftOf(before)
		doc, _ := d.document("p.xml")
		if err := d.edit("p.xml", dropAttr(doc, doc.Root, "enabled")); err != nil || string(d.files["p.xml"]) != after {
			t.Errorf("%s: %s, %v", before, d.files["p.xml"], err)
		}
	}
	for before, after := range map[string]string{
		`<A cascade="false"/>`: `<A cascade="true"/>`, `<A cascade='x' b="1"/>`: `<A cascade='true' b="1"/>`, `<A b="1"/>`: `<A cascade="true" b="1"/>`, `<A/>`: `<A cascade="true"/>`,
	} {
		d := draftOf(before)
		doc, _ := d.document("p.xml")
		if err := d.edit("p.xml", setAttr(doc, doc.Root, "cascade", "true")); err != nil || string(d.files["p.xml"]) != after {
			t.Errorf("%s: %s, %v", before, d.files["p.xml"], err)
		}
	}
}

func TestMoveBefore(t *testing.T) {
	for before, after := range map[string]string{
		"<F>\n  <A/>\n  <B>\n    <C/>\n  </B>\n</F>": "<F>\n  <B>\n    <C/>\n  </B>\n  <A/>\n</F>",
		"<F><A/><B/></F>":                   "<F><B/><A/></F>",
		"<F>\r\n\t<A/>\r\n\t<B/>\r\n</F>":   "<F>\r\n\t<B/>\r\n\t<A/>\r\n</F>",
		"<F>\n  <A/> <B/> <!-- x -->\n</F>": "<F>\n  <B/>\n  <A/>  <!-- x -->\n</F>",
	} {
		d := draftOf(before)
		doc, _ := d.document("p.xml")
		if err := d.edit("p.xml", moveBefore(doc, doc.Root.Child("B"), doc.Root.Child("A"))...); err != nil || string(d.files["p.xml"]) != after {
			t.Errorf("%q: %q, %v", before, d.files["p.xml"], err)
		}
	}
}

// A step of several lines takes on the layout of the file.
func TestInsertedStepsAreLaidOutAsTheRest(t *testing.T) {
	step := policyxml.Step("X", "a = 1")
	for before, after := range map[string]string{
		"<F>\n\t<R>\n\t\t<Step/>\n\t</R>\n</F>":     "<F>\n\t<R>\n\t\t<Step/>\n\t\t<Step>\n\t\t\t<Name>X</Name>\n\t\t\t<Condition>a = 1</Condition>\n\t\t</Step>\n\t</R>\n</F>",
		"<F><R><Step/></R></F>":                     "<F><R><Step/><Step><Name>X</Name><Condition>a = 1</Condition></Step></R></F>",
		"<F>\r\n <R>\r\n  <Step/>\r\n </R>\r\n</F>": "<F>\r\n <R>\r\n  <Step/>\r\n  <Step>\r\n   <Name>X</Name>\r\n   <Condition>a = 1</Condition>\r\n  </Step>\r\n </R>\r\n</F>",
	} {
		d := draftOf(before)
		doc, _ := d.document("p.xml")
		if err := d.edit("p.xml", insertAfter(doc, doc.Root.Find("R", "Step"), step)); err != nil || string(d.files["p.xml"]) != after {
			t.Errorf("%q:\ngot  %q\nwant %q, %v", before, d.files["p.xml"], after, err)
		}
	}
}

func TestEditsOverlap(t *testing.T) {
	d := draftOf("<A><T>-1</T></A>")
	if err := d.edit("p.xml", splice{3, 6, ""}, splice{5, 8, ""}); err == nil {
		t.Error("two changes of one text are made")
	}
}

// The edits of a report, applied by line and column, are the change.
func TestEditsAreTheSmallestThatSay(t *testing.T) {
	before, err := xmltree.Parse("p.xml", []byte("<A name=\"é\" enabled=\"false\">\r\n  <T>-1</T>\r\n</A>"), 9)
	if err != nil {
		t.Fatal(err)
	}
	got := edits(before, "<A name=\"é\">\r\n  <T>5</T>\r\n</A>")
	want := []finding.Edit{
		{Place: finding.Place{File: "p.xml", Line: 1, Column: 12, EndLine: 2, EndColumn: 8}, Text: ">\r\n  <T>5"},
	}
	if len(got) != 1 || got[0] != want[0] {
		t.Errorf("%+v", got)
	}
}

func TestConjuncts(t *testing.T) {
	for condition, want := range map[string]string{
		`a = 1`: `a = 1`, `a = 1 and b = "x and y"`: `a = 1|b = "x and y"`, `(a = 1) AND (b or c) && d`: `(a = 1)|(b or c)|d`,
		`a or b and c`: `a or b and c`, `(a and b)`: `a|b`, `((a) and (b))`: `(a)|(b)`, `a and "unclosed`: `a and "unclosed`, `android = 1 and b`: `android = 1|b`,
		`(a) and (b)`: `(a)|(b)`, ``: ``,
	} {
		if got := strings.Join(conjuncts(condition), "|"); got != want {
			t.Errorf("%s: %s, want %s", condition, got, want)
		}
	}
}

func TestRefreshNames(t *testing.T) {
	for issuer, want := range map[string]string{
		"OA-GenerateToken": "OA-RefreshToken", "generate-access-token": "refresh-access-token", "Tokens": "Refresh-Tokens", "OAuth-v20-GenerateAccessToken": "OAuth-v20-RefreshAccessToken",
	} {
		if got := refreshName(draftOf("<A/>"), issuer, "apiproxy/policies"); got != want {
			t.Errorf("%s: %s, want %s", issuer, got, want)
		}
	}
	d := draftOf("<A/>")
	for file, text := range map[string]string{"Refresh-X.xml": "<A/>", "other.xml": `<A name="refresh-x-2"/>`} {
		if err := d.add("apiproxy/policies/"+file, text); err != nil {
			t.Fatal(err)
		}
	}
	if got := refreshName(d, "X", "apiproxy/policies"); got != "Refresh-X-3" {
		t.Error(got)
	}
}

// What an edit keeps from running in one environment only is kept from running.
func TestKillsInOneEnvironment(t *testing.T) {
	was := draftOf(`<P><Flows><Flow name="a"><Condition>x = "2" and environment.name = "test"</Condition></Flow><Flow name="b"><Condition>x = "1"</Condition></Flow></Flows></P>`)
	now := was.clone()
	if err := now.put("p.xml", []byte(`<P><Flows><Flow name="a"><Condition>environment.name = "test"</Condition></Flow><Flow name="b"><Condition>x = "1"</Condition></Flow></Flows></P>`)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		environments []string
		killed       bool
	}{{[]string{"prod"}, false}, {[]string{"prod", "test"}, true}, {[]string{""}, false}} {
		if err := now.kills(was, tt.environments); (err != nil) != tt.killed {
			t.Errorf("in %v: %v", tt.environments, err)
		}
	}
}
