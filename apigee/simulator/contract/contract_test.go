package contract_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"apigee-audit/apigee/simulator/contract"
)

// recorder is a testing.TB that keeps errors instead of failing the test.
type recorder struct {
	testing.TB
	errors []string
}

func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func TestWrap(t *testing.T) {
	const o = "/v1/organizations/o"
	for _, c := range []struct {
		name, url, answer string
		want              string // part of the complaint, empty for none
	}{
		{"good", o + "/deployments?sharedFlows=true", `{"deployments":[{"environment":"e","apiProxy":"p","revision":"1","deployStartTime":"1767600000000"}]}`, ""},
		{"empty list", o + "/deployments", `{}`, ""},
		{"global parameter", o + "/deployments?prettyPrint=false", `{}`, ""},
		{"project mapping", o + ":getProjectMapping", `{"organization":"o","projectId":"p"}`, ""},
		{"wrong case", o + "/deployments?sharedflows=true", `{}`, `unknown query parameter "sharedflows"`},
		{"yes", o + "/deployments?sharedFlows=yes", `{}`, "not true or false"},
		{"twice", o + "/deployments?sharedFlows=true&sharedFlows=true", `{}`, "given 2 times"},
		{"path parameter in the query", o + "/deployments?parent=o", `{}`, `unknown query parameter "parent"`},
		{"numeric revision", o + "/deployments", `{"deployments":[{"revision":1}]}`, "want string"},
		{"numeric time", o + "/deployments", `{"deployments":[{"deployStartTime":1767600000000}]}`, "want string"},
		{"time that is no number", o + "/deployments", `{"deployments":[{"deployStartTime":"today"}]}`, "does not match pattern"},
		{"state of Edge", o + "/deployments", `{"deployments":[{"state":"DEPLOYED"}]}`, "value must be one of"},
		{"unknown field", o + "/deployments", `{"deployments":[{"env":"e"}]}`, "additional properties 'env' not allowed"},
		{"bare array", o + "/apis", `["a"]`, "want object"},
		{"no JSON", o + "/apis", `<html>`, "invalid character"},
		{"environments", o + "/environments", `[]`, "no such path"},
		{"target servers", o + "/environments/e/targetservers", `[]`, "no such path"},
		{"revision of a proxy", o + "/apis/a/revisions/1", `{"name":"a","basepaths":["/a"],"createdAt":"1"}`, ""},
		{"HttpBody for a revision", o + "/apis/a/revisions/1", `{"contentType":"application/zip"}`, "additional properties"},
		{"base paths of a shared flow", o + "/sharedflows/a/revisions/1", `{"name":"a","basepaths":["/a"]}`, "additional properties"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &recorder{TB: t}
			h := contract.Wrap(r, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json; charset=UTF-8")
				io.WriteString(w, c.answer)
			}))
			h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, c.url, nil))
			got := strings.Join(r.errors, "\n")
			if c.want == "" && got != "" || c.want != "" && !strings.Contains(got, c.want) {
				t.Errorf("complaint %q, want %q", got, c.want)
			}
		})
	}
}

func TestWrapRefusesOtherMethods(t *testing.T) {
	r := &recorder{TB: t}
	h := contract.Wrap(r, http.NotFoundHandler())
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/v1/organizations/o/apis", nil))
	if len(r.errors) != 1 || !strings.Contains(r.errors[0], "only GET") {
		t.Errorf("complaints %q", r.errors)
	}
}

// Errors and zips are outside the document: they pass unchecked.
func TestWrapSkips(t *testing.T) {
	for name, answer := range map[string]func(http.ResponseWriter){
		"error": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusForbidden)
			io.WriteString(w, `{"error":{}}`)
		},
		"zip": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "application/zip")
			io.WriteString(w, "PK")
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := contract.Wrap(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w) }))
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/v1/organizations/o/apis/a/revisions/1?format=bundle", nil))
			if w.Body.Len() == 0 {
				t.Error("the answer did not come through")
			}
		})
	}
}
