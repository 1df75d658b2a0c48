package cli

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the demonstration's output into the README")

// TestReadmeShowsTheDemo keeps the README's table what a reader will see on a terminal of 120 columns.
func TestReadmeShowsTheDemo(t *testing.T) {
	checkShown(t, "../../../../README.md", "demo", 120, exitFindings, "scan --demo --min-severity high --proxy delivery-token")
}

// TestHistoryPageShowsTheDemo keeps the table of docs/history.md what a reader will see on a terminal of 100 columns.
func TestHistoryPageShowsTheDemo(t *testing.T) {
	checkShown(t, "../../../../docs/history.md", "history", 100, exitClean, "history --demo --min-severity high")
}

// checkShown holds what a page shows between two marks against what a command prints on a terminal.
func checkShown(t *testing.T, file, mark string, width, status int, command string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok1 := strings.Cut(string(data), "<!-- "+mark+":start")
	comment, rest, ok2 := strings.Cut(rest, "-->\n")
	shown, after, ok3 := strings.Cut(rest, "<!-- "+mark+":end -->")
	if !ok1 || !ok2 || !ok3 {
		t.Fatalf("%s lacks its marks %s:start and %s:end", file, mark, mark)
	}
	var stdout, stderr bytes.Buffer
	s := streams{in: strings.NewReader(""), out: &stdout, err: &stderr, outWidth: width}
	if got := run(t.Context(), append(strings.Fields(command), "--no-color"), nil, s); got != status {
		t.Fatalf("status %d, stderr:\n%s", got, &stderr)
	}
	want := "```\n$ apigee-audit " + command + "\n" + strings.TrimRight(stdout.String(), "\n") + "\n```\n"
	if *update {
		text := before + "<!-- " + mark + ":start" + comment + "-->\n" + want + "<!-- " + mark + ":end -->" + after
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, shown); diff != "" {
		t.Errorf("%s does not show what the demonstration prints; run this test with -update (-want +page):\n%s", file, diff)
	}
}

// TestFixesShowsAFix runs the command above the first diff of the page about fixes.
func TestFixesShowsAFix(t *testing.T) {
	const file = "../../../../docs/fixes.md"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(data), "(`apigee-audit fix ")
	command, _, closed := strings.Cut(rest, "`")
	shown := blocks(t, file, "diff")
	if !ok || !closed || len(shown) == 0 {
		t.Fatalf("the page lacks its command, or has %d diffs", len(shown))
	}
	var stdout, stderr bytes.Buffer
	s := streams{in: strings.NewReader(""), out: &stdout, err: &stderr}
	if status := run(t.Context(), append([]string{"fix"}, strings.Fields(command)...), nil, s); status != exitClean {
		t.Fatalf("status %d, stderr:\n%s", status, &stderr)
	}
	if diff := cmp.Diff(stdout.String(), shown[0]); diff != "" {
		t.Errorf("fix %s (-printed +page):\n%s", command, diff)
	}
}

// TestDocsShowThePicture keeps the picture of docs/picture.md what its command writes.
func TestDocsShowThePicture(t *testing.T) {
	const file = "../../../../docs/picture.md"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok1 := strings.Cut(string(data), "<!-- picture:start")
	comment, rest, ok2 := strings.Cut(rest, "-->\n")
	shown, after, ok3 := strings.Cut(rest, "<!-- picture:end -->")
	_, command, ok4 := strings.Cut(before, "This is `apigee-audit ")
	command, _, ok5 := strings.Cut(command, "`")
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 {
		t.Fatal("the page lacks its picture:start and picture:end marks, or its command")
	}
	var stdout, stderr bytes.Buffer
	s := streams{in: strings.NewReader(""), out: &stdout, err: &stderr}
	if status := run(t.Context(), strings.Fields(command), nil, s); status != exitFindings {
		t.Fatalf("status %d, stderr:\n%s", status, &stderr)
	}
	want := "```mermaid\n" + stdout.String() + "```\n"
	if *update {
		text := before + "<!-- picture:start" + comment + "-->\n" + want + "<!-- picture:end -->" + after
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, shown); diff != "" {
		t.Errorf("the page does not show what its command writes; run this test with -update (-want +page):\n%s", diff)
	}
}
