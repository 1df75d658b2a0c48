package main

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"
)

func TestParseCopiesRefuses(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("folder", 0o755); err != nil {
		t.Fatal(err)
	}
	for output, want := range map[string]string{
		"report.json":             "must be FORMAT=FILE",
		"json=":                   "must be FORMAT=FILE",
		"json=-":                  "chosen with --format",
		"jsn=a.json":              `did you mean "json"?`,
		"json=nowhere/a.json":     "there is no folder nowhere",
		"json=folder":             "folder is a folder",
		"json=a.json json=a.json": "two outputs go to a.json",
	} {
		if _, err := parseCopies(strings.Fields(output)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error is %v, want %s", output, err, want)
		}
	}
}

func TestWriteFile(t *testing.T) {
	t.Chdir(t.TempDir())
	hello := func(w io.Writer) error { _, err := io.WriteString(w, "hello"); return err }
	if err := os.WriteFile("old", []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("old", "link"); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	for _, name := range []string{"new", "link"} {
		if err := writeFile(name, hello); err != nil {
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
	err := writeFile("old", func(w io.Writer) error {
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
