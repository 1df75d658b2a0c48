package text

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
		"filler\u3164\u115f":         `filler\u3164\u115f`,
		"variation\ufe0f\U000e0100":  `variation\ufe0f\U000e0100`,
		"joiner\u034f":               `joiner\u034f`,
		"##vso[task.x]##[y]::z::":    `#\x23vso[task.x]#\x23[y]:\x3az:\x3a`,
		"###[a]:::b":                 `#\x23#[a]:\x3a:b`,
		"# a: b #[c]":                "# a: b #[c]",
		"broken\xff\xc3":             `broken\xff\xc3`,
		"real \ufffd":                "real \ufffd",
	} {
		if got := Sanitize(in); got != want {
			t.Errorf("Sanitize(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzSanitize(f *testing.F) {
	f.Add("\x1b]0;owned\x07\u202e\u2066\u200b\xff\n::error::")
	f.Add("##[a]::b::###::")
	f.Fuzz(func(t *testing.T, in string) {
		got := Sanitize(in)
		if !IsClean(got) || !utf8.ValidString(got) {
			t.Errorf("Sanitize(%q) = %q is not clean", in, got)
		}
		if Sanitize(got) != got {
			t.Errorf("Sanitize(%q) is not stable", in)
		}
	})
}

func TestLine(t *testing.T) {
	for in, want := range map[string]string{
		"":                            "",
		" a \t\n b ":                  "a b",
		"\x1b]0;title\a":              `\x1b]0;title\x07`,
		"caf\u00e9 \u202e evil":       `café \u202e evil`,
		"fill\u3164er":                `fill\u3164er`,
		"##[error]x":                  `#\x23[error]x`,
		"\xff":                        `\xff`,
		strings.Repeat("\u00e9", 300): strings.Repeat("\u00e9", 300),
		strings.Repeat("\u00e9", 301): strings.Repeat("\u00e9", 300) + "…",
	} {
		if got := Line(in, 300); got != want {
			t.Errorf("Line(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzLine(f *testing.F) {
	f.Add("plain")
	f.Add("\x1b[31m\xff\xfe" + strings.Repeat("\U0001f600", 1000))
	f.Fuzz(func(t *testing.T, in string) {
		got := Line(in, 300)
		if !IsClean(got) || utf8.RuneCountInString(got) > 301 {
			t.Errorf("Line(%q) = %q", in, got)
		}
	})
}
