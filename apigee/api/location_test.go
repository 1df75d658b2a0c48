package api

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"golang.org/x/oauth2"
)

// googleHosts answers for all hosts of Google's and remembers what was asked of which.
type googleHosts struct {
	handler http.HandlerFunc
	asked   []string
}

func (g *googleHosts) RoundTrip(r *http.Request) (*http.Response, error) {
	g.asked = append(g.asked, r.Method+" "+r.URL.Scheme+"://"+r.URL.Host+r.URL.Path)
	w := httptest.NewRecorder()
	g.handler(w, r)
	answer := w.Result()
	answer.Request = r
	return answer, nil
}

func TestLocationIsFound(t *testing.T) {
	const global, eu, path = "GET https://apigee.googleapis.com", "GET https://eu-apigee.googleapis.com", "/v1/organizations/acme"
	for name, test := range map[string]struct {
		status  int    // of the organization at the global endpoint
		mapping string // the project mapping; empty refuses
		asked   []string
		want    string // of the error; none for success
	}{
		"global":              {200, "", []string{global + path}, ""},
		"forbidden":           {403, `{"organization":"acme","location":"eu"}`, []string{global + path, global + path + ":getProjectMapping", eu + path}, ""},
		"not found":           {404, `{"organization":"acme","location":"eu"}`, []string{global + path, global + path + ":getProjectMapping", eu + path}, ""},
		"failed precondition": {400, `{"organization":"acme","location":"eu"}`, []string{global + path, global + path + ":getProjectMapping", eu + path}, ""},
		"no location":         {403, `{"organization":"acme"}`, []string{global + path, global + path + ":getProjectMapping"}, "403"},
		"location global":     {403, `{"location":"global"}`, []string{global + path, global + path + ":getProjectMapping"}, "403"},
		"location of evil":    {403, `{"location":"evil.example/"}`, []string{global + path, global + path + ":getProjectMapping"}, "403"},
		"mapping refused":     {403, "", []string{global + path, global + path + ":getProjectMapping"}, "403"},
		"wrong token":         {401, "", []string{global + path}, "401"},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			hosts := &googleHosts{handler: func(w http.ResponseWriter, r *http.Request) {
				switch {
				case strings.HasSuffix(r.URL.Path, ":getProjectMapping") && test.mapping != "":
					w.Header().Set("Content-Type", "application/json")
					io.WriteString(w, test.mapping)
				case strings.HasSuffix(r.URL.Path, ":getProjectMapping"):
					refuse(w, 403, "no")
				case r.URL.Host == "eu-apigee.googleapis.com", test.status == 200:
					w.Header().Set("Content-Type", "application/json")
					acmeAnswer(w, r)
				default:
					refuse(w, test.status, "no")
				}
			}}
			c, err := Open(t.Context(), Options{
				Organization: "acme", Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: testToken}), Base: hosts,
				Logger: slog.New(slog.NewTextHandler(&log, nil)),
			})
			if err == nil {
				_, err = c.Organization(t.Context())
			}
			if test.want != "" {
				wantError(t, err, "read organization acme", test.want)
			} else if err != nil {
				t.Error(err)
			}
			if !slices.Equal(hosts.asked, test.asked) {
				t.Errorf("asked %q, want %q", hosts.asked, test.asked)
			}
			if moved := strings.Contains(log.String(), "location=eu"); moved != (len(test.asked) == 3) {
				t.Errorf("log:\n%s", &log)
			}
		})
	}
}

func TestNamedEndpointIsNotLeft(t *testing.T) {
	for _, o := range []Options{{Location: "us"}, {Endpoint: "https://apigee.example.com"}} {
		hosts := &googleHosts{handler: func(w http.ResponseWriter, _ *http.Request) { refuse(w, 403, "no") }}
		o.Organization, o.Base, o.Tokens = "acme", hosts, oauth2.StaticTokenSource(&oauth2.Token{AccessToken: testToken})
		c, err := Open(t.Context(), o)
		if err != nil || len(hosts.asked) > 0 {
			t.Fatalf("%v, asked %q", err, hosts.asked)
		}
		_, err = c.Organization(t.Context())
		wantError(t, err, "403")
		if len(hosts.asked) != 1 {
			t.Errorf("asked %q", hosts.asked)
		}
	}
}
