package table

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestChecklist: columns are as wide in all groups, what is too long hangs under its own column, and nothing is obeyed.
func TestChecklist(t *testing.T) {
	groups := []Group{
		{"This machine", []Item{{"ok", "clock", "right", ""}, {"warning", "cache", "others can write to it, which is a long story of many words", "chmod go-w"}}},
		{"Organization a\x1b[2J", []Item{{"failed", "organization", "no\x07", "check --org, the account and --location, which are many things"}}},
	}
	for color, want := range map[bool]string{
		false: `This machine
  ok       clock         right
  warning  cache         others can write to it, which is a long
                         story of many words
                         → chmod go-w

Organization a\x1b[2J
  failed   organization  no\x07
                         → check --org, the account and --location,
                           which are many things

3 checks
`,
		true: "  \x1b[32mok\x1b[0m       clock         right\n  \x1b[33mwarning\x1b[0m  cache",
	} {
		var b strings.Builder
		if err := Checklist(&b, groups, "3 checks", 67, color); err != nil {
			t.Fatal(err)
		}
		if color {
			if !strings.Contains(b.String(), want) || !strings.Contains(b.String(), "\x1b[1;31mfailed\x1b[0m") {
				t.Errorf("%q", b.String())
			}
		} else if diff := cmp.Diff(want, b.String()); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
}
