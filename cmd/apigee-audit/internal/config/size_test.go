package config

import "testing"

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
