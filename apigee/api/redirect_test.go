package api

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestRedirects lists where the token may go: to the very origin that was asked, and nowhere else. Hosts are compared byte
// for byte. To fold case would be kinder to a server that writes its own name differently, but letters outside ASCII fold
// to those inside, and belong to other hosts.
func TestRedirects(t *testing.T) {
	const start = "https://api.example.com"
	tests := map[string]struct {
		endpoint string
		hops     []string // the Location headers, one after the other
		followed bool
	}{
		"a path":                      {start, []string{"/moved"}, true},
		"the same origin":             {start, []string{start + "/moved"}, true},
		"without a scheme":            {start, []string{"//api.example.com/moved"}, true},
		"a scheme in capitals":        {start, []string{"HTTPS://api.example.com/moved"}, true},
		"several on the same origin":  {start, []string{"/a", "/b", start + "/c"}, true},
		"with a port, the same":       {start + ":8443", []string{start + ":8443/moved"}, true},
		"without encryption":          {start, []string{"http://api.example.com/moved"}, false},
		"with encryption":             {"http://127.0.0.1:8080", []string{"https://127.0.0.1:8080/moved"}, false},
		"another scheme":              {start, []string{"ftp://api.example.com/moved"}, false},
		"another host":                {start, []string{"https://evil.example/moved"}, false},
		"another host, no scheme":     {start, []string{"//evil.example/moved"}, false},
		"another host, the same port": {start + ":8443", []string{"https://evil.example:8443/moved"}, false},
		"a host below":                {start, []string{"https://x.api.example.com/moved"}, false},
		"the host above":              {start, []string{"https://example.com/moved"}, false},
		"a host that begins the same": {start, []string{"https://api.example.com.evil.example/moved"}, false},
		"the host as a user":          {start, []string{"https://api.example.com@evil.example/moved"}, false},
		"the host with a dot":         {start, []string{"https://api.example.com./moved"}, false},
		"another port":                {start + ":8443", []string{start + ":8444/moved"}, false},
		"a port where there was none": {start, []string{start + ":8443/moved"}, false},
		"no port where there was one": {start + ":8443", []string{start + "/moved"}, false},
		"the host in capitals":        {start, []string{"https://API.example.com/moved"}, false},
		"a letter that only folds":    {"https://apis.example.com", []string{"https://api\u017f.example.com/moved"}, false},
		"away at the second hop":      {start, []string{"/a", "https://evil.example/moved"}, false},
		"decrypted at the third hop":  {start, []string{"/a", "/b", "http://api.example.com/moved"}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var asked []string
			c, _ := newClient(t, http.NotFoundHandler(), func(o *Options) {
				o.Endpoint = tt.endpoint
				o.Base = roundTrip(func(r *http.Request) (*http.Response, error) {
					asked = append(asked, r.URL.String())
					if at := r.URL.Scheme + "://" + r.URL.Host; at != tt.endpoint {
						t.Errorf("%s was asked, with Authorization %q", r.URL, r.Header.Get("Authorization"))
					}
					answer := &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Request: r}
					answer.Body = io.NopCloser(strings.NewReader(`{"name":"acme","environments":["prod"]}`))
					if n := len(asked); n <= len(tt.hops) {
						answer.StatusCode = http.StatusFound
						answer.Header.Set("Location", tt.hops[n-1])
					}
					return answer, nil
				})
			})
			_, err := c.Organization(t.Context())
			want := len(tt.hops)
			if tt.followed {
				want++
				if err != nil {
					t.Error(err)
				}
			} else {
				wantError(t, err, tt.endpoint+" redirects to ", "refused", "--endpoint")
			}
			if len(asked) != want {
				t.Errorf("%d requests, want %d: %q", len(asked), want, asked)
			}
		})
	}
}
