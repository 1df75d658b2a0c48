package xmltree

import (
	"encoding/xml"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// The productions of XML 1.0, fifth edition, section 2.3, written as they stand there.
const (
	nameStartChar = `:A-Z_a-z\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{2FF}\x{370}-\x{37D}\x{37F}-\x{1FFF}\x{200C}-\x{200D}` +
		`\x{2070}-\x{218F}\x{2C00}-\x{2FEF}\x{3001}-\x{D7FF}\x{F900}-\x{FDCF}\x{FDF0}-\x{FFFD}\x{10000}-\x{EFFFF}`
	nameChar = nameStartChar + `\-.0-9\x{B7}\x{300}-\x{36F}\x{203F}-\x{2040}`
)

var wholeName = regexp.MustCompile(`^[` + nameStartChar + `][` + nameChar + `]*$`)

// xmlName reports whether s is a name by the productions. A regular expression takes a broken byte for U+FFFD, which may
// stand in names.
func xmlName(s string) bool { return utf8.ValidString(s) && wholeName.MatchString(s) }

// TestNameCharacters tries every character there is, first and later in a name.
func TestNameCharacters(t *testing.T) {
	first, later := regexp.MustCompile(`^[`+nameStartChar+`]$`), regexp.MustCompile(`^[`+nameChar+`]$`)
	for r := rune(0); r <= utf8.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		c := string(r)
		if got, want := (&scanner{src: c}).name(0) == c, first.MatchString(c); got != want {
			t.Errorf("%U starts a name: %v, want %v", r, got, want)
		}
		if got, want := (&scanner{src: "a" + c}).name(0) == "a"+c, later.MatchString(c); got != want {
			t.Errorf("%U stands in a name: %v, want %v", r, got, want)
		}
	}
}

func TestNames(t *testing.T) {
	for _, tt := range []struct {
		name string
		ok   bool
	}{
		{"A", true}, {"_", true}, {":", true}, {"::", true}, {"a:b:c", true}, {":a", true}, {"a:", true},
		{"a-b.c1", true}, {"Ä", true}, {"日本", true}, {"\u037f", true}, {"\U00010400", true}, {"a·b", true}, {"e\u0301", true},
		{"a\u203fb", true}, {"\ufffd", true}, {"\u2183", true}, {"\u200c", true},
		{"-a", false}, {".a", false}, {"1a", false}, {"·a", false}, {"\u0301a", false}, {"\u203fa", false},
		// Several of these are letters to Unicode, and no part of a name all the same.
		{"aª", false}, {"aµ", false}, {"aº", false}, {"a\u3000", false}, {"a\ua000", true}, {"a×", false}, {"a÷", false}, {"a\u037e", false},
		{"a\u20d0", true}, {"\u20d0", true}, {"a\ue000", false}, {"a\ufffe", false}, {"a\U000f0000", false},
		{"a\xff", false}, {"\xff", false}, {"a\xed\xa0\x80", false}, {"a$", false}, {"", false},
	} {
		if got := xmlName(tt.name); got != tt.ok {
			t.Errorf("the productions say %v of %q, the table %v", got, tt.name, tt.ok)
		}
		for what, src := range map[string]string{
			"element":     "<%[1]s></%[1]s>",
			"attribute":   "<A %s='1'/>",
			"instruction": "<?%s b?><A/>",
		} {
			_, err := Parse("x.xml", fmt.Appendf(nil, src, tt.name), 64)
			if (err == nil) != tt.ok {
				t.Errorf("%q as the name of an %s: error %v", tt.name, what, err)
			}
		}
	}
}

// otherRules finds what encoding/xml has rules of its own for: the XML declaration (table tests compare encodings), and
// targets of instructions outside ASCII, for which it follows an older edition.
var otherRules = regexp.MustCompile(`<\?(xml|[!-~]*[^\x00-\x7F])`)

// plainNames is the document's source with stand-ins for the names that encoding/xml does not read: it follows the fourth
// edition of XML 1.0, which knows fewer letters, and Namespaces in XML, which allows one colon. The names in the tree
// change too. Each must be a name by the productions of the fifth edition, so nothing else is excused.
func plainNames(t *testing.T, d *Document) string {
	t.Helper()
	type edit struct {
		at        int
		old, name string
	}
	var edits []edit
	standIns := map[string]string{}
	standIn := func(name string) string {
		if !xmlName(name) {
			t.Fatalf("%q: accepted %q as a name", d.Source, name)
		}
		if xml.Unmarshal([]byte("<"+name+"/>"), new(struct{})) == nil {
			return name
		}
		if standIns[name] == "" {
			standIns[name] = fmt.Sprintf("stand-in%d", len(standIns))
		}
		return standIns[name]
	}
	for n := range d.Root.Descendants() {
		name := standIn(n.Name)
		edits = append(edits, edit{n.Start + len("<"), n.Name, name})
		if n.InnerEnd < n.End {
			edits = append(edits, edit{n.InnerEnd + len("</"), n.Name, name})
		}
		n.Name = name
		for i := range n.Attrs {
			a := &n.Attrs[i]
			name := standIn(a.Name)
			edits = append(edits, edit{a.Start, a.Name, name})
			a.Name = name
		}
	}
	slices.SortFunc(edits, func(a, b edit) int { return a.at - b.at })
	var b strings.Builder
	done := 0
	for _, e := range edits {
		if !strings.HasPrefix(d.Source[e.at:], e.old) {
			t.Fatalf("%q: the name %q does not stand at %d", d.Source, e.old, e.at)
		}
		b.WriteString(d.Source[done:e.at] + e.name)
		done = e.at + len(e.old)
	}
	return b.String() + d.Source[done:]
}
