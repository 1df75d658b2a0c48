package text

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestCount(t *testing.T) {
	for want, got := range map[string]string{
		"0 findings": Count(0, "finding"), "1 finding": Count(1, "finding"), "2 proxies": Count(2, "proxy"), "1 proxy": Count(1, "proxy"),
		"1234 API products": Count(int64(1234), "API product"), "1,234 calls": CountGrouped(1234, "call"), "1 call": CountGrouped(int64(1), "call"),
		"-1 days": Count(-1, "day"),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestIsWord(t *testing.T) {
	pattern := regexp.MustCompile(`^[A-Za-z0-9._ -]{1,5}$`)
	cases := []string{"", "a.b-c", "a.b-cd", "é", "ab\n", "a\x00b", "Zz09"}
	for c := range 256 {
		cases = append(cases, string([]byte{byte(c)}), string([]byte{'x', byte(c), 'x'}))
	}
	for _, s := range cases {
		if got, want := IsWord(s, "._ -", 5), pattern.MatchString(s); got != want {
			t.Errorf("%q: %v, want %v", s, got, want)
		}
	}
}

func TestPlural(t *testing.T) {
	for noun, want := range map[string]string{
		"shared flow": "shared flows", "proxy": "proxies", "policy": "policies", "copy": "copies", "key": "keys", "day": "days",
		"proxies and shared flow": "proxies and shared flows", "match": "matches", "alias": "aliases", "box": "boxes", "hash": "hashes",
		"y": "ys", "": "s",
	} {
		if got := Plural(noun); got != want {
			t.Errorf("%s: %q, want %q", noun, got, want)
		}
	}
}

func TestGrouped(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1234: "-1,234", -123: "-123", -123456: "-123,456",
		math.MinInt64: "-9,223,372,036,854,775,808",
	} {
		if got := Grouped(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 bytes", 1: "1 byte", 1023: "1023 bytes", 1024: "1 KB", 1536: "1.5 KB", 2047: "2 KB", 64 << 20: "64 MB", 3565158: "3.4 MB", 5 << 30: "5 GB",
	} {
		if got := Bytes(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

func TestClip(t *testing.T) {
	for _, c := range []struct {
		in   string
		most int
		want string
	}{
		{"", 0, ""}, {"abc", 3, "abc"}, {"abcd", 3, "abc…"}, {"äöü", 3, "äöü"}, {"äöüß", 3, "äöü…"}, {"a", 0, "…"}, {"\xff\xfe\xfd", 2, "\xff\xfe…"},
	} {
		if got := Clip(c.in, c.most); got != c.want {
			t.Errorf("Clip(%q, %d) = %q, want %q", c.in, c.most, got, c.want)
		}
	}
}

func TestShorten(t *testing.T) {
	long := strings.Repeat("wörter ", 300)
	if got := Shorten(long, 1024); utf8.RuneCountInString(got) > 1024 || !strings.HasSuffix(got, "wörter…") {
		t.Errorf("%d characters ending in %q", utf8.RuneCountInString(got), got[len(got)-12:])
	}
	for in, want := range map[string]string{"short": "short", "xxxxxxxxx": "xxxx…", "a bcdefgh": "a…", "äöüßé": "äöüßé"} {
		if got := Shorten(in, 5); got != want {
			t.Errorf("Shorten(%q, 5) = %q, want %q", in, got, want)
		}
	}
}

func TestCutLines(t *testing.T) {
	for _, c := range []struct {
		in    string
		limit int
		want  string
	}{
		{"a\nb", 3, "a\nb"}, {"a\nbcd", 4, "a"}, {"abcd", 2, "ab"}, {"aä", 2, "a"}, {"ä", 1, ""}, {"\nab", 2, "\na"},
	} {
		if got := CutLines(c.in, c.limit); got != c.want {
			t.Errorf("CutLines(%q, %d) = %q, want %q", c.in, c.limit, got, c.want)
		}
	}
}

func TestList(t *testing.T) {
	for want, n := range map[string]int{"": 0, "a": 1, "a and b": 2, "a, b and c": 3, "a, b, c, d and e": 5} {
		if got := List([]string{"a", "b", "c", "d", "e"}[:n]); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	for want, n := range map[string]int{"": 0, "a": 1, "a and b": 2, "a, b and c": 3, "a, b, c and d": 4, "a, b, c and 2 more": 5} {
		all := []string{"a", "b", "c", "d", "e"}[:n]
		if got := ListSome(all, 3); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
		if !slices.Equal(all, []string{"a", "b", "c", "d", "e"}[:n]) {
			t.Error("the list itself was changed")
		}
	}
}

func TestNames(t *testing.T) {
	for in, want := range map[string]string{
		"a": `"a"`, "a b": `"a" and "b"`, "a b c": `"a", "b" and "c"`,
		"a b c d e":   `"a", "b", "c", "d" and "e"`, // "1 more" would be no shorter
		"a b c d e f": `"a", "b", "c", "d" and 2 more`,
	} {
		if got := Names(strings.Fields(in)); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if got := NounNames("proxy", []string{"a"}); got != `proxy "a"` {
		t.Error(got)
	}
	if got := NounNames("proxy", []string{"a", "b"}); got != `proxies "a" and "b"` {
		t.Error(got)
	}
}

func TestQuote(t *testing.T) {
	for in, want := range map[string]string{
		"login": `"login"`, `a"b`: `"a\"b"`, "a\x1b\n\u202e": `"a\x1b\n\u202e"`, strings.Repeat("ä", 1001): `"` + strings.Repeat("ä", 1000) + `…"`,
	} {
		if got := Quote(in); got != want {
			t.Errorf("Quote(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestAge(t *testing.T) {
	const day = 24 * time.Hour
	for d, want := range map[time.Duration]string{
		0: "less than a day", day: "1 day", 13 * day: "13 days", 14 * day: "2 weeks", 38 * day: "5 weeks", 89 * day: "12 weeks",
		91 * day: "2 months", 365 * day: "12 months", 3 * 365 * day: "3 years",
	} {
		if got := Age(d); got != want {
			t.Errorf("Age(%s) = %q, want %q", d, got, want)
		}
	}
}
