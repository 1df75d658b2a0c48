package fix_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"apigee-audit/audit/fix"
)

var head = regexp.MustCompile(`^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@$`)

// strictly applies a diff of one file without looking for anything: each hunk has to be where it says, on both sides.
func strictly(before, diff string) (string, error) {
	old := strings.SplitAfter(before, "\n")
	var out []string
	at := 0
	lines := strings.SplitAfter(diff, "\n")
	for i := 2; i < len(lines); i++ {
		line := lines[i]
		if strings.HasPrefix(line, `\`) || line == "" {
			continue
		}
		if m := head.FindStringSubmatch(strings.TrimSuffix(line, "\n")); m != nil {
			from, _ := strconv.Atoi(m[1])
			to, _ := strconv.Atoi(m[3])
			if m[2] == "0" {
				from++
			}
			if m[4] == "0" {
				to++
			}
			for ; at < from-1; at++ {
				out = append(out, old[at])
			}
			if len(out) != to-1 {
				return "", fmt.Errorf("%s begins in the new file at line %d", line, len(out)+1)
			}
			continue
		}
		text := line[1:]
		if i+1 < len(lines) && strings.HasPrefix(lines[i+1], `\`) {
			text = strings.TrimSuffix(text, "\n")
		}
		if line[0] != '+' {
			if old[at] != text {
				return "", fmt.Errorf("line %d is %q and not %q", at+1, old[at], text)
			}
			at++
		}
		if line[0] != '-' {
			out = append(out, text)
		}
	}
	return strings.Join(append(out, old[at:]...), ""), nil
}

func TestDiffsNameTheirLines(t *testing.T) {
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 1))
		var before, after []string
		ends := []string{"\n", "\r\n"}[r.IntN(2)]
		for range r.IntN(40) {
			line := string(rune('a'+r.IntN(4))) + ends // many are alike
			switch r.IntN(8) {
			case 0:
				before = append(before, line)
			case 1:
				after = append(after, line)
			default:
				before, after = append(before, line), append(after, line)
			}
		}
		was, is := strings.Join(before, ""), strings.Join(after, "")
		if r.IntN(2) == 0 {
			was = strings.TrimSuffix(was, ends)
		}
		if r.IntN(2) == 0 {
			is = strings.TrimSuffix(is, ends)
		}
		diff := fix.Unified("f", "f", was, is)
		if diff == "" {
			if was != is {
				t.Fatalf("seed %d: no diff of\n%q\n%q", seed, was, is)
			}
			continue
		}
		got, err := strictly(was, diff)
		if err != nil || got != is {
			t.Fatalf("seed %d: %v\n%q\nbecame %q, want %q\n%s", seed, err, was, got, is, diff)
		}
	}
}

// TestGitTakesAnyName applies diffs of files with names that bundles of strangers may have.
func TestGitTakesAnyName(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("no git here")
	}
	for _, name := range []string{
		"a.xml", "with space.xml", " b.xml", "tab\there.xml", `"quoted".xml`, `back\slash.xml`, "2026-11-23 10:00:00.xml", "é.xml", "line\nbreak.xml",
		"dev/null", "a/b/c.xml", "\x1b[31m.xml", "--- a.xml", "bad\xffutf.xml",
	} {
		dir := t.TempDir()
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("<a/>\n"), 0o600); err != nil {
			t.Logf("no file can be called %q here: %v", name, err)
			continue
		}
		diff := fix.Unified(name, name, "<a/>\n", "<b/>\n") + fix.Unified("", name+".new", "", "<c/>\r\n")
		cmd := exec.CommandContext(t.Context(), git, "apply")
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(diff)
		cmd.Env = append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%q: %s\n%s", name, out, diff)
			continue
		}
		for file, want := range map[string]string{file: "<b/>\n", file + ".new": "<c/>\r\n"} {
			if got, err := os.ReadFile(file); err != nil || string(got) != want {
				t.Errorf("%q: %q, %v", name, got, err)
			}
		}
	}
}
