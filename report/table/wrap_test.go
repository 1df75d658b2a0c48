package table

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/internal/text"
	"apigee-audit/report/internal/reporttest"
)

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		name, text string
		width      int
		want       []string
	}{
		{"fits", "a b", 10, []string{"a b"}},
		{"empty", "", 10, []string{""}},
		{"unbounded", "a b c", 0, []string{"a b c"}},
		{"at spaces", "the quick brown fox", 9, []string{"the quick", "brown fox"}},
		{"inside a long word", "abcdefghij k", 4, []string{"abcd", "efgh", "ij k"}},
		{"after a slash", "policies/GenerateToken.xml", 12, []string{"policies/", "GenerateToke", "n.xml"}},
		{"after a hyphen", "issue-tokens-for-all", 14, []string{"issue-tokens-", "for-all"}},
		{"not after an early slash", "a/bcdefghijkl", 8, []string{"a/bcdefg", "hijkl"}},
		{"wide characters", "漢字漢字", 4, []string{"漢字", "漢字"}},
		{"narrower than a character", "漢字", 1, []string{"漢", "字"}},
	} {
		if diff := cmp.Diff(c.want, wrap(c.text, c.width)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func FuzzWrap(f *testing.F) {
	f.Add("the quick brown fox", 7)
	f.Add(text.Sanitize(reporttest.Hostile), 20)
	f.Fuzz(func(t *testing.T, words string, width int) {
		words = text.Sanitize(words)
		got := wrap(words, width)
		glued := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if glued(strings.Join(got, "")) != glued(words) {
			t.Errorf("wrap(%q, %d) loses text: %q", words, width, got)
		}
		for _, line := range got {
			if width > 1 && displayWidth(line) > width {
				t.Errorf("wrap(%q, %d): %q is too wide", words, width, line)
			}
		}
	})
}

func TestWrapIsLinear(t *testing.T) {
	long := strings.Repeat("x-", 1<<19)
	if got := wrap(long, 1); len(got) != 1<<20 {
		t.Errorf("%d lines", len(got))
	}
}
