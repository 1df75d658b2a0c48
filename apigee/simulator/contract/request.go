package contract

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
)

// method is one GET method of the document.
type method struct {
	FlatPath   string               `json:"flatPath"`
	HTTPMethod string               `json:"httpMethod"`
	Parameters map[string]parameter `json:"parameters"`
	Response   struct {
		Ref string `json:"$ref"`
	} `json:"response"`

	path *regexp.Regexp
}

// request finds the method that a request calls and checks its query.
func (a *api) request(r *http.Request) (*method, error) {
	if r.Method != http.MethodGet {
		return nil, fmt.Errorf("only GET is allowed")
	}
	for _, m := range a.methods {
		if m.path.MatchString(r.URL.EscapedPath()) {
			return m, a.query(m, r)
		}
	}
	return nil, fmt.Errorf("no such path in the discovery document")
}

func (a *api) query(m *method, r *http.Request) error {
	for name, values := range r.URL.Query() {
		p, ok := m.Parameters[name]
		if !ok || p.Location != "query" {
			if p, ok = a.global[name]; !ok {
				return fmt.Errorf("unknown query parameter %q", name)
			}
		}
		if len(values) > 1 && !p.Repeated {
			return fmt.Errorf("query parameter %q is given %d times", name, len(values))
		}
		for _, v := range values {
			if p.Type == "boolean" && v != "true" && v != "false" {
				return fmt.Errorf("query parameter %s is %q, not true or false", name, v)
			}
		}
	}
	return nil
}

// schemaFor names the schema of the answer. The document says that a revision is an HttpBody, which holds for the zip;
// without format=bundle the API answers with JSON about the revision.
func (m *method) schemaFor(r *http.Request) string {
	switch {
	case m.Response.Ref != "GoogleApiHttpBody":
		return m.Response.Ref
	case strings.Contains(m.FlatPath, "/sharedflows/"):
		return "GoogleCloudApigeeV1SharedFlowRevision"
	case strings.Contains(m.FlatPath, "/apis/") && r.URL.Query().Get("format") == "":
		return "GoogleCloudApigeeV1ApiProxyRevision"
	}
	return m.Response.Ref
}
