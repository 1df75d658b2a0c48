package page

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const sample = "# Title of `it`\n\nA paragraph with `code`, *stress*, **weight**, a [rule](RT101.md), a\n[page](https://example.com/a) and <https://example.com/b> &amp; more.\n\n" +
	"## Lists\n\n- one\n- two: [link](https://example.com/c) and words that go on and on\n  - inner\n\n1. first\n2. second\n\n" +
	"```xml\n<a>\n  <b/>\n</a>\n```\n\n> quoted\n\n| cause | remedy |\n|---|---|\n| disabled | remove `enabled`, and look at what else is there |\n| not attached | attach |\n\n<b>raw</b>\n\n---\n"

func TestMarkdown(t *testing.T) {
	p := New(40, false)
	p.Markdown(sample)
	want := "Title of `it`\n\n" +
		"  A paragraph with `code`, stress,\n  weight, a rule, a page and\n  https://example.com/b & more.\n  https://example.com/a\n\n" +
		"Lists\n\n" +
		"  - one\n  - two: link and words that go on and\n    on\n    https://example.com/c\n    - inner\n\n" +
		"  1. first\n  2. second\n\n" +
		"    <a>\n      <b/>\n    </a>\n\n" +
		"    quoted\n\n" +
		"  cause         remedy\n  ------------  ------------------------\n" +
		"  disabled      remove `enabled`, and\n                look at what else is\n                there\n" +
		"  not attached  attach\n\n  raw\n\n  ----\n"
	if diff := cmp.Diff(want, p.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestColoursAddNothingElse: without its escapes, a coloured page has the words of a plain one, and no style goes beyond its word.
func TestColoursAddNothingElse(t *testing.T) {
	for _, width := range []int{30, 47, 80, 100} {
		colored, bare := New(width, true), New(width, false)
		colored.Markdown(sample)
		bare.Markdown(sample)
		words := func(s string) string {
			return strings.Join(strings.Fields(strings.NewReplacer("`", "", "-", "").Replace(s)), " ")
		}
		if diff := cmp.Diff(words(bare.String()), words(plain(colored.String()))); diff != "" {
			t.Errorf("at %d columns (-plain +coloured):\n%s", width, diff)
		}
		for line := range strings.Lines(colored.String()) {
			if strings.Count(line, "\x1b[0m")*2 != strings.Count(line, "\x1b[") {
				t.Errorf("at %d columns, a style does not end in its line: %q", width, line)
			}
		}
	}
	if p := New(80, true); p.styled(code, strings.Repeat("x", leastRoom+1)) != strings.Repeat("x", leastRoom+1) {
		t.Error("a word that may have to be broken has a style")
	}
}

func TestRows(t *testing.T) {
	p := New(40, false)
	rows := []Row{{"-f, --format F", "how it is written, in a word"}, {"    --a-very-long-name NAME", "below"}, {"    --…", "aligned"}, {"    --none", ""}}
	p.Rows(rows, Longest(rows))
	want := "  -f, --format F    how it is written,\n                    in a word\n      --a-very-long-name NAME\n                    below\n      --…           aligned\n      --none\n"
	if diff := cmp.Diff(want, p.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestExamples(t *testing.T) {
	const examples = "  tool a    what a does\n  tool b -x  what b does at length\n  tool c"
	for width, want := range map[int]string{
		80: examples + "\n",
		30: "  tool a\n      what a does\n  tool b -x\n      what b does at length\n  tool c\n",
	} {
		p := New(width, false)
		p.Examples(examples)
		if diff := cmp.Diff(want, p.String()); diff != "" {
			t.Errorf("at %d columns (-want +got):\n%s", width, diff)
		}
	}
}

func TestProse(t *testing.T) {
	p := New(30, false)
	p.Prose("Words that were broken\nelsewhere are joined.\n\n\tkept   as it is\n\nMore.")
	want := "Words that were broken\nelsewhere are joined.\n\n\tkept   as it is\n\nMore.\n"
	if diff := cmp.Diff(want, p.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWidths(t *testing.T) {
	for in, want := range map[int]int{0: 80, 10: 30, 80: 80, 300: 100} {
		if got := New(in, false).Width(); got != want {
			t.Errorf("%d columns make a page of %d, want %d", in, got, want)
		}
	}
}

// FuzzMarkdown: whatever is laid out, no style goes beyond its line.
func FuzzMarkdown(f *testing.F) {
	f.Add(sample, 40)
	f.Add("| a |\n|---|\n| | |\n", 1)
	f.Add("- - - a\n\n  ```\nx", 3)
	f.Fuzz(func(t *testing.T, source string, width int) {
		if strings.Contains(source, "\x1b") {
			return // pages are our own
		}
		p := New(width, true)
		p.Markdown(source)
		for line := range strings.Lines(p.String()) {
			if strings.Count(line, "\x1b[0m")*2 != strings.Count(line, "\x1b[") {
				t.Errorf("a style does not end in its line: %q", line)
			}
		}
	})
}
