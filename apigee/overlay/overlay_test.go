package overlay

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/inventory"
)

var a0 = time.Date(2026, 11, 20, 6, 30, 0, 0, time.UTC)

// fixed is a source of fixed answers that counts what it is asked.
type fixed struct {
	listing inventory.Listing
	zip     []byte

	mu    sync.Mutex
	asked map[string]int
}

func (f *fixed) count(what string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked[what]++
}

func (f *fixed) Organization(context.Context) (*apigee.Organization, error) {
	f.count("organization")
	return &apigee.Organization{Name: "acme", Environments: []string{"prod", "test"}}, nil
}

func (f *fixed) Deployments(context.Context) (inventory.Listing, error) {
	f.count("deployments")
	return f.listing, nil
}

func (f *fixed) FlowHooks(_ context.Context, env string) ([]apigee.FlowHook, error) {
	f.count("hooks " + env)
	if env == "test" {
		return nil, errors.New("refused")
	}
	return []apigee.FlowHook{{Environment: env, Point: apigee.PreProxyFlowHook, SharedFlow: "guard"}}, nil
}

func (f *fixed) Bundle(_ context.Context, r apigee.Revision) (*bundle.Archive, error) {
	f.count(r.String())
	if r.Name == "gone" {
		return nil, inventory.ErrNotFound
	}
	a := bundle.Downloaded(f.zip, a0)
	return a, a.Open(bundle.DefaultLimits())
}

func packed(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, data := range files {
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write([]byte(data))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func deployed(env string, kind apigee.Kind, name, number string) apigee.Deployment {
	return apigee.Deployment{Environment: env, Revision: apigee.Revision{Kind: kind, Name: name, Number: number}}
}

func newFixed(t *testing.T) *fixed {
	return &fixed{asked: map[string]int{}, zip: packed(t, map[string]string{"apiproxy/login.xml": `<APIProxy name="login"/>`}), listing: inventory.Listing{Deployments: []apigee.Deployment{
		deployed("prod", apigee.KindProxy, "login", "7"), deployed("test", apigee.KindProxy, "login", "8"),
		deployed("prod", apigee.KindProxy, "guard", "1"), deployed("prod", apigee.KindSharedFlow, "guard", "2"),
	}}}
}

// proxyAt writes a proxy's folder.
func proxyAt(t *testing.T, dir, name string) {
	t.Helper()
	root := filepath.Join(dir, "apiproxy")
	if err := os.MkdirAll(root, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, name+".xml"), []byte(`<APIProxy name="`+name+`"/>`), 0o600); err != nil {
		t.Fatal(err)
	}
}

func listed(t *testing.T, s inventory.Source) []string {
	t.Helper()
	l, err := s.Deployments(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, d := range l.Deployments {
		all = append(all, d.Environment+" "+string(d.Kind)+"/"+d.Name+" "+d.Number+d.Root)
	}
	slices.Sort(all)
	return all
}

func TestChanges(t *testing.T) {
	t.Chdir(t.TempDir())
	proxyAt(t, "login_rev9", "login")
	proxyAt(t, "more/pay", "pay")
	before := []string{"prod apis/guard 1", "prod apis/login 7", "prod sharedflows/guard 2", "test apis/login 8"}
	replaced := func(changes ...string) []string {
		out := slices.Clone(before)
		for i := 0; i < len(changes); i += 2 {
			out = slices.DeleteFunc(out, func(s string) bool { return s == changes[i] })
			if changes[i+1] != "" {
				out = append(out, changes[i+1])
			}
		}
		slices.Sort(out)
		return out
	}
	for name, tt := range map[string]struct {
		with, without, hook string
		want                []string
		mistake             string
	}{
		"wherever it is":       {with: "login_rev9", want: replaced("prod apis/login 7", "prod apis/login login_rev9", "test apis/login 8", "test apis/login login_rev9")},
		"in one environment":   {with: "prod=login_rev9", want: replaced("prod apis/login 7", "prod apis/login login_rev9")},
		"new":                  {with: "test,prod=more", want: replaced("", "prod apis/pay more/pay", "", "test apis/pay more/pay")},
		"new without a place":  {with: "more", mistake: "proxy pay is deployed nowhere in organization acme"},
		"unknown environment":  {with: "dev=more", mistake: `has no environment "dev"; there are prod and test`},
		"the proxy":            {without: "guard=prod", want: replaced("prod apis/guard 1", "")},
		"the shared flow":      {without: "sharedflows/guard=prod", want: replaced("prod sharedflows/guard 2", "")},
		"several environments": {without: "login=prod,test", want: replaced("prod apis/login 7", "", "test apis/login 8", "")},
		"not there":            {without: "guard=test", mistake: "it is not deployed in test, only in prod"},
		"nowhere":              {without: "x=test", mistake: "nothing of that name is deployed in test; there are login"},
		"detached":             {hook: "prod/PreProxyFlowHook=", want: before},
		"nothing to detach":    {hook: "prod/PostProxyFlowHook=", mistake: "detaches what is not there"},
		"nobody can tell":      {hook: "test/PostProxyFlowHook=", want: before},
		"no such shared flow":  {hook: "prod/PostProxyFlowHook=login", mistake: "has a shared flow of that name"},
		"no such environment":  {hook: "dev/PostProxyFlowHook=guard", mistake: `has no environment "dev"`},
	} {
		var c Change
		if w, err := ParseWith(tt.with); tt.with != "" {
			c.With = append(c.With, w)
			if err != nil {
				t.Fatal(err)
			}
		}
		if w, err := ParseWithout(tt.without); tt.without != "" {
			c.Without = append(c.Without, w)
			if err != nil {
				t.Fatal(err)
			}
		}
		if h, err := ParseHook(tt.hook); tt.hook != "" {
			c.Hooks = append(c.Hooks, h)
			if err != nil {
				t.Fatal(err)
			}
		}
		s, err := New(t.Context(), newFixed(t), c, bundle.DefaultLimits())
		if tt.mistake != "" {
			if m := (*Mistake)(nil); !errors.As(err, &m) || !strings.Contains(err.Error(), tt.mistake) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := listed(t, s); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
		s.Close()
	}
}

func TestHooks(t *testing.T) {
	s, err := New(t.Context(), newFixed(t), Change{Hooks: []Hook{
		{Environment: "prod", Point: apigee.PreProxyFlowHook}, {Environment: "prod", Point: apigee.PostProxyFlowHook, SharedFlow: "guard"},
		{Environment: "test", Point: apigee.PostProxyFlowHook, SharedFlow: "guard"},
	}}, bundle.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	hooks, err := s.FlowHooks(t.Context(), "prod")
	if err != nil || len(hooks) != 1 || hooks[0].Point != apigee.PostProxyFlowHook {
		t.Error(hooks, err)
	}
	if hooks, err = s.FlowHooks(t.Context(), "test"); err == nil || len(hooks) != 1 { // the others of it are not known
		t.Error(hooks, err)
	}
}

// What could not be listed may be deployed, so that nobody is told otherwise.
func TestPartialListing(t *testing.T) {
	f := newFixed(t)
	f.listing.Problems = []apigee.Problem{{Environment: "test", Operation: "list deployments", Error: "refused"}}
	s, err := New(t.Context(), f, Change{Without: []Without{{Name: "x", Environments: []string{"test"}}}}, bundle.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
}

// Hostile candidates are problems, as hostile downloads are.
func TestHostileCandidates(t *testing.T) {
	t.Chdir(t.TempDir())
	limits := bundle.DefaultLimits()
	limits.Compressed, limits.Entries, limits.File = 10_000, 20, 1_000
	many := map[string]string{}
	for i := range 30 {
		many["apiproxy/policies/"+strings.Repeat("p", i+1)+".xml"] = "<A/>"
	}
	for name, data := range map[string][]byte{
		"no.zip":    []byte("PK no zip"),
		"large.zip": bytes.Repeat([]byte("PK"), 10_000),
		"many.zip":  packed(t, many),
		"climb.zip": packed(t, map[string]string{"../apiproxy/proxies/a.xml": "<ProxyEndpoint/>"}),
		"bomb.zip":  packed(t, map[string]string{"apiproxy/bomb.xml": `<APIProxy name="bomb"/>`, "apiproxy/policies/b.xml": strings.Repeat(" ", 100_000)}),
	} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := New(t.Context(), newFixed(t), Change{With: []With{{Path: name, Environments: []string{"prod"}}}}, limits)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var ofFiles atomic.Bool // bundles arrive side by side
		inv, err := inventory.Collect(t.Context(), s, inventory.CollectOptions{}, func(r apigee.Revision, a *bundle.Archive) {
			if b := bundle.Parse(r, a, limits); len(b.Problems) > 0 {
				ofFiles.Store(true)
			}
		})
		if err != nil || !ofFiles.Load() && len(inv.Problems) == 0 {
			t.Errorf("%s: %v, no problem", name, err)
		}
		for _, p := range inv.Problems {
			if p.Organization != "" || p.Environment == "local" {
				t.Errorf("%s: a problem of the organization %q, environment %q", name, p.Organization, p.Environment)
			}
		}
		s.Close()
	}
}

func TestOnceAsksOnce(t *testing.T) {
	f := newFixed(t)
	o := NewOnce(f, nil, false, bundle.DefaultLimits())
	defer o.Close()
	var digests []string
	for range 3 {
		s := o.Source()
		_, _ = s.Organization(t.Context())
		_, _ = s.Deployments(t.Context())
		for _, env := range []string{"prod", "test"} {
			if _, err := s.FlowHooks(t.Context(), env); (err != nil) != (env == "test") {
				t.Error(env, err)
			}
		}
		a, err := s.Bundle(t.Context(), f.listing.Deployments[0].Revision)
		if err != nil {
			t.Fatal(err)
		}
		if len(a.Files) != 1 || !a.FetchedAt.Equal(a0) {
			t.Errorf("%+v", a)
		}
		digests = append(digests, a.SHA256)
		if _, err := s.Bundle(t.Context(), apigee.Revision{Kind: apigee.KindProxy, Name: "gone", Number: "1"}); !errors.Is(err, inventory.ErrNotFound) {
			t.Error(err)
		}
	}
	for what, n := range f.asked {
		if n != 1 {
			t.Errorf("%s was asked for %d times", what, n)
		}
	}
	if len(slices.Compact(digests)) != 1 || o.Evidence() != nil {
		t.Error(digests)
	}
	s := o.Source() // who lists twice, as after a revision is gone, gets an answer of that time
	_, _ = s.Deployments(t.Context())
	_, _ = s.Deployments(t.Context())
	if f.asked["deployments"] != 2 {
		t.Error(f.asked)
	}
}

// TestOnceKeepsNothingBehind looks for temporary files, and changes one.
func TestOnceKeepsNothingBehind(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir)
	o := NewOnce(newFixed(t), nil, false, bundle.DefaultLimits())
	r := apigee.Revision{Kind: apigee.KindProxy, Name: "login", Number: "7"}
	if _, err := o.Source().Bundle(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if _, err := o.spool.file.WriteAt([]byte("x"), 3); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Source().Bundle(t.Context(), r); err == nil || !strings.Contains(err.Error(), "the file was changed") {
		t.Error(err)
	}
	if err := o.Close(); err != nil {
		t.Error(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Error(left, err)
	}
	if _, err := o.Source().Bundle(t.Context(), r); err == nil {
		t.Error("a bundle is read from what is closed")
	}
}

// Where nothing can be kept, bundles are downloaded again.
func TestOnceWithoutRoom(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "nowhere"))
	t.Setenv("TMP", filepath.Join(t.TempDir(), "nowhere"))
	f := newFixed(t)
	o := NewOnce(f, nil, false, bundle.DefaultLimits())
	defer o.Close()
	for range 2 {
		if _, err := o.Source().Bundle(t.Context(), f.listing.Deployments[0].Revision); err != nil {
			t.Fatal(err)
		}
	}
	if o.Unkept() == nil || f.asked["proxy login revision 7"] != 2 {
		t.Error(o.Unkept(), f.asked)
	}
}

func TestParse(t *testing.T) {
	for in, want := range map[string]With{
		"./login":           {Path: "./login"},
		"prod=./login":      {Path: "./login", Environments: []string{"prod"}},
		"test,prod=a=b":     {Path: "a=b", Environments: []string{"prod", "test"}},
		"./a=b":             {Path: "./a=b"},
		`C:\proxies\login`:  {Path: `C:\proxies\login`},
		"prod,prod=x,y.zip": {Path: "x,y.zip", Environments: []string{"prod"}},
	} {
		if got, err := ParseWith(in); err != nil || got.Path != want.Path || !slices.Equal(got.Environments, want.Environments) {
			t.Errorf("%s: %+v %v", in, got, err)
		}
	}
	for _, in := range []string{"", "prod="} {
		if _, err := ParseWith(in); err == nil {
			t.Errorf("--with %q passes", in)
		}
	}
	for _, in := range []string{"", "a", "a=", "=prod", "flows/a=prod", "a=prod,", "apis/=prod"} {
		if _, err := ParseWithout(in); err == nil {
			t.Errorf("--without %q passes", in)
		}
	}
	for _, in := range []string{"", "prod", "prod/PreProxyFlowHook", "/PreProxyFlowHook=a", "prod/preproxyflowhook=a"} {
		if _, err := ParseHook(in); err == nil {
			t.Errorf("--hook %q passes", in)
		}
	}
}
