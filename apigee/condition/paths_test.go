package condition

import (
	"strings"
	"testing"
)

func TestRequires(t *testing.T) {
	for src, want := range map[string]string{
		`proxy.pathsuffix MatchesPath "/token"`:                                               "/token",
		`(proxy.pathsuffix MatchesPath "/token") and (request.verb = "POST")`:                 "/token",
		`request.verb = "POST" and (a = "b" and proxy.pathsuffix = "/t")`:                     "/t",
		`"/t" = proxy.pathsuffix`:                                                             "/t",
		`proxy.pathsuffix MatchesPath "/a" or proxy.pathsuffix MatchesPath "/b"`:              "/a /b",
		`proxy.pathsuffix MatchesPath "/a" or request.verb = "POST"`:                          "",
		`not (proxy.pathsuffix MatchesPath "/a")`:                                             "",
		`proxy.pathsuffix not MatchesPath "/a"`:                                               "",
		`proxy.pathsuffix !~/ "/a"`:                                                           "",
		`proxy.pathsuffix != "/a"`:                                                            "",
		`proxy.pathsuffix ~ "/a*"`:                                                            "",
		`other.pathsuffix MatchesPath "/a"`:                                                   "",
		`request.verb = "POST"`:                                                               "",
		`((proxy.pathsuffix MatchesPath "/a"`:                                                 "",
		`(proxy.pathsuffix ~/ "/a" or proxy.pathsuffix = "/b") and (proxy.pathsuffix = "/c")`: "/a /b",
	} {
		e, _ := Parse(src)
		if got := strings.Join(e.Requires("proxy.pathsuffix"), " "); got != want {
			t.Errorf("%s requires %q, want %q", src, got, want)
		}
	}
	var none *Expr
	if none.Requires("a") != nil {
		t.Error("no condition requires something")
	}
}
