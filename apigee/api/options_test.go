package api

import (
	"cmp"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
)

func TestOptions(t *testing.T) {
	valid := func() Options {
		return Options{Organization: "acme", Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: testToken})}
	}
	tests := []struct {
		name     string
		change   func(*Options)
		endpoint string
		err      string
	}{
		{"default", func(*Options) {}, "https://apigee.googleapis.com", ""},
		{"location", func(o *Options) { o.Location = "eu" }, "https://eu-apigee.googleapis.com", ""},
		{"endpoint", func(o *Options) { o.Endpoint = "https://apigee.eu.rep.googleapis.com/" }, "https://apigee.eu.rep.googleapis.com", ""},
		{"as other tools want it", func(o *Options) { o.Endpoint = "https://apigee.googleapis.com/v1/" }, "https://apigee.googleapis.com", ""},
		{"loopback", func(o *Options) { o.Endpoint = "http://127.0.0.1:8080" }, "http://127.0.0.1:8080", ""},
		{"loopback 6", func(o *Options) { o.Endpoint = "http://[::1]:8080" }, "http://[::1]:8080", ""},
		{"localhost", func(o *Options) { o.Endpoint = "http://localhost" }, "http://localhost", ""},
		{"domain-scoped", func(o *Options) { o.Organization = "example.com:acme" }, "https://apigee.googleapis.com", ""},

		{"both", func(o *Options) { o.Location, o.Endpoint = "eu", "https://x" }, "", "either an endpoint or a location"},
		{"bad location", func(o *Options) { o.Location = "evil.example/" }, "", "not a location"},
		{"plain http", func(o *Options) { o.Endpoint = "http://apigee.googleapis.com" }, "", "unencrypted"},
		{"plain http to what looks like loopback", func(o *Options) { o.Endpoint = "http://127.0.0.1.example.com" }, "", "unencrypted"},
		{"other scheme", func(o *Options) { o.Endpoint = "ftp://x" }, "", "not an http(s) URL"},
		{"no scheme", func(o *Options) { o.Endpoint = "apigee.googleapis.com" }, "", "not an http(s) URL"},
		{"path", func(o *Options) { o.Endpoint = "https://apigee.googleapis.com/v2" }, "", "more than scheme and host"},
		{"path below v1", func(o *Options) { o.Endpoint = "https://apigee.googleapis.com/v1/organizations" }, "", "more than scheme and host"},
		{"password", func(o *Options) { o.Endpoint = "https://me:hunter2@x" }, "", "user name or password"},
		{"no URL, with a password", func(o *Options) { o.Endpoint = "https://me:hunter2@x:y" }, "", "not a URL"},
		{"no host, with a password", func(o *Options) { o.Endpoint = "https:me:hunter2@x" }, "", "not an http(s) URL"},
		{"query, with a password", func(o *Options) { o.Endpoint = "https://x?hunter2" }, "", "more than scheme and host"},
		{"no organization", func(o *Options) { o.Organization = "" }, "", "--org"},
		{"full name", func(o *Options) { o.Organization = "organizations/acme" }, "", "the name alone"},
		{"path in the organization", func(o *Options) { o.Organization = "acme/../x" }, "", "not a valid organization name"},
		{"dots", func(o *Options) { o.Organization = ".." }, "", "not a valid organization name"},
		{"no credentials", func(o *Options) { o.Tokens = nil }, "", "gcloud auth application-default login"},
		{"negative", func(o *Options) { o.Rate = -1 }, "", "must not be negative"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := valid()
			test.change(&o)
			c, err := New(o)
			if test.err != "" {
				wantError(t, err, test.err)
				if strings.Contains(err.Error(), "hunter2") {
					t.Errorf("error holds a password: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if c.conn.endpoint.String() != test.endpoint {
				t.Errorf("endpoint %s", c.conn.endpoint)
			}
		})
	}
}

func TestDefaults(t *testing.T) {
	o, err := Options{Organization: "acme", Tokens: oauth2.StaticTokenSource(nil)}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	if o.Concurrency != 16 || o.Rate != 3000 || o.RequestTimeout != 30*time.Second || o.Limits != bundle.DefaultLimits() || o.Logger == nil {
		t.Errorf("%+v", o)
	}
}

// A report names only Google's own addresses: those of others are different in each run, or nobody's business.
func TestGoogles(t *testing.T) {
	for _, tt := range []struct {
		endpoint, location string
		platform           apigee.Platform
		want               string
	}{
		{want: "https://apigee.googleapis.com"},
		{endpoint: "https://apigee.googleapis.com/v1/", want: "https://apigee.googleapis.com"},
		{location: "eu", want: "https://eu-apigee.googleapis.com"},
		{endpoint: "https://eu-apigee.googleapis.com", want: "https://eu-apigee.googleapis.com"},
		{endpoint: "https://eu-apigee.googleapis.com:8443"},
		{endpoint: "https://apigee.googleapis.com.example.com"},
		{endpoint: "https://evil.example.com-apigee.googleapis.com"},
		{endpoint: "http://127.0.0.1:8080"},
		{endpoint: "https://apigee.googleapis.com", platform: apigee.PlatformEdge},
		{endpoint: "https://api.enterprise.apigee.com", platform: apigee.PlatformEdge, want: "https://api.enterprise.apigee.com"},
		{endpoint: "https://management.example.com", platform: apigee.PlatformEdge},
	} {
		o := Options{Endpoint: tt.endpoint, Location: tt.location, platform: cmp.Or(tt.platform, apigee.PlatformX)}
		at, err := o.endpoint()
		if err != nil {
			t.Fatal(err)
		}
		c := &connection{endpoint: at, platform: o.platform}
		if got := c.googles(); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt, got, tt.want)
		}
	}
}
