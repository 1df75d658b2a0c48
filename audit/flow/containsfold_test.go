package flow

import (
	"strings"
	"testing"
)

// TestContainsFold compares with lower-casing everything first.
func TestContainsFold(t *testing.T) {
	for _, s := range []string{
		"", "f", "refresh", "REFRESH", "reFresh", "refres", "efresh", "f refresh", "refrefresh", "REFREFRESH_TOKEN", "FfFrefreshf", "fFreFrEsHtOkEn",
		"a refre\u017fh token", "x.refresh_token", "refresh_toke", "\xffrefresh\xff",
	} {
		for _, needle := range []string{"refresh", "refresh_token", "refreshtoken"} {
			if got, want := containsFold(s, needle), strings.Contains(strings.ToLower(s), needle); got != want {
				t.Errorf("%q contains %q: %v, want %v", s, needle, got, want)
			}
		}
	}
}
