package disk_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/disk"
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

func zipped(t testing.TB, files map[string]string) string {
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

// open opens paths until the end of the test.
func open(t *testing.T, paths ...string) *disk.Source {
	t.Helper()
	s, err := disk.Open(t.Context(), paths, bundle.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// said are the texts of problems or notices.
func said(all []apigee.Problem) []string {
	var texts []string
	for _, p := range all {
		texts = append(texts, p.Error)
	}
	return texts
}

// noted opens the paths and renders the notices.
func noted(t *testing.T, paths ...string) []string {
	t.Helper()
	listing, err := open(t, paths...).Deployments(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return said(listing.Notices)
}

// look opens the paths and renders each bundle as "proxy login at repo/login: 3 files", each problem as its text.
func look(t *testing.T, paths ...string) (bundles, problems []string) {
	t.Helper()
	s := open(t, paths...)
	listing, err := s.Deployments(t.Context())
	list, found := listing.Deployments, listing.Problems
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
		bundles = append(bundles, d.Revision.String()+" at "+d.Root+": "+strings.Join(names, " "))
	}
	return bundles, said(found)
}

func TestOpenFinds(t *testing.T) {
	const files = "login.xml Issue.xml clean.js"
	// flat are the files of a bundle without a root folder around them.
	flat := func(dir string) map[string]string {
		return map[string]string{
			dir + "login.xml":             `<APIProxy name="login"/>`,
			dir + "pom.xml":               `<project><not closed`,
			dir + "policies/Issue.xml":    `<OAuthV2 name="Issue"/>`,
			dir + "proxies/default.xml":   "\ufeff<?xml version='1.0'?><ProxyEndpoint name='default'/>",
			dir + "proxies/README.md":     "",
			dir + "resources/jsc/a.js":    "",
			dir + "resources/java/a.jar":  "",
			dir + "resources/old/old.zip": "no zip",
		}
	}
	const flatFiles = "login.xml Issue.xml default.xml a.js"
	spelled := func(dir, root, name string) map[string]string {
		return map[string]string{dir + root + "/" + name + ".xml": `<APIProxy name="` + name + `"/>`, dir + root + "/Policies/A.xml": "<A/>"}
	}
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
		"zip two folders down":     {map[string]string{"l.zip": zipped(t, proxy("login-main/login/", "login"))}, []string{"l.zip"}, []string{"proxy login at l.zip/login-main/login: " + files}},
		"name from the folder":     {map[string]string{"pay/apiproxy/policies/A.xml": "<A/>"}, []string{"."}, []string{"proxy pay at pay: A.xml"}},
		"name from the zip":        {map[string]string{"pay.zip": zipped(t, map[string]string{"apiproxy/policies/A.xml": "<A/>"})}, []string{"."}, []string{"proxy pay at pay.zip: A.xml"}},
		"a hostile name":           {map[string]string{"pay/apiproxy/p.xml": "<APIProxy name='\u202egnp'/>"}, []string{"."}, []string{"proxy pay at pay: p.xml"}},
		"a name of the other kind": {map[string]string{"pay/apiproxy/p.xml": "<SharedFlowBundle name='flow'/>"}, []string{"."}, []string{"proxy pay at pay: p.xml"}},
		"skipped folders":          {merge(proxy("a/", "login"), proxy(".git/a/", "old"), proxy("node_modules/b/", "dep")), []string{"."}, []string{"proxy login at a: " + files}},
		"overlapping paths":        {proxy("a/", "login"), []string{"a", ".", "a/apiproxy"}, []string{"proxy login at a: " + files}},
		"a zip given twice":        {map[string]string{"l.zip": zipped(t, proxy("", "login"))}, []string{".", "l.zip"}, []string{"proxy login at l.zip: " + files}},
		"a folder called apiproxy": {proxy("apiproxy/x/", "login"), []string{"."}, []string{"proxy login at apiproxy/x: " + files}},
		"both kinds in one folder": {merge(proxy("a/", "login"), flow("a/", "common")), []string{"."}, []string{
			"proxy login at a: " + files, "shared flow common at a: common.xml",
		}},
		"a shared flow inside a proxy": {merge(proxy("a/", "login"), flow("a/apiproxy/", "common")), []string{"."}, []string{
			"proxy login at a: " + files, "shared flow common at a/apiproxy: common.xml",
		}},
		"a bundle inside a bundle of a zip": {map[string]string{"l.zip": zipped(t, merge(proxy("", "login"), proxy("apiproxy/", "inner")))}, []string{"."}, []string{
			"proxy login at l.zip: " + files, "proxy inner at l.zip/apiproxy: inner.xml Issue.xml clean.js",
		}},
		"the same name twice": {merge(proxy("a/", "login"), proxy("target/a/", "login")), []string{"."}, []string{
			"proxy login at a: " + files, "proxy login at target/a: " + files,
		}},
		"zips in a zip": {map[string]string{"all.zip": zipped(t, map[string]string{
			"apis/login.zip": zipped(t, proxy("", "login")), "apis/readme.txt": "",
		})}, []string{"all.zip"}, []string{"proxy login at all.zip/apis/login.zip: " + files}},
		"folders in a zip": {map[string]string{"all.zip": zipped(t, merge(proxy("p/a/", "login"), flow("s/b/", "common")))}, []string{"."}, []string{
			"proxy login at all.zip/p/a: " + files, "shared flow common at all.zip/s/b: common.xml",
		}},
		"many bundles in a zip in a zip": {map[string]string{"all.zip": zipped(t, map[string]string{
			"x.zip": zipped(t, merge(proxy("a/", "login"), proxy("ab/", "pay"))),
		})}, []string{"."}, []string{"proxy login at all.zip/x.zip/a: " + files, "proxy pay at all.zip/x.zip/ab: pay.xml Issue.xml clean.js"}},
		"flat":                     {flat("login/"), []string{"."}, []string{"proxy login at login: " + flatFiles}},
		"flat, given itself":       {flat("login/"), []string{"login"}, []string{"proxy login at login: " + flatFiles}},
		"flat beside a proper one": {merge(flat("a/"), proxy("b/", "pay")), []string{"."}, []string{"proxy login at a: " + flatFiles, "proxy pay at b: pay.xml Issue.xml clean.js"}},
		"flat around a proper one": {merge(flat("a/"), proxy("a/", "login")), []string{"a"}, []string{"proxy login at a/.: " + flatFiles, "proxy login at a: " + files}},
		"flat in a zip":            {map[string]string{"l.zip": zipped(t, flat(""))}, []string{"."}, []string{"proxy login at l.zip: " + flatFiles}},
		"flat deep in a zip":       {map[string]string{"l.zip": zipped(t, flat("l-main/l/"))}, []string{"."}, []string{"proxy login at l.zip/l-main/l: " + flatFiles}},
		"flat shared flow": {map[string]string{"guard/sharedflows/default.xml": "<SharedFlow name='default'/>", "guard/policies/A.xml": "<A/>"}, []string{"."}, []string{
			"shared flow guard at guard: A.xml default.xml",
		}},
		"flat with targets alone": {map[string]string{"t/targets/a.xml": "<TargetEndpoint/>"}, []string{"."}, []string{"proxy t at t: a.xml"}},
		"folders of projects": {merge(proxy("proxies/a/", "login"), flow("sharedflows/b/", "common"), map[string]string{"proxies/build.xml": "<project/>"}), []string{"."}, []string{
			"proxy login at proxies/a: " + files, "shared flow common at sharedflows/b: common.xml",
		}},
		"a project in a flat bundle": {merge(flat("a/"), proxy("a/proxies/x/", "pay")), []string{"."}, []string{
			"proxy login at a: " + flatFiles, "proxy pay at a/proxies/x: pay.xml Issue.xml clean.js",
		}},
		"other spellings": {merge(spelled("a/", "ApiProxy", "login"), spelled("b/", "APIPROXY", "pay"), map[string]string{"c/sharedFlowBundle/sharedflows/default.xml": "<SharedFlow/>"}),
			[]string{"."}, []string{"proxy login at a: A.xml login.xml", "proxy pay at b: A.xml pay.xml", "shared flow c at c: default.xml"}},
		"another spelling, given itself": {spelled("a/", "ApiProxy", "login"), []string{"a/ApiProxy"}, []string{"proxy login at a: A.xml login.xml"}},
		"another spelling in a zip":      {map[string]string{"l.zip": zipped(t, spelled("x/", "apiProxy", "login"))}, []string{"."}, []string{"proxy login at l.zip/x: A.xml login.xml"}},
		"a Java project of that name":    {merge(proxy("a/", "login"), map[string]string{"ApiProxy/pom.xml": "<project/>", "ApiProxy/src/a.java": ""}), []string{"."}, []string{"proxy login at a: " + files}},
		"exported revisions": {map[string]string{
			"login__3.zip": zipped(t, proxy("", "login")), "login_rev12_2026_01_02.zip": zipped(t, proxy("", "login")), "login.zip": zipped(t, proxy("", "login")),
		}, []string{"."}, []string{
			"proxy login at login.zip: " + files, "proxy login revision 12 at login_rev12_2026_01_02.zip: " + files, "proxy login revision 3 at login__3.zip: " + files,
		}},
		"the same revision of two organizations": {map[string]string{"a/login__3.zip": zipped(t, proxy("", "login")), "b/login__3.zip": zipped(t, proxy("", "login"))}, []string{"a", "b"}, []string{
			"proxy login revision 3 at a/login__3.zip: " + files, "proxy login revision 3 at b/login__3.zip: " + files,
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tree(t, tt.files)
			got, problems := look(t, tt.paths...)
			slices.Sort(got)
			slices.Sort(tt.want)
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
	windows := `apiproxy\policies\A.xml`
	tests := map[string]struct {
		files   map[string]string
		path    string
		bundles int
		want    string // in the only problem
	}{
		"empty folder":           {map[string]string{"a/readme.md": "x"}, "a", 0, "a contains no apiproxy/"},
		"zip of nothing":         {map[string]string{"a.zip": zipped(t, map[string]string{"x.txt": ""})}, "a.zip", 0, "a.zip contains no apiproxy/"},
		"no zip":                 {map[string]string{"a.txt": "hello"}, "a.txt", 0, "a.txt: not a readable zip"},
		"the rest goes on":       {merge(proxy("b/", "login"), map[string]string{"a.zip": "PK\x03\x04 cut off"}), ".", 1, "a.zip: not a readable zip"},
		"corrupt inner zip":      {map[string]string{"o.zip": zipped(t, map[string]string{"i.zip": "x"})}, "o.zip", 0, "o.zip/i.zip: not a readable zip"},
		"empty apiproxy":         {map[string]string{"a/apiproxy/readme.md": "x"}, "a", 0, "a contains no apiproxy/"},
		"too deep":               {merge(proxy("b/", "login"), proxy(strings.Repeat("d/", 40), "deep")), ".", 1, "more than 32 folders deep"},
		"no bytes":               {merge(proxy("b/", "login"), map[string]string{"a.zip": ""}), ".", 1, "a.zip: the zip is empty, as a failed export leaves it"},
		"no entries":             {merge(proxy("b/", "login"), map[string]string{"a.zip": zipped(t, nil)}), ".", 1, "a.zip: the zip is empty, as a failed export leaves it"},
		"no files":               {merge(proxy("b/", "login"), map[string]string{"a.zip": zipped(t, map[string]string{"apiproxy/": ""})}), ".", 1, "a.zip: the zip is empty"},
		"backslashes":            {map[string]string{"a.zip": zipped(t, map[string]string{windows: "<A/>", `apiproxy\a.xml`: "<A/>"})}, "a.zip", 0, "a.zip: the zip has backslashes instead of slashes in 2 of its 2 names"},
		"backslashes too":        {map[string]string{"a.zip": zipped(t, merge(proxy("", "login"), map[string]string{windows: "<A/>"}))}, ".", 1, "a.zip: the zip has backslashes instead of slashes in 1 of its 4 names"},
		"ways out":               {map[string]string{"a.zip": zipped(t, merge(proxy("", "login"), map[string]string{"../x.xml": "<A/>"}))}, ".", 1, `a.zip: the zip has names that could point outside the bundle, which are not read: 1 of 4, such as "../x.xml"`},
		"a snapshot in the tree": {merge(proxy("b/", "login"), map[string]string{"s/snapshot.json": `{"snapshotVersion": 1}`, "s/acme/apis/x/1.zip": ""}), ".", 1, "s is a snapshot"},
		"a snapshot in a zip":    {merge(proxy("b/", "login"), map[string]string{"s.zip": zipped(t, map[string]string{"x/snapshot.json": `{"snapshotVersion": 1}`})}), ".", 1, "s.zip/x is a snapshot"},
		"a manifest of nothing":  {merge(proxy("b/", "login"), map[string]string{"s/snapshot.json": " \n"}), ".", 1, "s may be a snapshot, so its bundles are not read as loose ones, but its snapshot.json is empty"},
		"zips in zips in zips":   {map[string]string{"1.zip": nested(t, 6)}, "1.zip", 0, "is nested in more than 3 zips"},
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
			if notices := noted(t, tt.path); len(notices) > 0 {
				t.Errorf("and notices: %q", notices)
			}
		})
	}
}

// nested is a zip in n zips.
func nested(t testing.TB, n int) string {
	inner := zipped(t, map[string]string{"readme.txt": ""})
	for range n {
		inner = zipped(t, map[string]string{"in.zip": inner})
	}
	return inner
}

func TestOpenNotices(t *testing.T) {
	endpoint := func(dir string) map[string]string {
		return map[string]string{dir + "/proxies/default.xml": "<ProxyEndpoint/>"}
	}
	policies := func(dir string) map[string]string { return map[string]string{dir + "/Policies/A.xml": "<A/>"} }
	other := map[string]string{"x.txt": ""}
	tests := map[string]struct {
		files map[string]string
		want  []string
	}{
		"as Apigee wants it":  {proxy("a/", "login"), nil},
		"flat":                {endpoint("a"), []string{"a is a bundle with a flat layout"}},
		"flat ones":           {merge(endpoint("a"), endpoint("b"), endpoint("c"), endpoint("d"), endpoint("e")), []string{"5 bundles have a flat layout"}},
		"spelled differently": {endpoint("a/APIproxy"), []string{"a/APIproxy is audited as the root folder of a bundle, but Apigee spells it"}},
		"policies alone":      {merge(proxy("a/", "login"), policies("common")), []string{"common/Policies is not audited: it contains policies"}},
		"policies by the way": {merge(proxy("a/", "login"), map[string]string{"policies/readme.md": ""}), nil},
		"other zips": {merge(proxy("a/", "login"), map[string]string{"x.zip": zipped(t, other), "y.zip": zipped(t, map[string]string{"z.zip": zipped(t, other)})}),
			[]string{"2 zips contain no bundle and are not audited: x.zip and y.zip/z.zip"}},
		"an empty zip in a zip": {merge(proxy("a/", "login"), map[string]string{"y.zip": zipped(t, map[string]string{"z.zip": ""})}), nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tree(t, tt.files)
			got := noted(t, ".")
			if len(got) != len(tt.want) {
				t.Fatalf("notices: %q, want %d", got, len(tt.want))
			}
			for i, want := range tt.want {
				if !strings.Contains(got[i], want) {
					t.Errorf("notice %q, want %q in it", got[i], want)
				}
			}
		})
	}
}

func TestOpenMissingPath(t *testing.T) {
	tree(t, proxy("a/", "login"))
	if _, err := disk.Open(t.Context(), []string{"a", "b"}, bundle.DefaultLimits()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error is %v, want not exist", err)
	}
}

func TestTooLargeZipIsAProblemOfItsBundle(t *testing.T) {
	tree(t, map[string]string{"l.zip": zipped(t, proxy("", "login"))})
	l := bundle.DefaultLimits()
	l.Compressed = 100
	s, err := disk.Open(t.Context(), []string{"l.zip"}, l)
	if err != nil {
		t.Fatal(err)
	}
	r := apigee.Revision{Kind: apigee.KindProxy, Name: "login", Root: "l.zip"}
	if _, err = s.Bundle(t.Context(), r); err == nil || !strings.Contains(err.Error(), "the zip is larger") {
		t.Errorf("error is %v", err)
	}
}

func TestTheSearchEndsWithItsContext(t *testing.T) {
	tree(t, merge(proxy("a/", "login"), map[string]string{"b/x.zip": zipped(t, proxy("", "pay"))}))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, paths := range [][]string{{"."}, {"a", "b"}, {"b/x.zip", "a"}} {
		s, err := disk.Open(ctx, paths, bundle.DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		listing, err := s.Deployments(t.Context())
		list, problems := listing.Deployments, listing.Problems
		want := paths[0] + " and everything after it was not looked at: context canceled"
		if err != nil || len(list) > 0 || len(problems) != 1 || problems[0].Error != want {
			t.Errorf("%q: %d bundles, problems %q, want %q; %v", paths, len(list), said(problems), want, err)
		}
	}
}

// TestLargeZipsStayOpen reads many bundles of one zip, and of a zip in it, which are not opened anew for each.
func TestLargeZipsStayOpen(t *testing.T) {
	bundles := func(prefix string, n int) map[string]string {
		files := map[string]string{}
		for i := range n {
			maps.Copy(files, proxy(fmt.Sprintf("%s%d/", prefix, i), fmt.Sprintf("%s%d", prefix, i)))
		}
		return files
	}
	files := bundles("a", 400)
	files["in.zip"] = zipped(t, bundles("b", 3))
	files["single.zip"] = zipped(t, proxy("", "c"))
	tree(t, map[string]string{"all.zip": zipped(t, files)})
	s := open(t, "all.zip")
	listing, err := s.Deployments(t.Context())
	list, problems := listing.Deployments, listing.Problems
	if err != nil || len(problems) > 0 || len(list) != 404 {
		t.Fatalf("%d bundles, problems %v, %v", len(list), problems, err)
	}
	for _, d := range list {
		a, err := s.Bundle(t.Context(), d.Revision)
		if err != nil || len(a.Files) != 3 || a.Files[0].Name != "apiproxy/"+d.Name+".xml" {
			t.Errorf("%s: %+v, %v", d.Root, a, err)
		}
	}
	s.Close()
	if a, err := s.Bundle(t.Context(), list[0].Revision); err == nil && len(a.Problems) != 3 {
		t.Errorf("a bundle could be read of what was closed: %+v", a)
	}
}

// TestOddEntriesOfZips has names that are there twice, and symbolic links, which lead nowhere in a zip.
func TestOddEntriesOfZips(t *testing.T) {
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for _, e := range []struct{ name, content string }{
		{"a/apiproxy/login.xml", `<APIProxy name="login"/>`}, {"a/apiproxy/login.xml", `<APIProxy name="twice"/>`},
		{"a/apiproxy/policies/@A.xml", "../B.xml"}, {"b/apiproxy/policies/B.xml", "<B/>"}, {"@x.zip", "y.zip"}, {"@c", "a"},
	} {
		h := &zip.FileHeader{Name: strings.Replace(e.name, "@", "", 1)}
		h.SetMode(0o644)
		if h.Name != e.name {
			h.SetMode(0o777 | fs.ModeSymlink)
		}
		f, err := w.CreateHeader(h)
		if err == nil {
			_, err = f.Write([]byte(e.content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	tree(t, map[string]string{"all.zip": buf.String()})
	bundles, problems := look(t, "all.zip")
	if want := []string{"proxy login at all.zip/a: login.xml", "proxy b at all.zip/b: B.xml"}; !slices.Equal(bundles, want) {
		t.Errorf("bundles %q, want %q", bundles, want)
	}
	if len(problems) != 1 || !strings.HasPrefix(problems[0], "all.zip/x.zip is a symbolic link, not a file") {
		t.Errorf("problems %q", problems)
	}
	in := bundleProblems(t, 0, "all.zip")
	for _, want := range []string{"apiproxy/login.xml: second file with this name", "apiproxy/policies/A.xml: cannot be read: it is a symbolic link, which leads nowhere in a zip"} {
		if !strings.Contains(in, want) {
			t.Errorf("the bundle's problems are %q, want %q in them", in, want)
		}
	}
}

// bundleProblems are the problems in the i-th bundle, "; file: error" each.
func bundleProblems(t *testing.T, i int, paths ...string) string {
	t.Helper()
	s := open(t, paths...)
	listing, err := s.Deployments(t.Context())
	list := listing.Deployments
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.Bundle(t.Context(), list[i].Revision)
	if err != nil {
		return ""
	}
	text := ""
	for _, p := range bundle.Parse(list[i].Revision, a, bundle.DefaultLimits()).Problems {
		text += "; " + p.File + ": " + p.Error
	}
	return text
}

func TestAProblemOfAPathGivenTwiceIsSaidOnce(t *testing.T) {
	tree(t, map[string]string{"a/broken.zip": "x", "a/empty.zip": ""})
	if _, problems := look(t, "a", "a/broken.zip", "."); len(problems) != 2 {
		t.Errorf("problems: %q", problems)
	}
}

func TestManyProblemsAreCounted(t *testing.T) {
	broken := map[string]string{}
	for i := range 1100 {
		broken[fmt.Sprintf("%d.zip", i)] = ""
	}
	tree(t, map[string]string{"all.zip": zipped(t, broken)})
	_, problems := look(t, "all.zip")
	if last := problems[len(problems)-1]; len(problems) != 1001 || !strings.HasPrefix(last, "100 more problems") {
		t.Errorf("%d problems, the last is %q", len(problems), last)
	}
}
