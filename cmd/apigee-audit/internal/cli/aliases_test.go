package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReportsOfTheUndividedRule holds that what an earlier version reported under RT106, RT201 and RT501 is known to a scan
// and unchanged in a comparison, and that both say so once a rule.
func TestReportsOfTheUndividedRule(t *testing.T) {
	folder := t.TempDir()
	earlier, now := filepath.Join(folder, "earlier.json"), filepath.Join(folder, "now.json")
	if status, _, stderr := call(t.Context(), []string{"scan", "--demo", "-q", "-o", "json=" + now, "--fail-on", "none"}, nil); status != exitClean {
		t.Fatal(stderr)
	}
	data, err := os.ReadFile(now)
	if err != nil {
		t.Fatal(err)
	}
	older := strings.NewReplacer("RT110", "RT106", "RT205", "RT201", "RT503", "RT501").Replace(string(data))
	if older == string(data) {
		t.Fatal("the demonstration has no finding of a rule that parted from another")
	}
	if err := os.WriteFile(earlier, []byte(older), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"scan", "--demo", "-q", "--baseline", earlier}, {"diff", earlier, now}} {
		status, stdout, stderr := call(t.Context(), args, nil)
		if status != exitClean {
			t.Errorf("%s: status %d:\n%s", args[0], status, stdout)
		}
		for _, rule := range []string{"RT110", "RT205", "RT503"} {
			if n := strings.Count(stderr, "still covers "+rule); n != 1 {
				t.Errorf("%s says %d times that another rule covers %s:\n%s", args[0], n, rule, stderr)
			}
		}
	}
	if _, _, stderr := call(t.Context(), []string{"scan", "--demo", "-q", "--baseline", now}, nil); strings.Contains(stderr, "covers") {
		t.Errorf("a baseline of this version:\n%s", stderr)
	}
}
