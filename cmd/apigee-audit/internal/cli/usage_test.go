package cli

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// helpAt is what a command says for --help on a terminal of so many columns, 0 for none.
func helpAt(t *testing.T, width int, command ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	s := streams{in: strings.NewReader(""), out: &stdout, err: &stderr, outWidth: width}
	if status := run(t.Context(), append(command, "--help"), []string{"NO_COLOR=1"}, s); status != exitClean {
		t.Fatalf("%v: status %d, stderr:\n%s", command, status, &stderr)
	}
	return stdout.String()
}

// everyCommand calls with the words of each command but the library's own.
func everyCommand(cmd *cobra.Command, call func(words []string)) {
	if cmd.Name() == "completion" || cmd.Name() == "help" {
		return
	}
	call(strings.Fields(cmd.CommandPath())[1:])
	for _, sub := range cmd.Commands() {
		everyCommand(sub, call)
	}
}

// TestHelpFitsTheTerminal: no line of any help is wider than the page, but for command lines, which people copy, and words that are
// wider themselves.
func TestHelpFitsTheTerminal(t *testing.T) {
	commands := 0
	everyCommand(newRoot(newApp(nil, streams{})), func(words []string) {
		commands++
		for columns, width := range map[int]int{0: 80, 40: 40, 80: 80, 300: 100} {
			_, rest, examples := strings.Cut(helpAt(t, columns, words...), "\nExamples:\n")
			if !examples {
				rest = helpAt(t, columns, words...)
			}
			_, afterExamples, _ := strings.Cut(rest, "\nUsage:\n")
			for line := range strings.Lines(afterExamples) {
				if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > width && strings.Contains(strings.TrimSpace(line), " ") && !strings.HasPrefix(strings.TrimSpace(line), "apigee-audit") && !isTerm(line) {
					t.Errorf("%v at %d columns, a line has %d: %s", words, columns, n, line)
				}
			}
		}
	})
	if commands < 15 {
		t.Errorf("only %d commands were looked at", commands)
	}
}

// isTerm reports whether a line is the names and the value of a flag alone.
func isTerm(line string) bool { return strings.HasPrefix(strings.TrimSpace(line), "-") }

func TestHelpSaysDefaultsOnce(t *testing.T) {
	help := helpAt(t, 0, "scan")
	for _, unwanted := range []string{"true|false", "default 0", `default "`, "default []", "default false"} {
		if strings.Contains(help, unwanted) {
			t.Errorf("help holds %q", unwanted)
		}
	}
	for _, wanted := range []string{"(default 30d)", "(default table)"} {
		if !strings.Contains(strings.Join(strings.Fields(help), " "), wanted) {
			t.Errorf("help does not hold %q:\n%s", wanted, help)
		}
	}
}

// TestHelpHasSections: more than fifty flags in one list are not read by anybody.
func TestHelpHasSections(t *testing.T) {
	help, last := helpAt(t, 0, "scan"), 0
	for _, heading := range []string{"Usage", "What to audit", "What to report", "What if", "Report", "Runtime evidence", "Baseline and exit status", "Rules", "Fixes", "Access", "Speed and limits", "Terminal and logs", "General"} {
		at := strings.Index(help, "\n"+heading+":\n")
		if at < last {
			t.Errorf("%s stands at %d, before or without the section above it at %d", heading, at, last)
		}
		last = at
	}
	if _, general, _ := strings.Cut(help, "\nGeneral:\n"); !strings.Contains(general, "-h, --help") {
		t.Errorf("--help is not in the last section:\n%s", general)
	}
	if strings.Contains(help, "\nFlags:\n") {
		t.Errorf("flags of a scan without a heading:\n%s", help)
	}
	if help := helpAt(t, 0, "rules"); !strings.Contains(help, "\nFlags:\n") {
		t.Errorf("a short list needs no sections:\n%s", help)
	}
}

// TestColumnsOfHelpAreAligned, also where a name has characters of several bytes.
func TestColumnsOfHelpAreAligned(t *testing.T) {
	help := helpAt(t, 100, "scan")
	column := func(flag, text string) int {
		for line := range strings.Lines(help) {
			if before, _, ok := strings.Cut(line, text); ok && strings.Contains(before, flag) {
				return utf8.RuneCountInString(before)
			}
		}
		t.Errorf("%s and %q are not in one line", flag, text)
		return 0
	}
	if with, without := column("--with ", "audit as if"), column("--without ", "audit as if"); with != without {
		t.Errorf("--with is described at column %d, --without at %d", with, without)
	}
}

// TestHelpOnATerminal: headings stand out where there are colours, and only there.
func TestHelpOnATerminal(t *testing.T) {
	for _, test := range []struct {
		width   int
		environ []string
		bold    bool
	}{{80, nil, true}, {0, nil, false}, {80, []string{"NO_COLOR=1"}, false}, {80, []string{"TERM=dumb"}, false}} {
		var stdout bytes.Buffer
		run(t.Context(), []string{"scan", "--help"}, test.environ, streams{in: strings.NewReader(""), out: &stdout, err: &bytes.Buffer{}, outWidth: test.width})
		if got := strings.Contains(stdout.String(), "\x1b[1mUsage:\x1b[0m"); got != test.bold {
			t.Errorf("%+v: bold is %v", test, got)
		}
	}
}
