package snapshot

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/inventory"
)

// live is a source of made-up bundles; the test only needs them to be the same bytes again.
type live map[apigee.Revision]string

func (l live) Organization(context.Context) (*apigee.Organization, error) {
	return &apigee.Organization{Name: "acme", Platform: apigee.PlatformEdge, Environments: []string{"prod"}, Endpoint: "https://api.enterprise.apigee.com"}, nil
}

func (l live) Deployments(context.Context) (inventory.Listing, error) {
	var all []apigee.Deployment
	for r := range l {
		all = append(all, apigee.Deployment{Environment: "prod", Revision: r})
	}
	return inventory.Listing{Deployments: all}, nil
}

func (l live) FlowHooks(_ context.Context, env string) ([]apigee.FlowHook, error) {
	return []apigee.FlowHook{{Environment: env, Point: apigee.PreProxyFlowHook, SharedFlow: "guard"}}, nil
}

func (l live) Bundle(_ context.Context, r apigee.Revision) (*bundle.Archive, error) {
	a := bundle.Downloaded(packed(l[r]), time.Time{})
	return a, a.Open(bundle.DefaultLimits())
}

// packed is the zip of a bundle with one policy.
func packed(content string) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create("apiproxy/policies/A.xml")
	if err == nil {
		_, err = f.Write([]byte(content))
	}
	if err := errors.Join(err, w.Close()); err != nil {
		panic(err) // nothing is written but memory
	}
	return b.Bytes()
}

func proxy(name, number string) apigee.Revision {
	return apigee.Revision{Kind: apigee.KindProxy, Name: name, Number: number}
}

// pull writes a snapshot of the source and opens it.
func pull(t *testing.T, path, name string, src inventory.Source) *Snapshot {
	t.Helper()
	w, err := Create(path, Tool{"test", "1"}, nil, time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	r := w.Record(name, src, time.Unix(0, 0))
	inv, err := inventory.Collect(t.Context(), r, inventory.CollectOptions{Concurrency: 4}, func(apigee.Revision, *bundle.Archive) {})
	r.Done(End{Inventory: inv, Failure: err, Explain: error.Error, At: time.Unix(1, 0)})
	complete, err := w.Commit(time.Unix(1, 0))
	if err != nil || !complete {
		t.Fatalf("complete %v, %v", complete, err)
	}
	s, err := Open(path, bundle.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestSnapshotGivesBackWhatWasPulled(t *testing.T) {
	src := live{proxy("Login", "12"): "PK1", proxy("login", "12"): "PK2", proxy("a b.c", "3"): "PK3",
		{Kind: apigee.KindSharedFlow, Name: "guard", Number: "1"}: "PK4"}
	for _, path := range []string{"s", "s.zip", "S.ZIP"} {
		path = filepath.Join(t.TempDir(), path)
		s := pull(t, path, "example.com:acme", src)
		if !IsSnapshot(path) || len(s.Organizations()) != 1 {
			t.Fatalf("%s: a snapshot %v, %d organizations", path, IsSnapshot(path), len(s.Organizations()))
		}
		p := s.Organizations()[0]
		org, err := p.Organization(t.Context())
		if err != nil || org.Name != "example.com:acme" || org.Offline || org.Platform != apigee.PlatformEdge || org.Endpoint != "https://api.enterprise.apigee.com" || !slices.Equal(org.Environments, []string{"prod"}) {
			t.Errorf("organization %+v, %v", org, err)
		}
		for r, want := range src {
			if got, err := p.Bundle(t.Context(), r); err != nil || !bytes.Equal(got.Zip, packed(want)) || len(got.Files) != 1 {
				t.Errorf("%s: %+v, %v; want %q", r, got, err, want)
			}
		}
		hooks, err := p.FlowHooks(t.Context(), "prod")
		if err != nil || len(hooks) != 1 || hooks[0].SharedFlow != "guard" {
			t.Errorf("hooks %v, %v", hooks, err)
		}
		if listing, err := p.Deployments(t.Context()); len(listing.Deployments) != len(src) || len(listing.Problems) > 0 || err != nil {
			t.Errorf("%+v, %v", listing, err)
		}
	}
}

func TestSnapshotIsPrivateAndAlone(t *testing.T) {
	for _, path := range []string{"s", "s.zip"} {
		dir := t.TempDir()
		path = filepath.Join(dir, path)
		pull(t, path, "acme", live{proxy("p", "1"): "PK"})
		err := filepath.WalkDir(path, func(name string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := e.Info()
			if err == nil && info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s has mode %v", name, info.Mode())
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
		if _, err := Create(path, Tool{}, nil, time.Now()); !errors.Is(err, fs.ErrExist) {
			t.Errorf("a second pull to the same place: %v", err)
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
			t.Errorf("beside the snapshot lies more: %v, %v", entries, err)
		}
	}
}

func TestCommitNeverReplaces(t *testing.T) {
	for _, name := range []string{"s", "s.zip"} {
		dir := t.TempDir()
		path := filepath.Join(dir, name)
		w, err := Create(path, Tool{}, nil, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil { // comes up while the pull runs
			t.Fatal(err)
		}
		if _, err := w.Commit(time.Now()); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s: %v", name, err)
		}
		if data, _ := os.ReadFile(path); string(data) != "mine" {
			t.Errorf("%s was replaced by %q", name, data)
		}
		if entries, _ := os.ReadDir(dir); len(entries) != 1 {
			t.Errorf("%s: left over: %v", name, entries)
		}
	}
}

func TestHostileManifests(t *testing.T) {
	digest := strings.Repeat("0", 64)
	revision := func(fields string) string {
		return `{"snapshotVersion":1,"organizations":[{"name":"a","platform":"x","revisions":[` + fields + `]}]}`
	}
	for name, tt := range map[string]struct{ manifest, want string }{
		"up":           {revision(`{"kind":"apis","name":"p","revision":"1","file":"../secret","sha256":"` + digest + `"}`), "not a path inside"},
		"absolute":     {revision(`{"kind":"apis","name":"p","revision":"1","file":"/etc/passwd","sha256":"` + digest + `"}`), "not a path inside"},
		"backslash":    {revision(`{"kind":"apis","name":"p","revision":"1","file":"a\\..\\b","sha256":"` + digest + `"}`), "not a path inside"},
		"no digest":    {revision(`{"kind":"apis","name":"p","revision":"1","file":"a.zip"}`), "not a SHA-256"},
		"kind":         {revision(`{"kind":"keys","name":"p","revision":"1","error":"x"}`), "unknown kind"},
		"twice":        {revision(`{"kind":"apis","name":"p","revision":"1","error":"x"},{"kind":"apis","name":"p","revision":"1","error":"y"}`), "is listed twice"},
		"organization": {`{"snapshotVersion":1,"organizations":[{"name":"a/b","platform":"x"}]}`, "not a valid organization name"},
		"repeated":     {`{"snapshotVersion":1,"organizations":[{"name":"a","platform":"x"},{"name":"a","platform":"x"}]}`, "twice"},
		"platform":     {`{"snapshotVersion":1,"organizations":[{"name":"a","platform":"vax"}]}`, "unknown platform"},
		"deployment":   {`{"snapshotVersion":1,"organizations":[{"name":"a","platform":"x","deployments":[{"kind":"keys"}]}]}`, "unknown kind"},
		"proxy":        {revision(`{"kind":"apis","name":"../../p","revision":"1","error":"x"}`), "those are not valid names"},
		"number":       {revision(`{"kind":"apis","name":"p","revision":"../1","error":"x"}`), "those are not valid names"},
		"deployed":     {`{"snapshotVersion":1,"organizations":[{"name":"a","platform":"x","deployments":[{"kind":"apis","name":"p/q","environment":"e","revision":"1"}]}]}`, "those are not valid names"},
		"environment":  {`{"snapshotVersion":1,"organizations":[{"name":"a","platform":"x","deployments":[{"kind":"apis","name":"p","environment":"..","revision":"1"}]}]}`, "those are not valid names"},
		"hook":         {`{"snapshotVersion":1,"organizations":[{"name":"a","platform":"x","flowHooks":[{"environment":"e","sharedFlow":"/x"}]}]}`, "those are not valid names"},
		"nothing":      {`{"snapshotVersion":1,"organizations":[]}`, "no organization"},
		"shard":        {`{"snapshotVersion":1,"shard":{"index":5,"of":4}}`, "no shard 5 of 4"},
		"version":      {`{"snapshotVersion":3}`, "version 3"},
		"not JSON":     {`{"snapshotVersion":1`, "damaged"},
		// Three bytes an entry, and hundreds once decoded.
		"organizations of nothing": {`{"snapshotVersion":1,"organizations":[` + strings.Repeat("{},", 400_000) + `{}]}`, "400001 entries"},
		"deployments of nothing":   {`{"snapshotVersion":1,"organizations":[{"name":"a","deployments":[` + strings.Repeat("{},", 400_000) + `{}]}]}`, "400003 objects"},
		"environments of nothing":  {`{"snapshotVersion":1,"organizations":[{"name":"a","environments":[` + strings.Repeat(`"",`, 4_000_000) + `""]}]}`, "values, more than"},
		"bytes of nothing":         {`{"snapshotVersion":1` + strings.Repeat(" ", 64<<20) + `}`, "larger than 64 MB"},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, ManifestName), []byte(tt.manifest), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(dir, bundle.DefaultLimits())
		if err == nil {
			_ = s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

// TestAZipOfSeveralSnapshotsIsNone: none of them is passed over.
func TestAZipOfSeveralSnapshotsIsNone(t *testing.T) {
	const manifest = `{"snapshotVersion":1,"organizations":[{"name":"a","platform":"x"}]}`
	for name, tt := range map[string]struct {
		files []string
		want  string
	}{
		"one":              {[]string{"snapshot.json"}, ""},
		"one below":        {[]string{"x/snapshot.json", "y/other.json"}, ""},
		"one above others": {[]string{"snapshot.json", "x/snapshot.json"}, ""},
		"two":              {[]string{"snapshot.json", "snapshot.json"}, "more than one snapshot.json"},
		"two below":        {[]string{"x/snapshot.json", "y/snapshot.json"}, "more than one snapshot.json"},
		"one outside":      {[]string{"../snapshot.json"}, "file does not exist"},
	} {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, file := range tt.files {
			w, err := z.Create(file)
			if err == nil {
				_, err = io.WriteString(w, manifest)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(t.TempDir(), "s.zip")
		if err := errors.Join(z.Close(), os.WriteFile(path, b.Bytes(), 0o600)); err != nil {
			t.Fatal(err)
		}
		if IsSnapshot(path) != (name != "one outside") {
			t.Errorf("%s: a snapshot is %v", name, IsSnapshot(path))
		}
		s, err := Open(path, bundle.DefaultLimits())
		if err == nil {
			_ = s.Close() // only read from
		}
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

func TestHostileFiles(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "secret.zip")
	if err := os.WriteFile(outside, []byte("PK"), 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "s")
	r := proxy("p", "1")
	p := pull(t, path, "acme", live{r: "PK"}).Organizations()[0]
	file := filepath.Join(path, "acme", "apis", "p", "1.zip")
	for name, put := range map[string]func() error{
		"changed":      func() error { return os.WriteFile(file, []byte("PX"), 0o600) },
		"too large":    func() error { return os.WriteFile(file, bytes.Repeat([]byte("x"), 16<<20), 0o600) },
		"missing":      func() error { return nil },
		"a folder":     func() error { return os.Mkdir(file, 0o700) },
		"a link out":   func() error { return os.Symlink(outside, file) },
		"a link to it": func() error { return os.Symlink("1.zip", file) },
	} {
		if err := errors.Join(os.RemoveAll(file), put()); err != nil {
			t.Fatal(err)
		}
		if a, err := p.Bundle(t.Context(), r); err == nil {
			t.Errorf("%s: read as %d bytes", name, len(a.Zip))
		} else if strings.Contains(err.Error(), outside) {
			t.Errorf("%s: the error names a place outside: %v", name, err)
		}
	}
}

func TestPlace(t *testing.T) {
	for _, tt := range []struct {
		organization, name, number, want string
	}{
		{"acme", "login", "12", "acme/apis/login/12.zip"},
		{"example.com:acme", "a b", "1", "example.com%3Aacme/apis/a b/1.zip"},
		{"acme", "..", "1", ""}, {"..", "p", "1", ""}, {"acme", "a/b", "1", ""}, {"acme", `a\b`, "1", ""}, {"acme", "p", "../1", ""}, {"acme", "", "1", ""},
		{"acme", "p\x00", "1", ""}, {"acme", strings.Repeat("x", 256), "1", ""},
	} {
		got, err := place(tt.organization, proxy(tt.name, tt.number))
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%q %q %q: %q, %v", tt.organization, tt.name, tt.number, got, err)
		}
	}
}

// givingUp is a source that gives up.
type givingUp struct{ live }

func (g givingUp) FlowHooks(context.Context, string) ([]apigee.FlowHook, error) {
	return nil, &inventory.GaveUpError{After: 35, Err: errors.New("read flow hook x of environment prod: no answer")}
}

func (g givingUp) Bundle(_ context.Context, r apigee.Revision) (*bundle.Archive, error) {
	return nil, &inventory.GaveUpError{After: 36, Err: errors.New("download " + r.String() + ": no answer")}
}

// TestWhatWasGivenUpIsRemembered: a scan of the snapshot says the same as one of the organization.
func TestWhatWasGivenUpIsRemembered(t *testing.T) {
	src := givingUp{live{}}
	for i := range 20 {
		src.live[proxy("p", strconv.Itoa(i+1))] = ""
	}
	collect := func(s inventory.Source) []apigee.Problem {
		inv, err := inventory.Collect(t.Context(), s, inventory.CollectOptions{Concurrency: 4}, func(apigee.Revision, *bundle.Archive) {})
		if err != nil {
			t.Fatal(err)
		}
		return inv.Problems
	}
	path := filepath.Join(t.TempDir(), "s")
	w, err := Create(path, Tool{"test", "1"}, nil, time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	r := w.Record("acme", src, time.Unix(0, 0))
	want := collect(r)
	r.Done(End{Inventory: &inventory.Inventory{Deployments: r.listing.Deployments}, Explain: error.Error, At: time.Unix(1, 0)})
	if complete, err := w.Commit(time.Unix(1, 0)); complete || err != nil {
		t.Fatalf("complete %v, %v", complete, err)
	}
	s, err := Open(path, bundle.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	got := collect(s.Organizations()[0])
	if diff := cmp.Diff(want, got); diff != "" || len(got) != 2 || len(got[0].Subjects) != 20 || !strings.Contains(got[0].Error, "no answer; gave up after 36 failed requests") {
		t.Errorf("(-live +snapshot):\n%s\n%+v", diff, got)
	}
}
