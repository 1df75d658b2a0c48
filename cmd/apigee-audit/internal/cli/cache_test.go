package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"apigee-audit/apigee/simulator"
	"apigee-audit/cmd/apigee-audit/internal/config"
)

// TestAScanTrimsTheCache: after its report, by age and size, and says what it removed. cache info foretells it.
func TestAScanTrimsTheCache(t *testing.T) {
	org, flags, environ := simulate(t, simulator.Options{})
	flags = append(flags, "--org", org, "--fail-on", "none")
	dir := flags[slices.Index(flags, "--cache-dir")+1]
	kept := func() []string {
		t.Helper()
		all, err := filepath.Glob(filepath.Join(dir, "bundles-1", "*", "*", "*.bundle"))
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	cache := func(args ...string) string {
		t.Helper()
		status, stdout, stderr := call(t.Context(), append([]string{"cache"}, append(args, "--cache-dir", dir)...), nil)
		if status != exitClean {
			t.Fatalf("%v: status %d, stderr:\n%s", args, status, stderr)
		}
		return stdout
	}
	scan := func(more ...string) (stderr string) {
		t.Helper()
		status, _, stderr := call(t.Context(), append(slices.Clone(flags), more...), environ)
		if status != exitClean {
			t.Fatalf("status %d, stderr:\n%s", status, stderr)
		}
		return stderr
	}
	if stderr := scan(); strings.Contains(stderr, "removed") {
		t.Errorf("the first scan removed something:\n%s", stderr)
	}
	all := kept()
	if len(all) < 10 {
		t.Fatalf("only %d bundles are kept", len(all))
	}
	today := time.Now().UTC().Format("2006-01-02")
	if said := cache("info"); !strings.Contains(said, "last used on "+today) || !strings.Contains(said, "nothing would be removed (not used for 90 days)") {
		t.Errorf("info:\n%s", said)
	}

	// Some were not used for long: as if their proxies had been undeployed.
	old := time.Now().Add(-100 * 24 * time.Hour)
	for _, file := range all[:3] {
		if err := os.Chtimes(file, old, old); err != nil {
			t.Fatal(err)
		}
	}
	if said := cache("info"); !regexp.MustCompile(`last used between .* and `+today).MatchString(said) || !strings.Contains(said, "3 bundles, ") || !strings.Contains(said, "would be removed (not used for 90 days)") {
		t.Errorf("info:\n%s", said)
	}
	if said := cache("prune", "--dry-run"); !strings.Contains(said, "3 bundles, ") || len(kept()) != len(all) {
		t.Errorf("a dry run:\n%s", said)
	}
	if said := cache("prune", "--older-than", "200d"); !strings.HasPrefix(said, "removed 0 bundles") {
		t.Errorf("prune:\n%s", said)
	}
	if said := cache("prune"); !strings.HasPrefix(said, "removed 3 bundles, ") || len(kept()) != len(all)-3 {
		t.Errorf("prune:\n%s", said)
	}
	if stderr := scan("--cache-max-size", "1KB"); !strings.Contains(stderr, "from the cache") || !strings.Contains(stderr, "removed "+sentence("%d", len(all))+" bundles, ") || len(kept()) != 0 {
		t.Errorf("%d are left, stderr:\n%s", len(kept()), stderr)
	}
	if stderr := scan("--cache-max-size", "1KB", "-q"); strings.Contains(stderr, "removed") || len(kept()) != 0 {
		t.Errorf("quiet: %d are left, stderr:\n%s", len(kept()), stderr)
	}
	scan("--cache-max-size", "1GB")
	if got := len(kept()); got != len(all) {
		t.Errorf("%d are left where there is room for %d", got, len(all))
	}
}

// TestASealedCache: in a folder that others can write to, only what was sealed with the key is used, and nobody is warned.
func TestASealedCache(t *testing.T) {
	org, flags, environ := simulate(t, simulator.Options{})
	flags = append(flags, "--org", org, "--fail-on", "none")
	dir := filepath.Join(flags[slices.Index(flags, "--cache-dir")+1], "bundles-1")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o777); err != nil { // whatever the umask
		t.Fatal(err)
	}
	sealed := append(slices.Clone(environ), config.EnvCacheKey+"="+strings.Repeat("k", minCacheKey))
	for run, want := range []bool{false, true} {
		status, stdout, stderr := call(t.Context(), flags, sealed)
		if hit := strings.Contains(stderr, "from the cache"); status != exitClean || hit != want || strings.Contains(stderr, "warning") || strings.Contains(stdout+stderr, strings.Repeat("k", minCacheKey)) {
			t.Errorf("run %d: status %d, from the cache %v, stderr:\n%s", run, status, hit, stderr)
		}
	}
	other := append(slices.Clone(environ), config.EnvCacheKey+"="+strings.Repeat("x", minCacheKey))
	if _, _, stderr := call(t.Context(), flags, other); strings.Contains(stderr, "from the cache") {
		t.Errorf("another key, stderr:\n%s", stderr)
	}
	weak := append(slices.Clone(environ), config.EnvCacheKey+"=weak")
	if status, _, stderr := call(t.Context(), flags, weak); status != exitClean || !strings.Contains(stderr, "bundles are not cached: APIGEE_AUDIT_CACHE_KEY has fewer than 32 characters") {
		t.Errorf("a weak key: status %d, stderr:\n%s", status, stderr)
	}
}
