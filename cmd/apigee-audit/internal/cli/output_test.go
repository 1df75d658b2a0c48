package cli

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"apigee-audit/cmd/apigee-audit/internal/config"
)

func TestWriteFile(t *testing.T) {
	t.Chdir(t.TempDir())
	hello := func(w io.Writer) error { _, err := io.WriteString(w, "hello"); return err }
	if err := os.WriteFile("old", []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("old", "link"); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	a := newApp(nil, streams{})
	for _, name := range []string{"new", "link"} {
		if err := a.writeFile(name, hello); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"new", "old"} {
		info, err := os.Lstat(name)
		if err != nil {
			t.Fatal(err)
		}
		if data, _ := os.ReadFile(name); string(data) != "hello" || info.Mode() != 0o600 {
			t.Errorf("%s holds %q with mode %v", name, data, info.Mode())
		}
	}
	if info, _ := os.Lstat("link"); info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link was replaced")
	}
}

func TestWriteFileThatFailsLeavesTheOld(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("old", []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	err := newApp(nil, streams{}).writeFile("old", func(w io.Writer) error {
		if _, err := io.WriteString(w, "half"); err != nil {
			return err
		}
		return errors.New("broken")
	})
	if err == nil {
		t.Error("no error")
	}
	if data, _ := os.ReadFile("old"); string(data) != "old" {
		t.Errorf("old holds %q", data)
	}
	if entries, _ := os.ReadDir("."); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestOutputsThatCannotBe(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"base.json", "out"} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir("folder", 0o700); err != nil {
		t.Fatal(err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"link": "base.json", "to-new": "new.json", "way": "folder", "circle": "circle"} {
		if err := os.Symlink(target, name); err != nil {
			t.Skip("no symbolic links here:", err)
		}
	}
	if err := os.Link("base.json", "hard"); err != nil {
		t.Skip("no links here:", err)
	}
	info, err := os.Stat("out")
	if err != nil {
		t.Fatal(err)
	}
	a := newApp(nil, streams{err: io.Discard, outInfo: info})
	for outputs, want := range map[string]string{
		"a.json":                            "",
		"a.json b.json folder/a.json":       "",
		"a.json a.json":                     "two outputs are written to a.json",
		"a.json ./folder/../a.json":         "two outputs are written to ./folder/../a.json",
		"a.json " + here + "/a.json":        "two outputs",
		"folder/a.json way/a.json":          "two outputs",
		"link base.json":                    "two outputs",
		"hard base.json":                    "", // each replaces its own name
		"to-new":                            "",
		"to-new new.json":                   "", // the link itself is replaced
		"out":                               "is the same as stdout",
		"base.json":                         "would overwrite ./base.json, which is an input",
		"circle":                            "too many links",
		os.DevNull + " " + os.DevNull:       "",
		"a.json " + here + "/folder/b.json": "",
	} {
		c := &config.Choices{}
		for name := range strings.FieldsSeq(outputs) {
			c.Copies = append(c.Copies, config.ReportCopy{Format: "json", File: name})
		}
		var inputs []string
		if outputs == "base.json" {
			inputs = []string{"", "nowhere", "./base.json"}
		}
		err := a.checkOutputs(c, inputs...)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: error is %v, want %q", outputs, err, want)
		}
	}
	if entries, _ := filepath.Glob(".apigee-audit-*"); len(entries) > 0 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestALinkToTheOutputIsSaid(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("target", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("target", "report.json"); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	var said strings.Builder
	a := newApp(nil, streams{err: &said})
	if err := a.checkOutputs(&config.Choices{Copies: []config.ReportCopy{{Format: "json", File: "report.json"}}}); err != nil || !strings.Contains(said.String(), "report.json is a link: the report is written to ./target") {
		t.Errorf("%v, said %q", err, said.String())
	}
}

func TestClosedStdoutIsFoundFirst(t *testing.T) {
	for _, args := range [][]string{{"scan", "--demo"}, {"render", "nowhere.json"}, {"merge", "nowhere.json"}, {"diff", "nowhere.json", "nowhere.json"}} {
		var said strings.Builder
		status := run(t.Context(), args, nil, streams{in: strings.NewReader(""), out: io.Discard, err: &said, outClosed: true})
		if status != exitFailed || !strings.Contains(said.String(), "stdout is closed") {
			t.Errorf("%v: status %d, said %q", args, status, said.String())
		}
	}
}
