package snapshot_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
	"apigee-audit/apigee/snapshot"
)

// proxy and flow are the files of minimal bundles, name → content.
func proxy(dir, name string) map[string]string {
	return map[string]string{
		dir + "apiproxy/" + name + ".xml":       `<APIProxy revision="7" name="` + name + `"/>`,
		dir + "apiproxy/policies/Issue.xml":     `<OAuthV2 name="Issue"/>`,
		dir + "apiproxy/resources/jsc/clean.js": `// nothing`,
	}
}

func flow(dir, name string) map[string]string {
	return map[string]string{dir + "sharedflowbundle/" + name + ".xml": `<SharedFlowBundle name="` + name + `"/>`}
}

func merge(sets ...map[string]string) map[string]string {
	all := map[string]string{}
	for _, set := range sets {
		for k, v := range set {
			all[k] = v
		}
	}
	return all
}

func zipped(t *testing.T, files map[string]string) string {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for name, content := range files {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

// tree makes the files in a new working directory, so that paths can be given relative as people do.
func tree(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, content := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// look opens the paths and renders each bundle as "proxy login at repo/login: 3 files", each problem as its text.
func look(t *testing.T, paths ...string) (bundles, problems []string) {
	t.Helper()
	s, err := snapshot.Open(paths, apigee.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	list, found, err := s.Deployments(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		a, err := s.Bundle(t.Context(), d.Revision)
		if err != nil {
			bundles = append(bundles, d.Revision.String()+": "+err.Error())
			continue
		}
		if len(a.SHA256) != 64 {
			t.Errorf("%s has no digest", d.Revision)
		}
		names := make([]string, len(a.Files))
		for i, f := range a.Files {
			names[i] = filepath.Base(f.Name)
		}
		bundles = append(bundles, d.Revision.String()+" at "+a.Root+": "+strings.Join(names, " "))
	}
	for _, p := range found {
		problems = append(problems, p.Error)
	}
	return bundles, problems
}

func TestOpenFinds(t *testing.T) {
	const files = "login.xml Issue.xml clean.js"
	tests := map[string]struct {
		files map[string]string
		paths []string
		want  []string
	}{
		"bundle folder":            {proxy("repo/x/", "login"), []string{"repo/x"}, []string{"proxy login at repo/x: " + files}},
		"apiproxy itself":          {proxy("repo/x/", "login"), []string{"repo/x/apiproxy/"}, []string{"proxy login at repo/x: " + files}},
		"apiproxy at the top":      {proxy("", "login"), []string{"apiproxy"}, []string{"proxy login at .: " + files}},
		"here":                     {proxy("", "login"), []string{"."}, []string{"proxy login at .: " + files}},
		"zip":                      {map[string]string{"l.zip": zipped(t, proxy("", "login"))}, []string{"l.zip"}, []string{"proxy login at l.zip: " + files}},
		"zip one folder down":      {map[string]string{"l.zip": zipped(t, proxy("v1/", "login"))}, []string{"l.zip"}, []string{"proxy login at l.zip/v1: " + files}},
		"name from the folder":     {map[string]string{"pay/apiproxy/policies/A.xml": "<A/>"}, []string{"."}, []string{"proxy pay at pay: A.xml"}},
		"name from the zip":        {map[string]string{"pay.zip": zipped(t, map[string]string{"apiproxy/policies/A.xml": "<A/>"})}, []string{"."}, []string{"proxy pay at pay.zip: A.xml"}},
		"a hostile name":           {map[string]string{"pay/apiproxy/p.xml": "<APIProxy name='\u202egnp'/>"}, []string{"."}, []string{"proxy pay at pay: p.xml"}},
		"skipped folders":          {merge(proxy("a/", "login"), proxy(".git/a/", "old"), proxy("node_modules/b/", "dep")), []string{"."}, []string{"proxy login at a: " + files}},
		"overlapping paths":        {proxy("a/", "login"), []string{"a", ".", "a/apiproxy"}, []string{"proxy login at a: " + files}},
		"a folder called apiproxy": {proxy("apiproxy/x/", "login"), []string{"."}, []string{"proxy login at apiproxy/x: " + files}},
		"both kinds in one folder": {merge(proxy("a/", "login"), flow("a/", "common")), []string{"."}, []string{
			"proxy login at a: login.xml Issue.xml clean.js common.xml", "shared flow common at a: login.xml Issue.xml clean.js common.xml",
		}},
		"the same bundle twice": {merge(proxy("a/", "login"), proxy("target/a/", "login")), []string{"."}, []string{
			"proxy login at a: " + files, "proxy login revision 2 at target/a: " + files,
		}},
		"zips in a zip": {map[string]string{"all.zip": zipped(t, map[string]string{
			"apis/login.zip": zipped(t, proxy("", "login")), "apis/readme.txt": "",
		})}, []string{"all.zip"}, []string{"proxy login at all.zip/apis/login.zip: " + files}},
		"folders in a zip": {map[string]string{"all.zip": zipped(t, merge(proxy("p/a/", "login"), flow("s/b/", "common")))}, []string{"."}, []string{
			"proxy login at all.zip/p/a: " + files, "shared flow common at all.zip/s/b: common.xml",
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tree(t, tt.files)
			got, problems := look(t, tt.paths...)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("bundles (-want +got):\n%s", diff)
			}
			if len(problems) > 0 {
				t.Errorf("problems: %q", problems)
			}
		})
	}
}

func TestOpenProblems(t *testing.T) {
	tests := map[string]struct {
		files   map[string]string
		path    string
		bundles int
		want    string // in the only problem
	}{
		"empty folder":      {map[string]string{"a/readme.md": "x"}, "a", 0, "a holds no apiproxy/"},
		"zip of nothing":    {map[string]string{"a.zip": zipped(t, map[string]string{"x.txt": ""})}, "a.zip", 0, "a.zip holds no apiproxy/"},
		"no zip":            {map[string]string{"a.txt": "hello"}, "a.txt", 0, "a.txt: not a readable zip"},
		"the rest goes on":  {merge(proxy("b/", "login"), map[string]string{"a.zip": "PK\x03\x04 cut off"}), ".", 1, "a.zip: not a readable zip"},
		"corrupt inner zip": {map[string]string{"o.zip": zipped(t, map[string]string{"i.zip": "x"})}, "o.zip", 0, "o.zip/i.zip: not a readable zip"},
		"empty apiproxy":    {map[string]string{"a/apiproxy/readme.md": "x"}, "a", 0, "a holds no apiproxy/"},
		"too deep":          {merge(proxy("b/", "login"), proxy(strings.Repeat("d/", 40), "deep")), ".", 1, "more than 32 folders deep"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tree(t, tt.files)
			bundles, problems := look(t, tt.path)
			if len(bundles) != tt.bundles {
				t.Errorf("bundles: %q, want %d", bundles, tt.bundles)
			}
			if len(problems) != 1 || !strings.Contains(problems[0], tt.want) {
				t.Errorf("problems: %q, want one with %q", problems, tt.want)
			}
		})
	}
}

func TestOpenMissingPath(t *testing.T) {
	tree(t, proxy("a/", "login"))
	if _, err := snapshot.Open([]string{"a", "b"}, apigee.DefaultLimits()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error is %v, want not exist", err)
	}
}

func TestOpenFollowsNoLinksBelowThePaths(t *testing.T) {
	tree(t, merge(proxy("outside/", "secret"), proxy("given/a/", "login")))
	if err := os.Symlink("../outside", "given/out"); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	if err := os.Symlink("..", "given/loop"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("given", "link"); err != nil {
		t.Fatal(err)
	}
	want := []string{"proxy login at link/a: login.xml Issue.xml clean.js"}
	if got, _ := look(t, "link"); !cmp.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

func TestTooLargeZipIsAProblemOfItsBundle(t *testing.T) {
	tree(t, map[string]string{"l.zip": zipped(t, proxy("", "login"))})
	l := apigee.DefaultLimits()
	l.Compressed = 100
	s, err := snapshot.Open([]string{"l.zip"}, l)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = s.Bundle(t.Context(), apigee.Revision{Kind: apigee.KindProxy, Name: "login"}); err == nil || !strings.Contains(err.Error(), "l.zip: the zip is larger") {
		t.Errorf("error is %v", err)
	}
}

func TestCopiesAreNoticed(t *testing.T) {
	tree(t, merge(proxy("a/", "login"), proxy("target/", "login")))
	s, err := snapshot.Open([]string{"."}, apigee.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	if n := s.Notices(); len(n) != 1 || !strings.Contains(n[0].Error, "target is a further bundle of this name beside a") {
		t.Errorf("notices: %+v", n)
	}
}
