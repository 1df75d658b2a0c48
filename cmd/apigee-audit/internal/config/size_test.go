package config

import (
	"os"
	"strings"
	"testing"
)

func TestParseSize(t *testing.T) {
	for text, want := range map[string]Size{
		"0": 0, "0B": 0, "1B": 1, "500MB": 500 << 20, "500 MB": 500 << 20, "2GB": 2 << 30, "2gb": 2 << 30, "2GiB": 2 << 30,
		"1.5KB": 1536, "3TB": 3 << 40, "10kb": 10 << 10, "999999999999B": 999999999999,
	} {
		if got, err := ParseSize(text); got != want || err != nil {
			t.Errorf("%q is %d, %v", text, got, err)
		}
		if back, err := ParseSize(formatSize(want)); back != want || err != nil {
			t.Errorf("%d is written %q, which is %d, %v", want, formatSize(want), back, err)
		}
	}
	for _, text := range []string{
		"", "500", "MB", "-1MB", "1,5GB", "2G", "2 G B", "1e3MB", "0x10MB", "2GB ", " 2GB", "5PB", "NaNB", "1..5MB", ".5GB", "999999999999TB", "2iB", "1.B",
	} {
		if got, err := ParseSize(text); err == nil {
			t.Errorf("%q passes for %d", text, got)
		}
	}
}

// TestAFoundConfigKeepsTheCache: a file that came with somebody else's repository must not empty the cache of whoever looks at it. It
// may have it keep more, and may be the example with its defaults.
func TestAFoundConfigKeepsTheCache(t *testing.T) {
	t.Chdir(t.TempDir())
	for text, refused := range map[string]string{
		"cache-max-age: 1d": "cache-max-age", "cache-max-size: 1MB": "cache-max-size",
		"cache-max-age: 90d": "", "cache-max-age: 1000d": "", "cache-max-age: 0s": "", "cache-max-size: 0": "",
	} {
		if err := os.WriteFile(FoundName, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Load(Environment{}, ScanFlags(), FileChoice{})
		if got := err != nil && strings.Contains(err.Error(), refused+" may only be set in a file named with --config"); got != (refused != "") {
			t.Errorf("%s: %v", text, err)
		}
		if _, err := Load(Environment{}, ScanFlags(), FileChoice{Name: FoundName}); err != nil {
			t.Errorf("%s in a named file: %v", text, err)
		}
	}
}
