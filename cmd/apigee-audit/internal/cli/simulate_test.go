package cli

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/simulator"
	"apigee-audit/apigee/snapshot"
)

// served is what the simulator makes of a snapshot, and where it answers.
func served(t *testing.T, path string) (address string, orgs []string, flags []string) {
	t.Helper()
	a := newApp(nil, streams{in: strings.NewReader(""), out: &bytes.Buffer{}, err: &bytes.Buffer{}})
	what, err := a.simulated(t.Context(), []string{path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(what.stop)
	server := simulator.New(what.organizations, simulator.Options{Token: "t"})
	if what.platform == apigee.PlatformEdge {
		server, flags = simulator.NewEdge(what.organizations, simulator.Options{Token: "t"}), []string{"--platform", "edge"}
	}
	address, stop, err := server.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	flags = append(flags, "--endpoint", address, "--rate", "60000", "--no-cache", "-q")
	for _, o := range what.organizations {
		orgs, flags = append(orgs, o.Name), append(flags, "--org", o.Name)
	}
	return address, orgs, flags
}

// contents are the files of a folder, without the times in the manifest.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	times := regexp.MustCompile(`"(started|finished)At": "[^"]*"`)
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		rel, _ := filepath.Rel(dir, name)
		files[filepath.ToSlash(rel)] = times.ReplaceAllString(string(data), "")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestSimulatedSnapshotsAreTheOrganization: a pull through the simulator gives the same snapshot byte for byte but for times, folder or
// zip, on X and Edge, and a scan the same report.
func TestSimulatedSnapshotsAreTheOrganization(t *testing.T) {
	environ := []string{"APIGEE_AUDIT_TOKEN=t"}
	for _, platform := range []string{"x", "edge"} {
		for _, end := range []string{"", ".zip"} {
			dir := t.TempDir()
			first, folder, second := filepath.Join(dir, "first"+end), filepath.Join(dir, "first"), filepath.Join(dir, "second")
			for _, path := range []string{first, folder} {
				if status, _, stderr := call(t.Context(), []string{"pull", "--demo", "--platform", platform, "-q", "-o", path}, environ); status != exitClean && !strings.Contains(stderr, "already exists") {
					t.Fatal(stderr)
				}
			}
			_, _, flags := served(t, first)
			if status, _, stderr := call(t.Context(), append([]string{"pull", "-o", second}, flags...), environ); status != exitClean {
				t.Fatalf("status %d, stderr:\n%s", status, stderr)
			}
			if diff := cmp.Diff(contents(t, folder), contents(t, second)); diff != "" {
				t.Errorf("%s%s (-pulled +pulled through the simulator):\n%s", platform, end, diff)
			}
			// The names of the flags differ, so compare what was found.
			report := func(args ...string) map[string]any {
				status, stdout, stderr := call(t.Context(), append([]string{"scan", "-q", "-f", "json", "--fail-on", "none"}, args...), environ)
				var doc map[string]any
				if err := json.Unmarshal([]byte(stdout), &doc); err != nil || status != exitClean {
					t.Fatalf("status %d, %v, stderr:\n%s", status, err, stderr)
				}
				delete(doc, "startedAt")
				delete(doc, "finishedAt")
				delete(doc["scope"].(map[string]any), "command")
				return doc
			}
			if diff := cmp.Diff(report(first), report(flags...)); diff != "" {
				t.Errorf("%s%s (-snapshot +simulator):\n%s", platform, end, diff)
			}
		}
	}
}

// TestSimulatedSnapshotsRefuseWhatTheyLack: what a snapshot does not hold is a problem of whoever asks, never nothing.
func TestSimulatedSnapshotsRefuseWhatTheyLack(t *testing.T) {
	o := drawn(1)
	url, stop, err := simulator.New([]*simulator.Organization{o}, simulator.Options{Token: "t", Faults: []simulator.Fault{
		{Match: "*/apis/account-token/*format=bundle", Status: 403}, {Match: "*/environments/dev/flowhooks/*", Status: 403},
	}}).Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	environ := []string{"APIGEE_AUDIT_TOKEN=t"}
	path := filepath.Join(t.TempDir(), "snap")
	if status, _, stderr := call(t.Context(), []string{"pull", "--org", o.Name, "--endpoint", url, "--rate", "60000", "--no-cache", "-q", "-o", path}, environ); status != exitFailed {
		t.Fatalf("status %d, stderr:\n%s", status, stderr)
	}
	_, _, flags := served(t, path)
	status, stdout, _ := call(t.Context(), append([]string{"scan", "-f", "json", "--fail-on", "none", "--reach", "--traffic", "30d"}, flags...), environ)
	var doc struct {
		Problems []apigee.Problem `json:"problems"`
	}
	if err := json.Unmarshal([]byte(stdout), &doc); err != nil || status != exitFailed {
		t.Fatalf("status %d, %v", status, err)
	}
	for _, operation := range []string{"download bundle", "flow hooks", "read analytics", "list the environment groups", "list the API products"} {
		found := false
		for _, p := range doc.Problems {
			found = found || strings.Contains(p.Operation, operation)
		}
		if !found {
			t.Errorf("no problem says %q: %+v", operation, doc.Problems)
		}
	}
}

// TestSimulateSnapshotsOfTwoPlatforms: the two have different APIs, so they are not served together.
func TestSimulateSnapshotsOfTwoPlatforms(t *testing.T) {
	dir := t.TempDir()
	var paths []string
	for name, platform := range map[string]apigee.Platform{"one": apigee.PlatformX, "two": apigee.PlatformEdge} {
		path := filepath.Join(dir, name)
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		manifest := `{"snapshotVersion":1,"complete":true,"organizations":[{"name":"` + name + `","platform":"` + string(platform) + `","complete":true,"environments":["prod"]}]}`
		if err := os.WriteFile(filepath.Join(path, snapshot.ManifestName), []byte(manifest), 0o600); err != nil {
			t.Fatal(err)
		}
		if s, err := snapshot.Open(path, bundle.DefaultLimits()); err != nil {
			t.Fatal(err)
		} else if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	if status, _, stderr := call(t.Context(), append([]string{"simulate"}, paths...), nil); status != exitUsage || !strings.Contains(stderr, "serve them separately") {
		t.Errorf("status %d, %s", status, stderr)
	}
}
