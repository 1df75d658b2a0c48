package api

import (
	"strings"
	"testing"
)

func TestCheckName(t *testing.T) {
	for name, ok := range map[string]bool{
		"login": true, "a.b-c_d e": true, "...": true, strings.Repeat("x", 255): true,
		"": false, ".": false, "..": false, "a/b": false, `a\b`: false, "a%2fb": false, "a?b": false, "a#b": false,
		"a\x00": false, "a\n": false, "é": false, strings.Repeat("x", 256): false,
	} {
		if err := checkName("proxy", name); (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestCheckRevision(t *testing.T) {
	for number, ok := range map[string]bool{"1": true, "250": true, "": false, "-1": false, "1.0": false, "latest": false, "1\n": false, strings.Repeat("1", 19): false} {
		if err := checkRevision(number); (err == nil) != ok {
			t.Errorf("%q: %v", number, err)
		}
	}
}
