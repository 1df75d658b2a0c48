//go:build unix

package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"apigee-audit/apigee/simulator"
)

// TestACacheOfOthersIsSaidOnce: however many organizations would use it, and with --quiet too.
func TestACacheOfOthersIsSaidOnce(t *testing.T) {
	_, flags, environ := simulate(t, simulator.Options{})
	for _, o := range simulator.Demo() {
		flags = append(flags, "--org", o.Name)
	}
	dir := flags[slices.Index(flags, "--cache-dir")+1]
	if status, _, stderr := call(t.Context(), flags, environ); status != exitFindings {
		t.Fatalf("status %d, stderr:\n%s", status, stderr)
	}
	if _, _, stderr := call(t.Context(), flags, environ); !strings.Contains(stderr, "from the cache") || strings.Contains(stderr, "warning") {
		t.Errorf("a cache of the user's own is not used, stderr:\n%s", stderr)
	}
	if err := os.Chmod(filepath.Join(dir, "bundles-2"), 0o777); err != nil {
		t.Fatal(err)
	}
	status, _, stderr := call(t.Context(), append(flags, "-q"), environ)
	if n := strings.Count(stderr, "warning:"); status != exitFindings || n != 1 || !strings.Contains(stderr, "others can write to it (mode 0777)") {
		t.Errorf("status %d, %d warnings, stderr:\n%s", status, n, stderr)
	}
}
