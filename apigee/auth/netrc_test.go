package auth

import "testing"

func TestNetrcLogin(t *testing.T) {
	const file = `# machine api.example.com login commented password out
machine other.example.com login other password other-secret
machine api.example.com
	login robot@example.com
	account none
	password "two words \"quoted\" \\ #1"
macdef machine
machine api.example.com login macro password macro

machine API.example.com login second password #hash
machine nothing.example.com login only
default login anonymous password guest`
	for _, c := range []struct{ machine, user, login, password string }{
		{"api.example.com", "", "robot@example.com", `two words "quoted" \ #1`},
		{"api.example.com", "second", "second", "#hash"},
		{"other.example.com", "", "other", "other-secret"},
		{"other.example.com", "somebody", "", ""},
		{"nothing.example.com", "", "", ""},
		{"unknown.example.com", "", "", ""},
		{"", "", "", ""},
	} {
		login, password, ok := netrcLogin(file, c.machine, c.user)
		if ok != (c.login != "") || ok && (login != c.login || password != c.password) {
			t.Errorf("%s, %s: %q %q %v", c.machine, c.user, login, password, ok)
		}
	}
	for _, broken := range []string{"", "machine", "machine a login", `machine a login "x`, "macdef", "\x00", `machine a login x password "`} {
		if login, password, ok := netrcLogin(broken, "a", ""); ok {
			t.Errorf("%q: %q %q", broken, login, password)
		}
	}
}
