package api

import (
	"net/http"
	"testing"
)

func TestGetEscapesEachSegment(t *testing.T) {
	var path string
	c, _ := newClient(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { path = r.URL.EscapedPath() }),
		func(o *Options) { o.Organization = "example.com:acme" })
	answer, err := c.conn.get(t.Context(), "*/*", nil, c.conn.below("apis", "a/../b?c%2f d", "revisions", "a,b")...)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if want := "/v1/organizations/example.com:acme/apis/a%2F..%2Fb%3Fc%252f%20d/revisions/a,b"; path != want {
		t.Errorf("%s, want %s", path, want)
	}
}
