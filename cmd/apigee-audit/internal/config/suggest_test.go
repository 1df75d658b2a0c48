package config

import (
	"testing"
)

func TestDidYouMean(t *testing.T) {
	tests := map[string]string{
		"scna": `; did you mean "scan"?`, "RULE": `; did you mean "rules"?`, "x": "", "": "", "completely-else": "",
	}
	for word, want := range tests {
		if got := DidYouMean(word, []string{"scan", "rules"}); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}
