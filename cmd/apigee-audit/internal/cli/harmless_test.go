package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
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
