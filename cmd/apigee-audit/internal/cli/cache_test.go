package cli

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
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
	packs := func() []string {
		t.Helper()
		all, err := filepath.Glob(filepath.Join(dir, "bundles-2", "*", "*.index"))
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
	const day = 24 * time.Hour
	date := func(age time.Duration) string { return time.Now().Add(-age).UTC().Format("2006-01-02") }
	// age makes all packs so old, as if they had been begun then, and drops the last bundles from their indexes.
	age := func(by time.Duration, dropped int) {
		t.Helper()
		for _, index := range packs() {
			said, err := os.ReadFile(index)
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.SplitAfter(string(said), "\n")
			if err := os.WriteFile(index, []byte(strings.Join(lines[:len(lines)-1-dropped], "")), 0o600); err != nil {
				t.Fatal(err)
			}
			name := strings.TrimSuffix(index, ".index")
			_, random, _ := strings.Cut(filepath.Base(name), "-")
			older := filepath.Join(filepath.Dir(name), strconv.FormatInt(time.Now().Add(-by).UnixNano(), 10)+"-"+random)
			if err := errors.Join(os.Rename(index, older+".index"), os.Rename(name+".zips", older+".zips")); err != nil {
				t.Fatal(err)
			}
		}
	}
	if stderr := scan(); strings.Contains(stderr, "removed") {
		t.Errorf("the first scan removed something:\n%s", stderr)
	}
	all := cachedBundles(t, dir)
	if all < 10 || len(packs()) != 1 {
		t.Fatalf("%d bundles are kept in %v", all, packs())
	}
	if said := cache("info"); !strings.Contains(said, "last used on "+date(0)) || !strings.Contains(said, "nothing would be removed (not used for 90 days)") {
		t.Errorf("info:\n%s", said)
	}

	// Three were packed later than the others.
	age(3*day, 3)
	if stderr := scan(); !strings.Contains(stderr, sentence("%d from the cache", all-3)) || len(packs()) != 2 {
		t.Errorf("%v, stderr:\n%s", packs(), stderr)
	}
	if said := cache("info"); !strings.Contains(said, "last used between "+date(3*day)+" and "+date(0)) || !strings.Contains(said, sentence("%d bundles, ", all)) {
		t.Errorf("info:\n%s", said)
	}

	// Nothing was used for long: as if all proxies had been undeployed.
	age(100*day, 0)
	if said := cache("info"); !strings.Contains(said, "last used on "+date(100*day)) || !strings.Contains(said, sentence("%d bundles, ", all)) || !strings.Contains(said, "would be removed (not used for 90 days)") {
		t.Errorf("info:\n%s", said)
	}
	if said := cache("prune", "--dry-run"); !strings.Contains(said, sentence("%d bundles, ", all)) || len(packs()) != 2 {
		t.Errorf("a dry run:\n%s", said)
	}
	if said := cache("prune", "--older-than", "200d"); !strings.HasPrefix(said, "removed 0 bundles") {
		t.Errorf("prune:\n%s", said)
	}
	// Used again, it is packed anew, and the old packs are of no use.
	if stderr := scan(); !strings.Contains(stderr, sentence("%d from the cache", all)) || len(packs()) != 3 {
		t.Errorf("%v, stderr:\n%s", packs(), stderr)
	}
	if said := cache("info"); !strings.Contains(said, "last used on "+date(0)) {
		t.Errorf("info:\n%s", said)
	}
	if said := cache("prune"); !strings.HasPrefix(said, "removed 0 bundles, ") || len(packs()) != 1 || cachedBundles(t, dir) != all {
		t.Errorf("prune:\n%s", said)
	}
	age(100*day, 0)
	if said := cache("prune"); !strings.HasPrefix(said, sentence("removed %d bundles, ", all)) || len(packs()) != 0 {
		t.Errorf("prune:\n%s", said)
	}

	scan()
	if stderr := scan("--cache-max-size", "1KB"); !strings.Contains(stderr, sentence("removed %d bundles, ", all)) || !strings.Contains(stderr, "from the cache") || len(packs()) != 0 {
		t.Errorf("%v are left, stderr:\n%s", packs(), stderr)
	}
	if stderr := scan("--cache-max-size", "1KB", "-q"); strings.Contains(stderr, "removed") || len(packs()) != 0 {
		t.Errorf("quiet: %v are left, stderr:\n%s", packs(), stderr)
	}
	scan("--cache-max-size", "1GB")
	if got := cachedBundles(t, dir); got != all {
		t.Errorf("%d are left where there is room for %d", got, all)
	}
}

// TestASealedCache: in a folder that others can write to, only what was sealed with the key is used, and nobody is warned.
func TestASealedCache(t *testing.T) {
	org, flags, environ := simulate(t, simulator.Options{})
	flags = append(flags, "--org", org, "--fail-on", "none")
	dir := filepath.Join(flags[slices.Index(flags, "--cache-dir")+1], "bundles-2")
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
