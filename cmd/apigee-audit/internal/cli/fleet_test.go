package cli

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee/simulator"
	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/report"
)

// timeless is a JSON report without its times and the command that made it.
func timeless(text string) string {
	text = regexp.MustCompile(`,\s*"command": "[^"\n]*"`).ReplaceAllString(text, "")
	return regexp.MustCompile(`"(startedAt|finishedAt)": "[^"]*"`).ReplaceAllString(text, `"$1": ""`)
}

// document decodes a JSON report.
func document(t *testing.T, text string) *report.Document {
	t.Helper()
	d := &report.Document{}
	if err := json.Unmarshal([]byte(text), d); err != nil {
		t.Fatalf("%v in:\n%s", err, text)
	}
	return d
}

func TestScanOfASnapshotFindsWhatTheLiveScanDoes(t *testing.T) {
	for name, faults := range map[string][]simulator.Fault{
		"everything readable": nil,
		"bundles, hooks and lists refused": {
			{Match: "*/harbor-retail/apis/basket-login/*format=bundle", Status: 404},
			{Match: "*/harbor-retail/sharedflows/*format=bundle", Status: 200, Body: "PK but no zip"},
			{Match: "*/harbor-legacy/environments/legacy-prod/flowhooks/*", Status: 403},
			{Match: "*/harbor-partners/deployments?*haredFlows=true*", Status: 403},
			{Match: "*/harbor-partners/environments/*/deployments?*haredFlows=true*", Status: 403},
		},
		"an organization refused": {{Match: "*/organizations/harbor-legacy*", Status: 403}},
	} {
		t.Run(name, func(t *testing.T) {
			_, scan, environ := simulate(t, simulator.Options{Faults: faults})
			args := slices.Concat(scan, []string{"--all-orgs", "--format", "json"})
			wantStatus, want, _ := call(t.Context(), args, environ)
			if orgs := document(t, want).Organizations; len(orgs) != 3 {
				t.Fatalf("live: %d organizations", len(orgs))
			}
			for _, file := range []string{"snapshot", "snapshot.zip"} {
				file = filepath.Join(t.TempDir(), file)
				pull := append([]string{"pull", "-o", file, "--all-orgs"}, scan[1:]...)
				status, stdout, stderr := call(t.Context(), pull, environ)
				if wantPull := map[bool]int{true: exitClean, false: exitFailed}[faults == nil]; status != wantPull || stdout != "" {
					t.Fatalf("pull: status %d, stdout %q, stderr:\n%s", status, stdout, stderr)
				}
				status, got, _ := call(t.Context(), []string{"scan", file, "--format", "json"}, nil) // no credentials, no endpoint
				if diff := cmp.Diff(timeless(want), timeless(got)); diff != "" || status != wantStatus {
					t.Errorf("%s: status %d, live %d (-live +snapshot):\n%s", file, status, wantStatus, diff)
				}
			}
		})
	}
}

// TestPullOfABrokenZip: what cannot be read as a bundle is a problem of the pull whether or not there is a cache, is in no
// snapshot, and is the same problem in a scan of it.
func TestPullOfABrokenZip(t *testing.T) {
	_, scan, environ := simulate(t, simulator.Options{Faults: []simulator.Fault{
		{Match: "*/harbor-retail/apis/basket-login/*format=bundle", Status: 200, Body: "PK but no zip"},
	}})
	pull := func(cache ...string) (said, scanned string) {
		t.Helper()
		file := filepath.Join(t.TempDir(), "snapshot")
		args := slices.Concat([]string{"pull", "-o", file, "--org", "harbor-retail", "--quiet"}, scan[1:], cache)
		status, _, stderr := call(t.Context(), args, environ)
		if status != exitFailed || !strings.Contains(stderr, "read the bundle of proxy basket-login revision") || !strings.Contains(stderr, "not a readable zip") {
			t.Errorf("%q: status %d, stderr:\n%s", cache, status, stderr)
		}
		if kept, err := filepath.Glob(filepath.Join(file, "harbor-retail", "apis", "basket-login", "*")); err != nil || len(kept) > 0 {
			t.Errorf("%q: in the snapshot lie %q, %v", cache, kept, err)
		}
		status, scanned, _ = call(t.Context(), []string{"scan", file, "--format", "json"}, nil)
		if doc := document(t, scanned); status != exitFailed || len(doc.Problems) != 1 || !strings.Contains(doc.Problems[0].Error, "not a readable zip") {
			t.Errorf("%q: scan of the snapshot: status %d, problems %+v", cache, status, doc.Problems)
		}
		return strings.ReplaceAll(stderr, file, "snapshot"), timeless(scanned)
	}
	dir := t.TempDir()
	without, scannedWithout := pull("--no-cache=true")
	for _, state := range []string{"an empty", "a filled"} {
		with, scanned := pull("--no-cache=false", "--cache-dir", dir)
		if diff := cmp.Diff(without, with) + cmp.Diff(scannedWithout, scanned); diff != "" {
			t.Errorf("with %s cache (-without +with):\n%s", state, diff)
		}
	}
}

func TestSnapshotOfEdge(t *testing.T) {
	scan := []string{"scan", "--demo", "--platform", "edge", "--format", "json"}
	wantStatus, want, _ := call(t.Context(), scan, nil)
	file := filepath.Join(t.TempDir(), "edge.zip")
	if status, _, stderr := call(t.Context(), []string{"pull", "-o", file, "--demo", "--platform", "edge"}, nil); status != exitClean {
		t.Fatalf("pull: status %d, stderr:\n%s", status, stderr)
	}
	status, got, _ := call(t.Context(), []string{"scan", file, "--format", "json"}, nil) // the snapshot knows its platform
	if diff := cmp.Diff(timeless(want), timeless(got)); diff != "" || status != wantStatus {
		t.Errorf("status %d, live %d (-live +snapshot):\n%s", status, wantStatus, diff)
	}
	if status, _, stderr := call(t.Context(), []string{"scan", "--all-orgs", "--platform", "edge"}, nil); status != exitUsage || !strings.Contains(stderr, "name the organizations") {
		t.Errorf("all organizations of Edge: status %d, stderr:\n%s", status, stderr)
	}
}

func TestOneFailingAndOneSlowOrganizationHurtNobody(t *testing.T) {
	_, scan, environ := simulate(t, simulator.Options{Faults: []simulator.Fault{
		{Match: "*/organizations/harbor-legacy*", Status: 403},
		{Match: "*/organizations/harbor-partners*", Slow: time.Minute},
	}})
	status, stdout, stderr := call(t.Context(), append(scan, "--all-orgs", "--timeout", "6s", "--format", "json"), environ)
	doc := document(t, stdout)
	if status != exitFailed || doc.Complete || len(doc.Organizations) != 3 {
		t.Fatalf("status %d, complete %v, %d organizations, stderr:\n%s", status, doc.Complete, len(doc.Organizations), stderr)
	}
	for _, o := range doc.Organizations {
		if whole := o.Audited > 0 && o.Audited == o.Revisions; whole != (o.Name == "harbor-retail") {
			t.Errorf("%s: %d of %d revisions audited", o.Name, o.Audited, o.Revisions)
		}
	}
	for _, want := range []string{"organization harbor-legacy: ", "--timeout 6s was reached", "harbor-retail: 42 of 42 revisions"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("stderr lacks %q:\n%s", want, stderr)
		}
	}
	for line := range strings.Lines(stderr) {
		if strings.Count(line, "auditing ") > 1 {
			t.Errorf("two lines in one: %q", line)
		}
	}
}

func TestAllOrganizationsNeedsCredentialsThatSeeSome(t *testing.T) {
	url, stop, err := simulator.New(nil, simulator.Options{}).Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	environ := []string{config.EnvToken + "=test"}
	status, stdout, stderr := call(t.Context(), []string{"scan", "--all-orgs", "--endpoint", url}, environ)
	if status != exitFailed || stdout != "" || !strings.Contains(stderr, "no organization is visible") {
		t.Errorf("status %d, stdout %q, stderr:\n%s", status, stdout, stderr)
	}
}

func TestMergedSharesAreTheWholeReport(t *testing.T) {
	_, scan, environ := simulate(t, simulator.Options{})
	args := slices.Concat(scan, []string{"--all-orgs", "--format", "json"})
	_, whole, _ := call(t.Context(), args, environ)
	var files []string
	empty := 0
	for index := range 4 {
		task := []string{config.EnvTaskIndex + "=" + string(rune('0'+index)), config.EnvTaskCount + "=4"}
		status, stdout, stderr := call(t.Context(), args, slices.Concat(environ, task))
		d := document(t, stdout)
		if !d.Complete || d.Shard == nil || d.Shard.Index != index+1 || d.Shard.Of != 4 {
			t.Fatalf("task %d: complete %v, shard %v, stderr:\n%s", index, d.Complete, d.Shard, stderr)
		}
		if len(d.Organizations) == 0 {
			empty++
			if status != exitClean || !strings.Contains(stderr, "contains no organizations") {
				t.Errorf("empty share: status %d, stderr:\n%s", status, stderr)
			}
		}
		file := filepath.Join(t.TempDir(), "report.json")
		if err := os.WriteFile(file, []byte(stdout), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	if empty == 0 || empty == 4 {
		t.Fatalf("%d of 4 shares are empty; the test wants some", empty)
	}
	status, got, _ := call(t.Context(), append([]string{"merge", "--format", "json"}, files...), nil)
	if diff := cmp.Diff(timeless(whole), timeless(got)); diff != "" || status != exitFindings {
		t.Errorf("status %d (-whole +merged):\n%s", status, diff)
	}
	status, got, _ = call(t.Context(), append([]string{"merge", "--format", "json"}, files[1:]...), nil)
	if status != exitFailed || !strings.Contains(got, "shard 1/4 is missing") {
		t.Errorf("without the first share: status %d", status)
	}
}

func TestInterruptedPull(t *testing.T) {
	org, scan, environ := simulate(t, simulator.Options{Faults: []simulator.Fault{{Match: "*format=bundle", Slow: time.Minute}}})
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(300*time.Millisecond, cancel)
	file := filepath.Join(dir, "s.zip")
	status, _, stderr := call(ctx, append([]string{"pull", "-o", file, "--org", org}, scan[1:]...), environ)
	if status != exitInterrupted || !strings.Contains(stderr, "marked incomplete") {
		t.Fatalf("status %d, stderr:\n%s", status, stderr)
	}
	status, stdout, _ := call(t.Context(), []string{"scan", file, "--format", "json"}, nil)
	d := document(t, stdout)
	if status != exitFailed || d.Complete || len(d.Problems) == 0 || !strings.Contains(d.Problems[0].Error, "interrupted") {
		t.Errorf("scan of it: status %d, complete %v, problems %v", status, d.Complete, d.Problems)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("the folder holds %v, %v", left, err)
	}
}

func TestEveryOrganizationIsInOneShare(t *testing.T) {
	var all []target
	for _, name := range []string{"acme", "acme-prod", "acme-test", "example.com:acme", "b", "c", "d"} {
		all = append(all, target{name: name})
	}
	for of := 1; of < 9; of++ {
		var names []string
		for index := 1; index <= of; index++ {
			for _, mine := range pick(config.Shard{Index: index, Of: of}, slices.Clone(all)) {
				names = append(names, mine.name)
			}
		}
		slices.Sort(names)
		if want := []string{"acme", "acme-prod", "acme-test", "b", "c", "d", "example.com:acme"}; !slices.Equal(names, want) {
			t.Errorf("%d shares hold %v", of, names)
		}
	}
}
