//go:build unix

package disk_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/inventory"
)

// link makes symbolic links, name → target.
func link(t *testing.T, links map[string]string) {
	t.Helper()
	for name, target := range links {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, name); err != nil {
			t.Fatal(err)
		}
	}
}

func pipe(t *testing.T, name string) {
	t.Helper()
	if err := syscall.Mkfifo(name, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestLinksAreFollowedInsideTheGivenPath(t *testing.T) {
	const files = "login.xml Issue.xml clean.js"
	part := func(dir string) map[string]string {
		return map[string]string{dir + "apiproxy/p.xml": "<APIProxy name='part'/>", dir + "apiproxy/proxies/default.xml": "<ProxyEndpoint/>"}
	}
	common := map[string]string{"given/common/policies/Shared.xml": "<A name='Shared'/>", "given/common/scripts/s.js": ""}
	tests := map[string]struct {
		files map[string]string
		links map[string]string
		want  []string
	}{
		"the path itself": {proxy("given/a/", "login"), nil, []string{"proxy login at link/a: " + files}},
		"a policy": {merge(proxy("given/a/", "login"), common), map[string]string{"given/a/apiproxy/policies/Shared.xml": "../../../common/policies/Shared.xml"},
			[]string{"proxy login at link/a: login.xml Issue.xml Shared.xml clean.js"}},
		"the policies": {merge(part("given/a/"), common), map[string]string{"given/a/apiproxy/policies": "../../common/policies"},
			[]string{"proxy part at link/a: p.xml Shared.xml default.xml"}},
		"scripts, through another link": {merge(part("given/a/"), common), map[string]string{"given/a/apiproxy/resources/jsc": "../../../js", "given/js": "common/scripts"},
			[]string{"proxy part at link/a: p.xml default.xml s.js"}},
		"scripts in a circle": {part("given/a/"), map[string]string{"given/a/apiproxy/resources/jsc": ".."},
			[]string{"proxy part at link/a: p.xml default.xml"}},
		"a root folder that is there already": {proxy("given/b/", "login"), map[string]string{"given/a/apiproxy": "../b/apiproxy"}, []string{"proxy login at link/b: " + files}},
		"a root folder elsewhere":             {map[string]string{"given/x/a.xml": "<APIProxy name='a'/>", "given/x/resources/jsc/a.js": ""}, map[string]string{"given/b/apiproxy": "ABSOLUTE/given/x"}, []string{"proxy a at link/b: a.xml a.js"}},
		"a folder that is there already":      {proxy("given/b/", "login"), map[string]string{"given/a": "b"}, []string{"proxy login at link/b: " + files}},
		"a zip that is there already":         {map[string]string{"given/z/login_rev4.zip": zipped(t, proxy("", "login"))}, map[string]string{"given/latest.zip": "z/login_rev4.zip"}, []string{"proxy login revision 4 at link/z/login_rev4.zip: " + files}},
		"a zip by another name":               {map[string]string{"given/blob": zipped(t, proxy("", "login"))}, map[string]string{"given/login.zip": "blob"}, []string{"proxy login at link/login.zip: " + files}},
		"a folder that is skipped":            {proxy("given/node_modules/x/", "login"), map[string]string{"given/a": "node_modules/x"}, []string{"proxy login at link/a: " + files}},
		"circles":                             {proxy("given/a/", "login"), map[string]string{"given/self": ".", "given/a/up": "..", "given/a/apiproxy/up": "../..", "given/same": "same"}, []string{"proxy login at link/a: " + files}},
		"an absolute one":                     {proxy("given/b/", "login"), map[string]string{"given/a": "ABSOLUTE/given/b"}, []string{"proxy login at link/b: " + files}},
		"out, under a name that is skipped":   {proxy("given/a/", "login"), map[string]string{"given/node_modules": "/"}, []string{"proxy login at link/a: " + files}},
		"nowhere, and nothing like a bundle":  {proxy("given/a/", "login"), map[string]string{"given/.#lock": "user@host.123"}, []string{"proxy login at link/a: " + files}},
		"out, and nothing like a bundle":      {merge(proxy("given/a/", "login"), map[string]string{"readme.md": ""}), map[string]string{"given/readme.md": "../readme.md"}, []string{"proxy login at link/a: " + files}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tree(t, tt.files)
			here, err := filepath.EvalSymlinks(".")
			if err == nil {
				here, err = filepath.Abs(here)
			}
			if err != nil {
				t.Fatal(err)
			}
			for name, target := range tt.links {
				tt.links[name] = strings.ReplaceAll(target, "ABSOLUTE", here)
			}
			link(t, merge(tt.links, map[string]string{"link": "given"}))
			got, problems := look(t, "link")
			for i := range got {
				got[i] += bundleProblems(t, i, "link")
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("bundles (-want +got):\n%s", diff)
			}
			if len(problems) > 0 {
				t.Errorf("problems: %q", problems)
			}
		})
	}
}

func TestLinksThatLeadOutAreNamed(t *testing.T) {
	tests := map[string]struct {
		links map[string]string
		paths []string
		want  []string // in the problems
	}{
		"a folder":                     {map[string]string{"given/out": "../outside"}, []string{"given"}, []string{"given/out is a symbolic link that leads out"}},
		"the folder above":             {map[string]string{"given/up": ".."}, []string{"given"}, []string{"given/up is a symbolic link that leads out"}},
		"a zip":                        {map[string]string{"given/out.zip": "../outside/x.zip"}, []string{"given"}, []string{"given/out.zip is a symbolic link that leads out"}},
		"a root folder":                {map[string]string{"given/c/apiproxy": "../../outside/apiproxy"}, []string{"given"}, []string{"given/c/apiproxy is a symbolic link that leads out"}},
		"a zip to nowhere":             {map[string]string{"given/gone.zip": "gone"}, []string{"given"}, []string{"given/gone.zip is a symbolic link that leads nowhere: no such file"}},
		"a zip to itself":              {map[string]string{"given/same.zip": "same.zip"}, []string{"given"}, []string{"given/same.zip is a symbolic link that leads nowhere: EvalSymlinks: too many links"}},
		"a path that is given as well": {map[string]string{"given/out": "../outside", "given/x.zip": "../outside/x.zip"}, []string{"given", "outside"}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tree(t, merge(proxy("given/a/", "login"), proxy("outside/", "secret"), map[string]string{"outside/x.zip": zipped(t, proxy("", "zipped"))}))
			link(t, tt.links)
			bundles, problems := look(t, tt.paths...)
			if want := []int{1, 3}[len(tt.paths)-1]; len(bundles) != want {
				t.Errorf("bundles: %q, want %d", bundles, want)
			}
			if len(problems) != len(tt.want) {
				t.Fatalf("problems: %q, want %d", problems, len(tt.want))
			}
			for i, want := range tt.want {
				if !strings.Contains(problems[i], want) {
					t.Errorf("problem %q, want %q in it", problems[i], want)
				}
			}
		})
	}
}

func TestWhatIsNoFileIsNamedAndNotOpened(t *testing.T) {
	tree(t, merge(proxy("a/", "login"), map[string]string{"outside.xml": "<A name='Secret'/>", "a/apiproxy/proxies/default.xml": "<ProxyEndpoint/>"}))
	link(t, map[string]string{
		"a/apiproxy/policies/Out.xml": "../../../outside.xml", "a/apiproxy/policies/Gone.xml": "gone", "a/apiproxy/targets": "../../..",
		"a/apiproxy/policies/Device.xml": "/dev/zero", "a/device.zip": "/dev/zero", "a/linked.zip": "pipe.zip",
		"a/sub/snapshot.json": "/dev/zero",
	})
	pipe(t, "a/pipe.zip")
	pipe(t, "a/apiproxy/policies/Pipe.xml")
	pipe(t, "a/apiproxy/Pipe.xml")
	pipe(t, "a/snapshot.json")
	bundles, problems := look(t, "a")
	if want := []string{"proxy login at a: login.xml Issue.xml default.xml clean.js"}; !slices.Equal(bundles, want) {
		t.Errorf("bundles: %q, want %q", bundles, want)
	}
	const special = " is a named pipe, not a file, and is not opened"
	want := []string{"a/device.zip is a symbolic link that leads out", "a may be a snapshot", "a/linked.zip" + special, "a/pipe.zip" + special, "a/sub/snapshot.json is a symbolic link that leads out"}
	if !slices.EqualFunc(problems, want, strings.HasPrefix) {
		t.Errorf("problems: %q, want %q", problems, want)
	}
	const out = "is a symbolic link that leads out of the path that was given"
	in := bundleProblems(t, 0, "a")
	for _, want := range []string{
		"policies/Out.xml: " + out, "policies/Device.xml: " + out, "targets: " + out, "policies/Gone.xml: is a symbolic link to something that does not exist",
		"policies/Pipe.xml: is a named pipe, not a file", "apiproxy/Pipe.xml: is a named pipe, not a file",
	} {
		if !strings.Contains(in, want) {
			t.Errorf("the bundle's problems are %q, want %q in them", in, want)
		}
	}
	for _, path := range []string{"a/pipe.zip", "/dev/zero"} {
		if _, problems := look(t, path); len(problems) != 1 || !strings.Contains(problems[0], "neither a folder nor a regular file") {
			t.Errorf("%s: problems %q", path, problems)
		}
	}
}

// TestLinkedCopiesAreOneBundle reads one bundle through two paths that are given.
func TestLinkedCopiesAreOneBundle(t *testing.T) {
	tree(t, proxy("a/", "login"))
	link(t, map[string]string{"b": "a"})
	s := open(t, "a", "b")
	inv, err := inventory.Collect(t.Context(), s, inventory.CollectOptions{}, func(apigee.Revision, *bundle.Archive) {})
	if err != nil || len(inv.Deployments) != 1 || len(inv.Copies)+len(inv.Notices) > 0 {
		t.Errorf("%v, %+v", err, inv)
	}
}
