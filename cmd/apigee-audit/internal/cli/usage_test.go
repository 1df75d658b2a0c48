package cli

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestHelpOfFlagsFitsTheTerminal looks at the flags of the longest help.
func TestHelpOfFlagsFitsTheTerminal(t *testing.T) {
	for _, width := range []int{0, 80, 100, 300} {
		var stdout, stderr bytes.Buffer
		s := streams{in: strings.NewReader(""), out: &stdout, err: &stderr, outWidth: width}
		if status := run(t.Context(), []string{"scan", "--help"}, nil, s); status != exitClean {
			t.Fatalf("status %d, stderr:\n%s", status, &stderr)
		}
		_, flags, ok := strings.Cut(stdout.String(), "\nFlags:\n")
		if !ok {
			t.Fatalf("no flags in:\n%s", &stdout)
		}
		if strings.Contains(flags, "true|false") || strings.Contains(flags, "default 0") || !strings.Contains(flags, "(default 30d)") {
			t.Errorf("defaults and switches are shown as the library has them:\n%s", flags)
		}
		most := widestHelp
		if width > 0 && width < most {
			most = width
		}
		for line := range strings.Lines(flags) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > most {
				t.Errorf("at %d columns, a line has %d: %s", width, n, line)
			}
		}
	}
}
