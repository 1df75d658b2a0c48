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

func TestContainsFold(t *testing.T) {
	for text, want := range map[string]bool{
		"refresh": true, "REFRESH": true, "a ReFresh": true, "fefrefresh": true, "FREFRESHF": true, "rerefrefresh": true,
		"": false, "re": false, "refres": false, "Refres": false, "frefres": false, "ref resh": false, "refre\u017fh": false,
	} {
		if containsFold(text, "refresh") != want {
			t.Errorf("%q: %t", text, !want)
		}
	}
}
