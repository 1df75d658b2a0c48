package api

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
)

func TestBundle(t *testing.T) {
	zipped := zipOf(t, map[string]string{"apiproxy/login.xml": "<APIProxy/>"})
	httpBody, err := json.Marshal(map[string]any{"contentType": "application/zip", "data": zipped})
	if err != nil {
		t.Fatal(err)
	}
	served := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		name     string
		revision apigee.Revision
		path     string
		answer   []byte
	}{
		{"proxy", apigee.Revision{Kind: apigee.KindProxy, Name: "login", Number: "3"}, "/v1/organizations/acme/apis/login/revisions/3", zipped},
		{"shared flow", apigee.Revision{Kind: apigee.KindSharedFlow, Name: "auth", Number: "12"}, "/v1/organizations/acme/sharedflows/auth/revisions/12", zipped},
		{"escaped", apigee.Revision{Kind: apigee.KindProxy, Name: "a b", Number: "3"}, "/v1/organizations/acme/apis/a%20b/revisions/3", zipped},
		{"in JSON", apigee.Revision{Kind: apigee.KindProxy, Name: "login", Number: "3"}, "/v1/organizations/acme/apis/login/revisions/3", httpBody},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, _ := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.EscapedPath() != test.path || r.URL.RawQuery != "format=bundle" {
					t.Errorf("GET %s", r.URL)
				}
				w.Header().Set("Date", served.Format(http.TimeFormat))
				w.Write(test.answer)
			}))
			archive, err := c.Bundle(t.Context(), test.revision)
			if err != nil {
				t.Fatal(err)
			}
			if len(archive.Files) != 1 || len(archive.SHA256) != 64 || !bytes.Equal(archive.Zip, zipped) || !archive.FetchedAt.Equal(served) {
				t.Errorf("%+v", archive)
			}
		})
	}
}

func TestAnswersThatAreNoBundle(t *testing.T) {
	large := base64.StdEncoding.EncodeToString([]byte("PK" + strings.Repeat("x", 3000)))
	tests := []struct {
		name, kind, answer string
		want               []string
	}{
		{"login page", "text/html; charset=utf-8", "<!DOCTYPE html>\n<title>Sign in\x1b[0m</title>",
			[]string{`content type "text/html; charset=utf-8"`, `starts with "<!DOCTYPE html> <title>Sign in\x1b[0m</title>"`, "login page"}},
		{"metadata", "application/json", `{"name":"login","revision":"3"}`, []string{"JSON without a zip", "login"}},
		{"data that is no zip", "application/json", `{"data":"aGVsbG8="}`, []string{"JSON without a zip"}},
		{"data that is no base64", "application/json", `{"data":"!!"}`, []string{"not base64"}},
		{"data of another type", "application/json", `{"data":7}`, []string{"documented shape"}},
		{"too large", "application/zip", "PK" + strings.Repeat("x", 2000), []string{"larger than 1000 bytes"}},
		{"a little too large in JSON", "application/json", `{"data":"` + large[:1600] + `"}`, []string{"larger than 1000 bytes"}},
		{"much too large in JSON", "application/json", `{"data":"` + strings.Repeat(large, 3) + `"}`, []string{"larger than 1000 bytes"}},
		{"broken zip", "application/zip", "PK nonsense", []string{"read the bundle of proxy login revision 3: "}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			count := 0
			c, _ := newClient(t, inTurn(&count, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", test.kind)
				io.WriteString(w, test.answer)
			}), func(o *Options) {
				o.Limits = bundle.DefaultLimits()
				o.Limits.Compressed = 1000
			})
			_, err := c.Bundle(t.Context(), apigee.Revision{Kind: apigee.KindProxy, Name: "login", Number: "3"})
			wantError(t, err, append(test.want, "proxy login revision 3")...)
			if count != 1 {
				t.Errorf("%d requests: another try would bring the same", count)
			}
		})
	}
}

func TestBundleAsLargeAsTheLimit(t *testing.T) {
	zipped := zipOf(t, map[string]string{"apiproxy/login.xml": "<APIProxy/>"})
	c, _ := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(zipped) }),
		func(o *Options) {
			o.Limits = bundle.DefaultLimits()
			o.Limits.Compressed = int64(len(zipped))
		})
	if _, err := c.Bundle(t.Context(), apigee.Revision{Kind: apigee.KindProxy, Name: "login", Number: "3"}); err != nil {
		t.Error(err)
	}
}

func TestBundleErrors(t *testing.T) {
	c, _ := newClient(t, routes(map[string]string{
		"/apis/login/revisions/3":       "refuse 403",
		"/sharedflows/auth/revisions/3": "refuse 403",
	}))
	tests := []struct {
		name     string
		revision apigee.Revision
		want     []string
	}{
		{"proxy", apigee.Revision{Kind: apigee.KindProxy, Name: "login", Number: "3"}, []string{"download proxy login revision 3", "apigee.proxyrevisions.get", readRole}},
		{"shared flow", apigee.Revision{Kind: apigee.KindSharedFlow, Name: "auth", Number: "3"}, []string{"apigee.sharedflowrevisions.get"}},
		{"gone", apigee.Revision{Kind: apigee.KindProxy, Name: "login", Number: "4"}, []string{"404", "deleted", "Space"}},
		{"bad name", apigee.Revision{Kind: apigee.KindProxy, Name: "..", Number: "4"}, []string{`".." is not a valid proxy name`}},
		{"bad revision", apigee.Revision{Kind: apigee.KindProxy, Name: "login", Number: "4/.."}, []string{`"4/.." is not a revision number`}},
		{"no revision", apigee.Revision{Kind: apigee.KindProxy, Name: "login"}, []string{`"" is not a revision number`}},
		{"bad kind", apigee.Revision{Kind: "../apis", Name: "login", Number: "4"}, []string{`"../apis" is not a kind`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := c.Bundle(t.Context(), test.revision)
			wantError(t, err, test.want...)
		})
	}
}
