package report

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSanitize(t *testing.T) {
	for in, want := range map[string]string{
		"":                           "",
		"login-v2":                   "login-v2",
		"Ausgäbe 漢字 🔑 no\u00a0break": "Ausgäbe 漢字 🔑 no\u00a0break",
		"two\nlines\r\n":             `two\nlines\r\n`,
		"tab\there":                  `tab\there`,
		"\x1b[31mred\x1b[0m":         `\x1b[31mred\x1b[0m`,
		"title\x1b]0;x\x07":          `title\x1b]0;x\x07`,
		"c1 \u009b2J":                `c1 \x9b2J`,
		"del\x7f":                    `del\x7f`,
		"nul\x00":                    `nul\x00`,
		"abc\u202egnp.exe":           `abc\u202egnp.exe`,
		"iso\u2066late\u2069":        `iso\u2066late\u2069`,
		"zero\u200bwidth\ufeff":      `zero\u200bwidth\ufeff`,
		"line\u2028separator":        `line\u2028separator`,
		"soft\u00adhyphen":           `soft\xadhyphen`,
		"tag\U000e0041":              `tag\U000e0041`,
		"private\ue000":              `private\ue000`,
		"broken\xff\xc3":             `broken\xff\xc3`,
		"real \ufffd":                "real \ufffd",
	} {
		if got := Sanitize(in); got != want {
			t.Errorf("Sanitize(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzSanitize(f *testing.F) {
	f.Add(hostile)
	f.Fuzz(func(t *testing.T, in string) {
		got := Sanitize(in)
		if !clean(got) || !utf8.ValidString(got) {
			t.Errorf("Sanitize(%q) = %q is not clean", in, got)
		}
		if Sanitize(got) != got {
			t.Errorf("Sanitize(%q) is not stable", in)
		}
	})
}

// No writer may pass on what a terminal obeys, from whichever field it comes.
func TestNoFormatPassesControls(t *testing.T) {
	for _, format := range Formats() {
		for _, width := range []int{0, 80} {
			out := string(write(t, format, rich(), Options{Rules: testRules(), Width: width, Verbose: true}))
			if format == "csv" {
				out = strings.ReplaceAll(out, "\r\n", "\n") // the line break of RFC 4180
			}
			for line := range strings.Lines(out) {
				if !clean(strings.TrimSuffix(line, "\n")) {
					t.Errorf("%s at %d: %q", format, width, line)
				}
				// A CI service takes such a line for a command, with or without leading spaces.
				if width == 0 && strings.HasPrefix(strings.TrimSpace(line), "::") {
					t.Errorf("%s: a line begins with a workflow command: %q", format, line)
				}
			}
		}
	}
}
