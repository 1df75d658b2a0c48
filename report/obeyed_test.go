package report

import (
	"bytes"
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit"
	"apigee-audit/internal/text"
)

// obeyed finds what a terminal or a CI service would obey, or a reader not see, in what is written to stdout.
func obeyed(format, out string) (lines []string) {
	if format == "csv" {
		out = strings.ReplaceAll(out, "\r\n", "\n") // the line break of RFC 4180
	}
	if format == "html" { // our own styles have colons in pairs, and nobody else's text
		out = regexp.MustCompile(`(?s)<style>.*?</style>|<script>.*?</script>`).ReplaceAllString(out, "")
	}
	for line := range strings.Lines(out) {
		line = strings.TrimSuffix(line, "\n")
		bad := strings.ContainsFunc(line, func(r rune) bool { return !text.Visible(r) }) || strings.ToValidUTF8(line, "") != line
		for i := range line {
			bad = bad || commandAt([]byte(line), i)
		}
		if bad {
			lines = append(lines, line)
		}
	}
	return lines
}

// canaries are what is planted, each for another reader: Azure Pipelines, GitHub before and now, terminals, people.
func canaries() []string {
	return []string{
		"##vso[task.setvariable variable=LD_PRELOAD]/tmp/x", "##[add-mask]y", "::add-mask::y", "\n::error::y", "\r\n##[error]y",
		"\x1b]0;owned\x07", "\u009b2J", "\u202egnp", "\u2066x", "zero\u200bwidth\ufeff", "tag\U000e0041", "\u2028::error::y", "fill\u3164\ufe0f", "\xff\xfe",
		// What pieces of a line come to together.
		"#", "##", "[x]", ":", ":error::", "::", "vso[x]", "a:", "#[x]", "error::x",
	}
}

// plant puts a text into every string of a value, however deep, behind what is there.
func plant(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.String:
		if v.CanSet() && v.Type() == reflect.TypeFor[string]() { // the words of the schema are checked
			v.SetString(v.String() + text)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			plant(v.Elem(), text)
		}
	case reflect.Slice:
		for i := range v.Len() {
			plant(v.Index(i), text)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).Name != "Expires" { // a day, and nothing else
				plant(v.Field(i), text)
			}
		}
	}
}

// fullDocument has something in every field.
func fullDocument() *Document {
	d := comparedDocument()
	r := rich()
	d.Findings, d.Problems, d.Notices = append(d.Findings, r.Findings...), append(d.Problems, r.Problems...), append(d.Notices, r.Notices...)
	d.Inventory = append(d.Inventory, r.Inventory...)
	d.Catalogue, d.Scope = r.Catalogue, fullScope()
	d.StoredTokens = []audit.StoredTokens{stored()}
	d.Inventory[0].Sources = []string{"proxies/login", "target/login"}
	d.Findings[0].Deployments[0].Source, d.Problems[0].Source = "proxies/login", "proxies/pay"
	d.Problems = append(d.Problems, apigee.Problem{
		Organization: "acme", Operation: "download bundle", Error: "the token has expired",
		Subjects: []apigee.Subject{{Environment: "prod", Kind: apigee.KindProxy, Name: "orders", Revision: "4"}, {Environment: "prod", Name: "pay"}},
	})
	d.Problems[0].Environments = []string{"dev", "prod"}
	d.Problems[len(d.Problems)-1].Subjects[0].Environments = []string{"dev", "prod"}
	d.Organizations[0].Scope, d.Organizations[0].Rules = fullScope(), []string{"RT101"}
	d.LeftOut = []audit.LeftOut{{Organization: "acme", RuleID: "RT110", Fingerprint: "aa:RT110", SharedFingerprint: "aa"}}
	d.Suppressions = []audit.SuppressionUse{{Label: "suppression 1 (RT101)", RuleID: "RT101", Expires: "2027-01-31", State: audit.SuppressionUnmatched, Organization: "acme"}}
	change := changedDocument().Change
	change.Counterparts[0].Path, d.Change = change.Counterparts[1].Path, change
	change.Counterparts[0].Fingerprint = d.Findings[0].Fingerprint
	d.Summary.NotShown = []audit.Severity{audit.Low}
	d.Findings[0].SharedFingerprint = "a1b2c3d4e5f60718"
	d.Catalogue = append(slices.Clone(d.Catalogue), Rule{ID: "RT998", Name: "younger", PartedFrom: "RT999", Severity: audit.Low, Confidence: audit.LowConfidence, Inputs: audit.Inputs()})
	for i := range d.Findings {
		f := &d.Findings[i]
		if i == 0 {
			f.Source, f.Path[2].Source = "proxies/login", "proxies/issue" // of bundles on disk
		}
		f.Excerpt = &audit.Excerpt{Line: 1, Text: "<OAuthV2>\n\t<ExpiresIn/>\n</OAuthV2>"}
		f.URLs, f.Products, f.Apps = []string{"https://api.example.com/x"}, []string{"product"}, []string{"app"}
		f.Traffic = &audit.FindingTraffic{Note: "no calls"}
	}
	return d
}

// TestNoFormatPassesOnWhatIsObeyed plants canaries in every string of a report, and looks for them in everything that can be
// made of it.
func TestNoFormatPassesOnWhatIsObeyed(t *testing.T) {
	for _, canary := range append(canaries(), hostile) {
		for _, raw := range []bool{false, true} { // as an audit makes it, and as a stored report may claim
			d := fullDocument()
			if raw {
				plant(reflect.ValueOf(d).Elem(), canary)
			} else {
				plant(reflect.ValueOf(d.Findings), canary)
				plant(reflect.ValueOf(d.Problems), canary)
				d.Normalize()
			}
			checkNothingObeyed(t, canary, d)
		}
	}
}

func checkNothingObeyed(t *testing.T, canary string, d *Document) {
	t.Helper()
	check := func(what, format, out string) {
		t.Helper()
		if bad := obeyed(format, out); len(bad) > 0 {
			t.Errorf("%s passes %q on: %q", what, canary, bad[0])
		}
	}
	for _, format := range Formats() {
		for _, width := range []int{0, 60, 80} {
			check(format, format, string(write(t, format, d, Options{
				Rules: testRules(), Width: width, Verbose: width != 80, SARIFPath: "{name}/{file}" + canary, WorkingDirectory: "/home/" + canary,
			})))
			if format != "table" {
				break
			}
		}
	}
	var b bytes.Buffer
	if err := Explain(&b, d, d.Findings[0].Fingerprint, Options{Width: 60}); err != nil {
		t.Fatal(err)
	}
	check("explain", "table", b.String())
	empty := New(testTool(), nil)
	for _, c := range []*Comparison{Compare(d, empty), Compare(empty, d), Compare(d, d)} {
		for _, format := range ComparisonFormats() {
			b.Reset()
			if err := WriteComparison(&b, format, c, Options{Width: 60}); err != nil {
				t.Fatal(err)
			}
			check("diff "+format, format, b.String())
		}
	}
	// Of another scope, which a notice says by the names of the files.
	one := *d
	one.Change = nil
	other := one
	other.Scope = &Scope{Proxies: []string{"login"}}
	if m, err := Merge(testTool(), []Stored{{"a.json" + canary, &one}, {"b.json", &other}}); err != nil {
		t.Error(err)
	} else {
		for _, format := range Formats() {
			check("merge", format, string(write(t, format, m, Options{})))
		}
	}
	again, err := Read(bytes.NewReader(write(t, "json", d, Options{})))
	if err == nil && len(again.Findings) != len(d.Findings) {
		t.Errorf("%q: the report reads back otherwise", canary)
	}
}

// TestSARIFIsSanitized looks into the strings of a SARIF report: its readers show them on pages and terminals of their own.
func TestSARIFIsSanitized(t *testing.T) {
	d := fullDocument()
	plant(reflect.ValueOf(d).Elem(), hostile)
	var log any
	if err := json.Unmarshal(write(t, "sarif", d, Options{Rules: testRules()}), &log); err != nil {
		t.Fatal(err)
	}
	seen := 0
	var walk func(at string, v any)
	walk = func(at string, v any) {
		switch v := v.(type) {
		case string:
			if seen++; !text.IsClean(v) {
				t.Errorf("%s is %q", at, v)
			}
		case []any:
			for _, inner := range v {
				walk(at, inner)
			}
		case map[string]any:
			for key, inner := range v {
				if key != "help" { // pages of rules have lines
					walk(at+"."+key, inner)
				}
			}
		}
	}
	walk("", log)
	if seen == 0 {
		t.Error("no string was found at all: the walk is broken")
	}
}

// TestEveryFieldIsPlanted keeps the test above honest: a field that the document leaves empty would go unlooked at.
func TestEveryFieldIsPlanted(t *testing.T) {
	d := fullDocument()
	empty := map[string]bool{}
	var walk func(name string, v reflect.Value) (full bool)
	walk = func(name string, v reflect.Value) bool {
		switch v.Kind() {
		case reflect.Pointer:
			return !v.IsNil() && walk(name, v.Elem())
		case reflect.Slice:
			full := false
			for i := range v.Len() {
				full = walk(name, v.Index(i)) || full
			}
			return full || v.Len() > 0
		case reflect.Struct:
			if v.Type() == reflect.TypeFor[time.Time]() {
				return true
			}
			for i := range v.NumField() {
				f := v.Type().Field(i)
				inner := v.Type().Name() + "." + f.Name
				if !walk(inner, v.Field(i)) {
					if _, met := empty[inner]; !met {
						empty[inner] = true
					}
				} else {
					empty[inner] = false
				}
			}
			return true
		case reflect.String:
			return v.Len() > 0
		}
		return true
	}
	walk("Document", reflect.ValueOf(d).Elem())
	for name, is := range empty {
		if is && name != "Document.Shard" { // numbers alone
			t.Errorf("%s is empty in the document that canaries are planted in: fill it", name)
		}
	}
}

// TestSanitizedKnowsEveryField keeps fields out of the document, and of what a writer has sanitised itself, that would pass
// through as they are.
func TestSanitizedKnowsEveryField(t *testing.T) {
	seen := map[reflect.Type]bool{}
	strings := 0
	var walk func(name string, of reflect.Type)
	walk = func(name string, of reflect.Type) {
		if seen[of] || sealed(of) {
			return
		}
		seen[of] = true
		switch of.Kind() {
		case reflect.Bool, reflect.Int, reflect.Int64, reflect.Uint8, reflect.Float64: // hold no text
		case reflect.String:
			strings++
		case reflect.Pointer, reflect.Slice:
			if of.Elem() == reflect.TypeFor[byte]() {
				t.Errorf("%s holds bytes, which Sanitized does not read", name)
			}
			walk(name, of.Elem())
		case reflect.Map:
			walk(name, of.Key())
			walk(name, of.Elem())
		case reflect.Struct:
			for i := range of.NumField() {
				f := of.Field(i)
				if !f.IsExported() && of.PkgPath() == reflect.TypeFor[Document]().PkgPath() {
					t.Errorf("%s.%s is not exported, so Sanitized cannot change it", of.Name(), f.Name)
				}
				if f.IsExported() || f.Anonymous {
					walk(of.Name()+"."+f.Name, f.Type)
				}
			}
		default:
			t.Errorf("%s is of kind %s, which Sanitized leaves as it is: teach it that kind", name, of.Kind())
		}
	}
	for _, root := range []reflect.Type{reflect.TypeFor[Document](), reflect.TypeFor[Comparison](), reflect.TypeFor[sarifLog]()} {
		walk(root.Name(), root)
	}
	if strings == 0 {
		t.Error("no string was found at all: the walk is broken")
	}
}

func TestSanitizedReachesMaps(t *testing.T) {
	got := Sanitized(map[string][]string{"\x1b": {"::"}, "own": nil})
	if want := map[string][]string{`\x1b`: {`:\x3a`}, "own": nil}; !reflect.DeepEqual(got, want) {
		t.Errorf("%q", got)
	}
	if got := Sanitized(OwnText("## Heading\n")); got != "## Heading\n" {
		t.Errorf("%q", got)
	}
}

func TestSanitizedCopiesWhatItChanges(t *testing.T) {
	d := rich()
	before := string(write(t, "json", d, Options{}))
	clean := Sanitized(d)
	if clean == d || string(write(t, "json", d, Options{})) != before {
		t.Error("the document itself was changed")
	}
	if c := cleanBill(); Sanitized(c) != c {
		t.Error("a clean document was copied")
	}
}
