package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"apigee-audit/report"
)

// TestDocumentedCommandsRun runs the command lines of each page in order, in an empty folder: all that need no
// organization, and those about files that the lines before have written. Findings may end them, nothing else.
func TestDocumentedCommandsRun(t *testing.T) {
	var pages []string
	for _, page := range markdownPages(t) {
		path, err := filepath.Abs(page)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, path)
	}
	docs, err := filepath.Abs("../../../../docs")
	if err != nil {
		t.Fatal(err)
	}
	ran := map[string]int{}
	for _, page := range pages {
		t.Chdir(t.TempDir())
		if err := os.Symlink(docs, "docs"); err != nil { // pages give bundles as seen from the repository
			t.Fatal(err)
		}
		for _, block := range blocks(t, page, "sh") {
			for line := range strings.Lines(block) {
				if runDocumented(t, page, line) {
					ran[filepath.Base(page)]++
				}
			}
		}
	}
	if ran["getting-started.md"] < 7 || ran["formats.md"] < 1 || ran["before-you-deploy.md"] < 4 || ran["schedule.md"] < 3 || ran["settings.md"] < 3 || ran["inventory.md"] < 5 {
		t.Errorf("too little of the documentation was run: %v", ran)
	}
}

// runDocumented runs one line and says whether it could.
func runDocumented(t *testing.T, page, line string) bool {
	t.Helper()
	line, _, _ = strings.Cut(line, " #")
	command, file, _ := strings.Cut(line, " > ")
	words := strings.Fields(command)
	if len(words) < 2 || words[0] != toolName || !needsNothing(words[1:]) {
		return false
	}
	if i := slices.Index(words, "FINGERPRINT"); i >= 0 {
		words[i] = anyFingerprint(t)
	}
	var stdout, stderr bytes.Buffer
	s := streams{in: strings.NewReader(""), out: &stdout, err: &stderr}
	if status := run(t.Context(), words[1:], nil, s); status != exitClean && status != exitFindings {
		t.Errorf("%s: %s: status %d, stderr:\n%s", page, line, status, &stderr)
	}
	if writes := slices.Contains(words, "init"); stdout.Len() == 0 && !writes {
		t.Errorf("%s: %s: it prints nothing", page, line)
	}
	if file = strings.TrimSpace(file); file != "" {
		if err := os.WriteFile(file, stdout.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return true
}

// needsNothing reports whether a command can run here: it is about the demonstration or the rules, or its file is there.
func needsNothing(args []string) bool {
	switch args[0] {
	case "rules", "version":
		return true
	case "config":
		for _, word := range args[1:] { // a file that the lines before have written
			if filepath.Ext(word) == ".yaml" {
				_, err := os.Stat(word)
				return err == nil
			}
		}
		return true
	case "diff":
		for _, file := range args[1:3] {
			if _, err := os.Stat(file); err != nil {
				return false
			}
		}
		return true
	case "render":
		_, err := os.Stat(args[1])
		return err == nil
	case "inventory", "incident":
		if i := slices.IndexFunc(args, func(word string) bool { return filepath.Ext(word) == ".json" }); i >= 0 {
			_, err := os.Stat(args[i])
			return err == nil
		}
	}
	return slices.Contains(args, "--demo")
}

func anyFingerprint(t *testing.T) string {
	t.Helper()
	f, err := os.Open("audit.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d, err := report.Read(f)
	if err != nil || len(d.Findings) == 0 {
		t.Fatalf("audit.json holds no finding: %v", err)
	}
	return d.Findings[0].Fingerprint
}
