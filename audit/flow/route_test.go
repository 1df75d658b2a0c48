package flow

import "testing"

func TestSameBasePath(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"/a/b", "/a/b/", true}, {"/a/b", "/a/c", false}, {"/a/*/c", "/a/b/c", true}, {"/a/{v}/c", "/a/*/c", true},
		{"/a", "/a/b", false}, {"/", "", true}, {"/*", "/", true},
	} {
		if got := sameBasePath(tt.a, tt.b); got != tt.want {
			t.Errorf("%s and %s: %v", tt.a, tt.b, got)
		}
	}
}
