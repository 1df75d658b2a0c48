package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestSayKeepsToItsLine(t *testing.T) {
	var said strings.Builder
	a := newApp(nil, streams{err: &said})
	a.say("warning: %s: %v", "a\n::error::b\x1b[2J", errors.Join(errors.New("one"), fmt.Errorf("two\n##[error]three")))
	want := `warning: a\n:\x3aerror:\x3ab\x1b[2J: one; two; #\x23[error]three` + "\n"
	if said.String() != want {
		t.Errorf("said\n%q, want\n%q", said.String(), want)
	}
}

func TestNothingGetsPastStderr(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"two\nlines\tand more é\n", "two\nlines\tand more é\n"},
		{"a\x1b]0;x\x07\u202eb\r", `a\u001b]0;x\u0007\u202eb\u000d`},
		{"##vso[x]##[y] ::z::", `#\u0023vso[x]#\u0023[y] :\u003az:\u003a`},
		{"a|#|#[x]|:|:b", `a#\u0023[x]:\u003ab`}, // written in pieces
		{"broken\xff tag\U000e0041", `broken\ufffd tag\udb40\udc41`},
	} {
		var out strings.Builder
		g := &guarded{w: &out}
		for piece := range strings.SplitSeq(tt.in, "|") {
			if n, err := io.WriteString(g, piece); n != len(piece) || err != nil {
				t.Errorf("%q: %d written, %v", piece, n, err)
			}
		}
		if out.String() != tt.want {
			t.Errorf("%q comes out as %q, want %q", tt.in, out.String(), tt.want)
		}
	}
}

func TestShownSettingsObeyNobodyAndReadBack(t *testing.T) {
	want := defaults()
	want.Proxy = []string{"##vso[x]", "::add-mask::y", "a\u202eb", "tag\U000e0041", "\x1b[2J\n::error::", "plain", strings.Repeat("long ", 40) + "##[x]"}
	want.Baseline = "# no comment: ##[y]"
	text, err := settingsYAML(want)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.ContainsAny(line, "\x1b\u202e\U000e0041") || strings.Contains(line, "##") || strings.Contains(line, "::") {
			t.Errorf("it is obeyed: %q", line)
		}
	}
	got, err := load(t, string(text), nil, nil)
	if err != nil {
		t.Fatalf("%v in:\n%s", err, text)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("it reads back otherwise (-want +got):\n%s", diff)
	}
}
