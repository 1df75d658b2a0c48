package flow

import (
	"slices"
	"strings"
	"testing"
)

func TestLiterals(t *testing.T) {
	for _, tt := range []struct {
		source             string
		javaScript, python string // separated by "|"
	}{
		{`a = "x" + 'y'; // "z"`, "x|y", "x|y|z"},
		{"a = 'x' # 'y'\n'z'", "x|y|z", "x|z"},
		{`a = "it's" /* "no" */ + 'say "hi"'`, `it's|say "hi"`, `it's|no|say "hi"`},
		{"`one\ntwo ${x}` \"three\"", "one\ntwo ${x}|three", "three"},
		{"'''one\n'two' ''' 'three'", "|one|two|| |", "one\n'two' |three"},
		{"\"open\n'next'", "open|next", "open|next"},
		{`"a\"b" "c\`, `a\"b|c\`, `a\"b|c\`},
		{"/* open 'x'", "", "x"},
		{"a / b / 'c'", "c", "c"},
		{"'", "", ""},
		{"", "", ""},
	} {
		for python, want := range map[bool]string{false: tt.javaScript, true: tt.python} {
			if got := strings.Join(slices.Collect(literals(tt.source, python)), "|"); got != want {
				t.Errorf("%q (Python: %v) has %q, want %q", tt.source, python, got, want)
			}
		}
	}
}

// TestLiteralsOfManyQuotes takes for ever if the work is more than linear.
func TestLiteralsOfManyQuotes(t *testing.T) {
	for _, quote := range []string{"/*", `"`, "'", "`", `"\`, "'''", "#", "//"} {
		for _, python := range []bool{false, true} {
			n := 0
			for range literals(strings.Repeat(quote+" ", 1_000_000), python) {
				n++
			}
			if n > 2_000_000 {
				t.Errorf("%q: %d literals", quote, n)
			}
		}
	}
}

// TestContainsFold compares with lower-casing everything first.
func TestContainsFold(t *testing.T) {
	for _, s := range []string{
		"", "f", "refresh", "REFRESH", "reFresh", "refres", "efresh", "ref resh", "f refresh", "refrefresh", "rerefrefresh", "REFREFRESH_TOKEN", "FfFrefreshf",
		"fFreFrEsHtOkEn", "a refre\u017fh token", "x.refresh_token", "refresh_toke", "\xffrefresh\xff",
	} {
		for _, needle := range []string{"refresh", "refresh_token", "refreshtoken"} {
			if got, want := containsFold(s, needle), strings.Contains(strings.ToLower(s), needle); got != want {
				t.Errorf("%q contains %q: %v, want %v", s, needle, got, want)
			}
		}
	}
}
