//go:build unix

package cli

import (
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"apigee-audit/cmd/apigee-audit/internal/config"
)

// TestForeignLinksAreNotFollowed: in a folder that many may write to, somebody else's link must not choose the file that a
// report replaces.
func TestForeignLinksAreNotFollowed(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	t.Chdir(t.TempDir())
	for _, name := range []string{"mine", "theirs"} {
		if err := os.WriteFile(name, []byte("before"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{"their-link": "mine", "link-to-theirs": "theirs", "their-dangling": "nowhere"} {
		if err := os.Symlink(target, name); err != nil {
			t.Fatal(err)
		}
	}
	const other = 12345
	for _, name := range []string{"theirs", "their-link", "their-dangling"} {
		if err := os.Lchown(name, other, other); err != nil {
			t.Fatal(err)
		}
	}
	a := newApp(nil, streams{err: os.Stderr})
	for name, want := range map[string]string{"their-link": "is a link that belongs to another user", "their-dangling": "is a link that belongs", "link-to-theirs": "points to ./theirs, which belongs to another user"} {
		copies := []config.ReportCopy{{Format: "json", File: name}}
		if err := a.checkOutputs(&config.Choices{Copies: copies}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
		if err := a.writeFile(name, func(io.Writer) error { return nil }); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is written to: %v", name, err)
		}
	}
	for _, name := range []string{"mine", "theirs"} {
		if data, _ := os.ReadFile(name); string(data) != "before" {
			t.Errorf("%s holds %q", name, data)
		}
	}
}

// TestAFullDiskIsFoundFirst: the bound on the size of files stands for a full disk, which root meets too. It is that of another
// process, because the test binary writes files of its own.
func TestAFullDiskIsFoundFirst(t *testing.T) {
	cmd, stdout, stderr := process(t)
	program, err := exec.LookPath("apigee-audit")
	if err != nil {
		t.Fatal(err)
	}
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip(err)
	}
	cmd.Path, cmd.Args = sh, []string{"sh", "-c", `ulimit -f 0 && exec "$0" scan --demo --no-cache -o json=report.json`, program}
	if err := cmd.Run(); err == nil || !strings.Contains(stderr.String(), "cannot write to folder .: file too large") || stdout.Len() > 0 {
		t.Errorf("%v, stdout:\n%s\nstderr:\n%s", err, stdout, stderr)
	}
}
