package format

import (
	"bytes"
	"encoding/json"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
	"apigee-audit/report/table"
)

// obeyed finds what a terminal or a CI service would obey, or a reader not see, in what is written to stdout.
func obeyed(format, out string) (lines []string) {
	if strings.HasPrefix(format, "csv") {
		out = strings.ReplaceAll(out, "\r\n", "\n") // the line break of RFC 4180
	}
	if format == "html" { // our own styles have colons in pairs, and nobody else's text
		out = regexp.MustCompile(`(?s)<style>.*?</style>|<script>.*?</script>`).ReplaceAllString(out, "")
	}
	for line := range strings.Lines(out) {
		line = strings.TrimSuffix(line, "\n")
		if format == "github" { // our own command, which has no colon before its text
			line = regexp.MustCompile(`^::(error|warning|notice|group|endgroup)( [^:]*)?::`).ReplaceAllString(line, "")
		}
		bad := strings.ContainsFunc(line, func(r rune) bool { return !text.Visible(r) }) || strings.ToValidUTF8(line, "") != line
		if bad || !bytes.Equal(report.BreakCommandsInText([]byte(line)), []byte(line)) {
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
		if v.CanSet() && (v.Type() == reflect.TypeFor[string]() || v.Type() == reflect.TypeFor[finding.Lines]()) { // the words of the schema are checked
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

// TestNoFormatPassesOnWhatIsObeyed plants canaries in every string of a report, and looks for them in everything that can be
// made of it.
func TestNoFormatPassesOnWhatIsObeyed(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine does it all, of which the race detector learns nothing")
	}
	for _, canary := range append(canaries(), reporttest.Hostile) {
		for _, raw := range []bool{false, true} { // as an audit makes it, and as a stored report may claim
			d := reporttest.Full()
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

func checkNothingObeyed(t *testing.T, canary string, d *report.Document) {
	t.Helper()
	check := func(what, format, out string) {
		t.Helper()
		if bad := obeyed(format, out); len(bad) > 0 {
			t.Errorf("%s passes %q on: %q", what, canary, bad[0])
		}
	}
	for _, format := range Formats() {
		for _, width := range []int{0, 60, 80} {
			check(format, format, string(write(t, format, d, report.Options{
				Rules: reporttest.Rules(), Width: width, Verbose: width != 80, SARIFPath: "{name}/{file}" + canary, WorkingDirectory: "/home/" + canary,
			})))
			if format != "table" {
				break
			}
		}
	}
	var b bytes.Buffer
	if err := table.Explain(&b, d, d.Findings[0].Fingerprint, report.Options{Width: 60}); err != nil {
		t.Fatal(err)
	}
	check("explain", "table", b.String())
	empty := report.New(reporttest.Tool(), nil)
	for _, c := range []*report.Comparison{report.Compare(d, empty), report.Compare(empty, d), report.Compare(d, d)} {
		for _, format := range ComparisonFormats() {
			b.Reset()
			if err := WriteComparison(&b, format, c, report.Options{Width: 60}); err != nil {
				t.Fatal(err)
			}
			check("diff "+format, format, b.String())
		}
	}
	inventory := report.NewInventory(d, report.InventoryFilter{RefreshLifetimeOver: 1, Environments: []string{"*"}})
	everything := report.NewInventory(d, report.InventoryFilter{})
	for _, format := range InventoryFormats() {
		for _, width := range []int{0, 60, 200} {
			for _, v := range []*report.Inventory{inventory, everything} {
				b.Reset()
				if err := WriteInventory(&b, format, v, report.Options{Width: width, Verbose: width == 60}); err != nil {
					t.Fatal(err)
				}
				check("inventory "+format, format, b.String())
			}
		}
	}
	for i := range d.Inventory {
		e := &d.Inventory[i]
		in := report.NewIncident(d, e.Kind, e.Name, report.InventoryFilter{})
		if in == nil {
			continue // of an organization that the report does not have
		}
		for _, format := range IncidentFormats() {
			b.Reset()
			if err := WriteIncident(&b, format, in, report.Options{Width: 60}); err != nil {
				t.Fatal(err)
			}
			check("incident "+format, format, b.String())
		}
	}
	// Of another scope, which a notice says by the names of the files.
	one := *d
	one.Change = nil
	other := one
	other.Scope = &report.Scope{Proxies: []string{"login"}}
	if m, err := report.Merge(reporttest.Tool(), []report.Stored{{Name: "a.json" + canary, Document: &one}, {Name: "b.json", Document: &other}}); err != nil {
		t.Error(err)
	} else {
		for _, format := range Formats() {
			check("merge", format, string(write(t, format, m, report.Options{})))
		}
	}
	again, err := report.Read(bytes.NewReader(write(t, "json", d, report.Options{})))
	if err == nil && len(again.Findings) != len(d.Findings) {
		t.Errorf("%q: the report reads back otherwise", canary)
	}
}

// TestSARIFIsSanitized looks into the strings of a SARIF report: its readers show them on pages and terminals of their own.
func TestSARIFIsSanitized(t *testing.T) {
	d := reporttest.Full()
	plant(reflect.ValueOf(d).Elem(), reporttest.Hostile)
	var log any
	if err := json.Unmarshal(write(t, "sarif", d, report.Options{Rules: reporttest.Rules()}), &log); err != nil {
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
				switch lines, _ := inner.(string); key {
				case "help": // pages of rules have lines
				case "xml": // to paste
					for line := range strings.FieldsFuncSeq(lines, func(r rune) bool { return r == '\n' || r == '\t' }) {
						walk(at+"."+key, line)
					}
				case "text": // to insert into a file
					lines = strings.ReplaceAll(lines, "\r\n", "\n")
					for line := range strings.FieldsFuncSeq(lines, func(r rune) bool { return r == '\n' || r == '\t' }) {
						walk(at+"."+key, line)
					}
				default:
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
	d := reporttest.Full()
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
