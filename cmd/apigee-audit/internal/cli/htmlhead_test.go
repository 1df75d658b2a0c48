package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"slices"
	"strings"
	"testing"
)

// Whoever files a page must find the JSON report that it was made from.
func TestHTMLNamesItsJSONReport(t *testing.T) {
	t.Chdir(t.TempDir())
	lay(t, "login", passwordProxy("login", ""))
	page := func(args ...string) string {
		t.Helper()
		if status, _, stderr := call(t.Context(), append(args, "-o", "html=page.html"), nil); status != exitClean {
			t.Fatalf("%s: status %d, %s", args, status, stderr)
		}
		data, err := os.ReadFile("page.html")
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	names := func(page, name string, json []byte) bool {
		sum := sha256.Sum256(json)
		return strings.Contains(page, "<dt>JSON report</dt><dd>"+name+"</dd>\n<dt>Its SHA-256</dt><dd>"+hex.EncodeToString(sum[:])+"</dd>")
	}
	if p := page("scan", "login", "--fail-on", "none", "-q"); strings.Contains(p, "JSON report</dt>") {
		t.Error("a page without a JSON report names one")
	}
	scanned := page("scan", "login", "--fail-on", "none", "-q", "-o", "json=audit.json")
	written, err := os.ReadFile("audit.json")
	if err != nil {
		t.Fatal(err)
	}
	if !names(scanned, "audit.json", written) {
		t.Error("the page of a scan does not name the JSON report that was written beside it")
	}
	stored := slices.Concat(written, []byte("\n\n")) // the bytes of the file count, not what is written of it again
	if err := os.WriteFile("stored.json", stored, 0o600); err != nil {
		t.Fatal(err)
	}
	if !names(page("render", "stored.json"), "stored.json", stored) {
		t.Error("the page of a stored report does not name it")
	}
}
