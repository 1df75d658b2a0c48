package disk

import "testing"

func TestIdentity(t *testing.T) {
	for _, tt := range []struct{ own, lies, name, revision string }{
		{"login", "exports/login__3.zip", "login", "3"},
		{"login", "exports/login_rev3.zip", "login", "3"},
		{"login", "exports/login_rev3_2026_01_02.zip", "login", "3"},
		{"login", "exports/login_rev12_2026_01_02 (1).ZIP", "login", "12"},
		{"login", "exports/Login_Rev3.zip", "login", "3"},
		{"login", "exports/apiproxy-acme-login-r3-20260102-150405.zip", "login", "3"},
		{"guard", "exports/sharedflow-acme-guard-r7-20260102-150405.zip", "guard", "7"},
		{"login", "exports/prod-login_rev3.zip", "login", "3"},
		{"login", "exports/login_rev3_2026_01_02", "login", "3"}, // unpacked
		{"login", "exports/login__3.zip/login", "login", "3"},
		{"login", "acme/apis/login/3.zip", "login", "3"},
		{"login", "acme/apis/login/3", "login", "3"},
		{"", "exports/login__3.zip", "login", "3"},
		{"", "exports/login_rev3_2026_01_02.zip", "login", "3"},

		// Not revisions.
		{"login", "proxies/login", "login", ""},
		{"login", "exports/login.zip", "login", ""},
		{"login__3", "exports/login__3.zip", "login__3", ""},
		{"login_rev3", "proxies/login_rev3", "login_rev3", ""},
		{"pay", "exports/all__3.zip", "pay", ""},
		{"pay", "exports/all__3.zip/pay", "pay", ""},
		{"pay", "login/3.zip", "pay", ""},
		{"login", "exports/login_review2.zip", "login", ""},
		{"login", "exports/login_rev0.zip", "login", ""},
		{"login", "exports/login_rev3b.zip", "login", ""},
		{"login", "exports/login__v3.zip", "login", ""},
		{"login", "exports/login-3.zip", "login", ""},
		{"login", "exports/login__1234567890.zip", "login", ""},
		{"", "exports/3.zip", "3", ""},
		{"", "login__3/apiproxy-src", "apiproxy-src", ""},
		{"", ".", "", ""},
	} {
		if name, revision := identity(tt.own, tt.lies); name != tt.name || revision != tt.revision {
			t.Errorf("identity(%q, %q) is %q revision %q, want %q revision %q", tt.own, tt.lies, name, revision, tt.name, tt.revision)
		}
	}
}
