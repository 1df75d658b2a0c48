package cli

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"apigee-audit/apigee/simulator"
)

// TestAnExpiredTokenIsSaidOnce: not for each of the revisions and environments that it keeps from being read, of which each
// is counted all the same, live and in a snapshot, but once for what it means that the ones and the others are missing.
func TestAnExpiredTokenIsSaidOnce(t *testing.T) {
	org, scan, environ := simulate(t, simulator.Options{Faults: []simulator.Fault{
		{Match: "*format=bundle", Status: 401}, {Match: "*/flowhooks/*", Status: 401},
	}})
	// So few at once that something is still unread when it is certain that the fault lasts, and is given up.
	scan = append(scan, "--concurrency", "4")
	// said is how often a text says that the token has expired.
	said := func(text string) int { return strings.Count(text, "the access token has expired") }
	check := func(what, stdout, stderr string, status int) {
		t.Helper()
		doc := document(t, stdout)
		if status != exitFailed || doc.Complete || len(doc.Organizations) != 1 || doc.Organizations[0].Audited != 0 {
			t.Fatalf("%s: status %d, complete %v, %+v", what, status, doc.Complete, doc.Organizations)
		}
		if len(doc.Problems) != 2 || doc.Summary.Problems != 2 || doc.Problems[0].Count() != doc.Organizations[0].Revisions || doc.Problems[1].Count() != 6 {
			t.Fatalf("%s: %d revisions, problems %+v", what, doc.Organizations[0].Revisions, doc.Problems)
		}
		if n := said(stderr); n != 2 {
			t.Errorf("%s: said %d times:\n%s", what, n, stderr)
		}
		for i, missing := range []string{"what they issue or refresh was not seen", "a refresh flow that a hook adds to every proxy in one of them was not seen"} {
			given := regexp.MustCompile(`^the server answered 401 .*the token comes from APIGEE_AUDIT_TOKEN: .*; ` + missing + `$`)
			if p := doc.Problems[i]; !given.MatchString(p.Error) || p.Organization != org {
				t.Errorf("%s: %+v", what, p)
			}
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
	if status != exitFailed || said(stderr) != 2 {
		t.Errorf("pull: status %d, stderr:\n%s", status, stderr)
	}
	status, stdout, stderr = call(t.Context(), []string{"scan", file, "--format", "json"}, nil)
	check("snapshot", stdout, stderr, status)

	status, stdout, _ = call(t.Context(), []string{"scan", file}, nil)
	if status != exitFailed || said(stdout) != 2 || !strings.Contains(stdout, "42 revisions (") || !strings.Contains(stdout, "6 environments (") {
		t.Errorf("table: status %d\n%s", status, stdout)
	}
}
