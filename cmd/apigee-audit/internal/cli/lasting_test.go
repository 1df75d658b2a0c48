package cli

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"apigee-audit/apigee/simulator"
)

// TestAnExpiredTokenIsSaidOnce: not for each of the revisions that it keeps from being read, of which each is counted all
// the same, live and in a snapshot.
func TestAnExpiredTokenIsSaidOnce(t *testing.T) {
	org, scan, environ := simulate(t, simulator.Options{Faults: []simulator.Fault{{Match: "*format=bundle", Status: 401}}})
	check := func(what, stdout, stderr string, status int) {
		t.Helper()
		doc := document(t, stdout)
		if status != exitFailed || doc.Complete || len(doc.Organizations) != 1 || doc.Organizations[0].Audited != 0 {
			t.Fatalf("%s: status %d, complete %v, %+v", what, status, doc.Complete, doc.Organizations)
		}
		if len(doc.Problems) != 1 || doc.Summary.Problems != 1 || doc.Problems[0].Count() != doc.Organizations[0].Revisions {
			t.Fatalf("%s: %d revisions, problems %+v", what, doc.Organizations[0].Revisions, doc.Problems)
		}
		if n := strings.Count(stderr, "the access token has expired"); n != 1 {
			t.Errorf("%s: said %d times:\n%s", what, n, stderr)
		}
		given := regexp.MustCompile(`^the server answered 401 .*the token comes from APIGEE_AUDIT_TOKEN: .*what they issue or refresh was not seen$`)
		if p := doc.Problems[0]; !given.MatchString(p.Error) || p.Organization != org {
			t.Errorf("%s: %+v", what, p)
		}
		var raw struct{ Problems []map[string]any }
		if err := json.Unmarshal([]byte(stdout), &raw); err != nil {
			t.Fatal(err)
		}
		if first := raw.Problems[0]["subjects"].([]any)[0].(map[string]any); first["name"] == "" || first["kind"] != "apis" || first["revision"] == "" || first["environment"] == "" {
			t.Errorf("%s: %v", what, first)
		}
	}
	status, stdout, stderr := call(t.Context(), append(scan, "--org", org, "--format", "json"), environ)
	check("live", stdout, stderr, status)

	file := filepath.Join(t.TempDir(), "snapshot.zip")
	status, _, stderr = call(t.Context(), append([]string{"pull", "-o", file, "--org", org}, scan[1:]...), environ)
	if status != exitFailed || strings.Count(stderr, "the access token has expired") != 1 {
		t.Errorf("pull: status %d, stderr:\n%s", status, stderr)
	}
	status, stdout, stderr = call(t.Context(), []string{"scan", file, "--format", "json"}, nil)
	check("snapshot", stdout, stderr, status)

	status, stdout, _ = call(t.Context(), []string{"scan", file}, nil)
	if status != exitFailed || strings.Count(stdout, "the access token has expired") != 1 || !strings.Contains(stdout, "42 revisions (") {
		t.Errorf("table: status %d\n%s", status, stdout)
	}
}
