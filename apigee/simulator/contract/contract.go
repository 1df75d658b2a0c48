// Package contract checks requests and answers of the management API against Apigee's own discovery document, which the
// module google.golang.org/api carries. It is for tests only: nothing that ships imports it.
//
// It cannot check error bodies, headers, quotas or zips; the discovery document does not describe them.
package contract

import (
	"bytes"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// load reads the document once for all tests of a process: it is large, and never changes.
var load = sync.OnceValues(read)

// Wrap passes requests on to h and reports each one that the discovery document does not allow (path, method, query), and
// each successful JSON answer that does not fit its schema, as a test error.
func Wrap(t testing.TB, h http.Handler) http.Handler {
	t.Helper()
	api, err := load()
	if err != nil {
		t.Fatalf("contract: %v", err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m, err := api.request(r)
		if err != nil {
			t.Errorf("contract: %s %s: %v", r.Method, r.URL.RequestURI(), err)
			h.ServeHTTP(w, r)
			return
		}
		tee := &tee{ResponseWriter: w, code: http.StatusOK}
		h.ServeHTTP(tee, r)
		if err := api.answer(m, r, tee); err != nil {
			t.Errorf("contract: answer to GET %s: %v\n%s", r.URL.RequestURI(), err, tee.body.Bytes())
		}
	})
}

// answer checks a successful JSON answer.
func (a *api) answer(m *method, r *http.Request, got *tee) error {
	if got.code/100 != 2 || !strings.HasPrefix(got.Header().Get("Content-Type"), "application/json") {
		return nil
	}
	value, err := jsonschema.UnmarshalJSON(&got.body)
	if err != nil {
		return err
	}
	return a.schemas[m.schemaFor(r)].Validate(value)
}

// tee passes an answer on and keeps a copy, so that faults of a connection reach the client unspoilt.
type tee struct {
	http.ResponseWriter
	code int
	body bytes.Buffer
}

func (t *tee) WriteHeader(code int) {
	t.code = code
	t.ResponseWriter.WriteHeader(code)
}

func (t *tee) Write(b []byte) (int, error) {
	t.body.Write(b)
	return t.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (t *tee) Unwrap() http.ResponseWriter { return t.ResponseWriter }
