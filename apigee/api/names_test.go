package api

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCheckName(t *testing.T) {
	for name, ok := range map[string]bool{
		"login": true, "a.b-c_d e": true, "...": true, strings.Repeat("x", 255): true,
		"": false, ".": false, "..": false, "a/b": false, `a\b`: false, "a%2fb": false, "a?b": false, "a#b": false,
		"a\x00": false, "a\n": false, "é": false, strings.Repeat("x", 256): false,
	} {
		if err := checkName("proxy", name); (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestCheckRevision(t *testing.T) {
	for number, ok := range map[string]bool{"1": true, "250": true, "": false, "-1": false, "1.0": false, "latest": false, "1\n": false, strings.Repeat("1", 19): false} {
		if err := checkRevision(number); (err == nil) != ok {
			t.Errorf("%q: %v", number, err)
		}
	}
}

func TestClean(t *testing.T) {
	for text, want := range map[string]string{
		"":                            "",
		" a \t\n b ":                  "a b",
		"\x1b]0;title\a":              "]0;title",
		"caf\u00e9 \u202e evil":       "caf\u00e9 evil",
		"\xff":                        "?",
		strings.Repeat("\u00e9", 301): strings.Repeat("\u00e9", 300) + "\u2026",
	} {
		if got := clean(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("plain")
	f.Add("\x1b[31m\xff\xfe" + strings.Repeat("\U0001f600", 1000))
	f.Fuzz(func(t *testing.T, text string) {
		got := clean(text)
		if !utf8.ValidString(got) || strings.ContainsAny(got, "\n\r\t\x1b\x00") || utf8.RuneCountInString(got) > quotedRunes+1 {
			t.Errorf("%q", got)
		}
	})
}
