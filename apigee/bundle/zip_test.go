package bundle

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"apigee-audit/apigee"
)

type entry struct{ name, data string }

func zipOf(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for _, e := range entries {
		f, err := w.Create(e.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(e.data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// readZip opens a zip as the management API sends it.
func readZip(data []byte, l Limits) (*Archive, error) {
	a := Downloaded(data, time.Time{})
	return a, a.Open(l)
}

func names(a *Archive) string {
	var out []string
	for _, f := range a.Files {
		out = append(out, f.Name)
	}
	return strings.Join(out, " ")
}

// readable are the names of the files whose content can be read, and why the others cannot be.
func readable(a *Archive) (names string, why []string) {
	var out []string
	for _, p := range a.Problems {
		why = append(why, p.Error)
	}
	for _, f := range a.Files {
		if _, err := f.Content(); err != nil {
			why = append(why, err.Error())
			continue
		}
		out = append(out, f.Name)
	}
	return strings.Join(out, " "), why
}

func TestReadZipTakesWhatTheAuditReads(t *testing.T) {
	a, err := readZip(zipOf(t,
		entry{"apiproxy/login.xml", "<APIProxy/>"}, entry{"apiproxy/policies/B.xml", "<B/>"}, entry{"apiproxy/policies/A.xml", "<A/>"},
		entry{"apiproxy/resources/jsc/a.js", "x"}, entry{"apiproxy/resources/java/big.jar", "x"}, entry{"apiproxy/resources/openapi/spec.yaml", "x"},
		entry{"__MACOSX/apiproxy/policies/._A.xml", "x"}, entry{"apiproxy/policies/", ""}, entry{"README.md", "x"},
	), DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	want := "apiproxy/login.xml apiproxy/policies/A.xml apiproxy/policies/B.xml apiproxy/resources/jsc/a.js"
	if got := names(a); got != want || len(a.Problems) != 0 || len(a.SHA256) != 64 {
		t.Errorf("files %q, want %q; problems %v; digest %q", got, want, a.Problems, a.SHA256)
	}
}

// TestFilesAreUnpackedWhenAskedFor: whoever only keeps a bundle pays for none of its files.
func TestFilesAreUnpackedWhenAskedFor(t *testing.T) {
	l := DefaultLimits()
	l.File, l.Inflated = 100, 150
	a, err := readZip(zipOf(t,
		entry{"apiproxy/policies/A.xml", "<A/>"}, entry{"apiproxy/resources/jsc/a.js", strings.Repeat("a", 90)},
		entry{"apiproxy/resources/jsc/b.js", strings.Repeat("b", 90)}, entry{"apiproxy/resources/py/large.py", strings.Repeat("c", 101)},
	), l)
	if err != nil || len(a.Problems) > 0 {
		t.Fatalf("error %v, problems %v", err, a.Problems)
	}
	content := func(name string) (string, error) {
		for i := range a.Files {
			if a.Files[i].Name == name {
				data, err := a.Files[i].Content()
				return string(data), err
			}
		}
		return "", errors.New("not listed")
	}
	if s, err := content("apiproxy/policies/A.xml"); s != "<A/>" || err != nil {
		t.Errorf("policy: %q, %v", s, err)
	}
	if _, err := content("apiproxy/resources/py/large.py"); err == nil {
		t.Error("a script above the limit was unpacked")
	}
	if s, err := content("apiproxy/resources/jsc/a.js"); s != strings.Repeat("a", 90) || err != nil {
		t.Errorf("first script: %q, %v", s, err)
	}
	if _, err := content("apiproxy/resources/jsc/b.js"); err == nil {
		t.Error("the second script is above what the bundle may hold, and was unpacked")
	}
}

func TestReadZipFindsTheBundleOneFolderDown(t *testing.T) {
	a, err := readZip(zipOf(t, entry{"login/sharedflowbundle/sharedflows/default.xml", "<SharedFlow/>"}), DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	if names(a) != "sharedflowbundle/sharedflows/default.xml" {
		t.Errorf("files %q", names(a))
	}
}

func TestReadZipRefusesTheBadEntryOnly(t *testing.T) {
	l := DefaultLimits()
	l.File = 100
	for name, tt := range map[string]struct {
		bad  entry
		want string
	}{
		"parent path":    {entry{"apiproxy/policies/../../../etc/x.xml", "<X/>"}, "outside the bundle"},
		"absolute path":  {entry{"/apiproxy/policies/x.xml", "<X/>"}, "outside the bundle"},
		"backslash":      {entry{`apiproxy\policies\x.xml`, "<X/>"}, `backslashes instead of slashes in 1 of its 2 names, such as "apiproxy\\policies\\x.xml"`},
		"drive letter":   {entry{`C:\apiproxy\x.xml`, "<X/>"}, "outside the bundle"},
		"NUL":            {entry{"apiproxy/policies/x\x00.xml", "<X/>"}, "outside the bundle"},
		"same name":      {entry{"apiproxy/policies/a.XML", "<X/>"}, "second file"},
		"too large":      {entry{"apiproxy/policies/x.xml", strings.Repeat("x", 101)}, "larger than"},
		"all too large":  {entry{"apiproxy/policies/x.xml", strings.Repeat("x", 99)}, "the bundle contains more than"},
		"not even small": {entry{"apiproxy/policies/x.xml", strings.Repeat("x", 1<<20)}, "larger than"},
	} {
		t.Run(name, func(t *testing.T) {
			l := l
			if name == "all too large" {
				l.Inflated = 150
			}
			a, err := readZip(zipOf(t, entry{"apiproxy/policies/A.xml", strings.Repeat("<A/>", 20)}, tt.bad), l)
			if err != nil {
				t.Fatal(err)
			}
			files, why := readable(a)
			if files != "apiproxy/policies/A.xml" {
				t.Errorf("files %q", files)
			}
			if len(why) != 1 || !strings.Contains(why[0], tt.want) {
				t.Errorf("problems %q, want one with %q", why, tt.want)
			}
			b := Parse(apigee.Revision{Kind: apigee.KindProxy, Name: "x", Number: "1"}, a, l)
			if i := slices.IndexFunc(b.Problems, func(p apigee.Problem) bool { return strings.Contains(p.Error, tt.want) }); i < 0 || b.Problems[i].Operation != "read bundle" {
				t.Errorf("problems of the bundle %v, want one with %q", b.Problems, tt.want)
			}
		})
	}
}

func TestReadZipRefusesWhatIsNoBundle(t *testing.T) {
	many := make([]entry, 11)
	for i := range many {
		many[i] = entry{name: fmt.Sprintf("apiproxy/policies/%d.xml", i)}
	}
	small := DefaultLimits()
	small.Entries = 10
	tiny := DefaultLimits()
	tiny.Compressed = 10
	good := zipOf(t, entry{"apiproxy/policies/A.xml", "<A/>"})
	for name, tt := range map[string]struct {
		data   []byte
		limits Limits
		want   string
	}{
		"HTML":          {[]byte("<html>sign in</html>"), DefaultLimits(), "not a readable zip"},
		"empty":         {nil, DefaultLimits(), "not a readable zip"},
		"truncated":     {good[:len(good)/2], DefaultLimits(), "not a readable zip"},
		"other zip":     {zipOf(t, entry{"x/y.txt", "y"}), DefaultLimits(), "no apiproxy/"},
		"many entries":  {zipOf(t, many...), small, "11 entries"},
		"large archive": {good, tiny, "larger than"},
	} {
		if _, err := readZip(tt.data, tt.limits); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, tt.want)
		}
	}
}

// TestReadZipDistrustsDeclaredSizes changes the size in the central directory, which a bomb would declare small.
func TestReadZipDistrustsDeclaredSizes(t *testing.T) {
	data := zipOf(t, entry{"apiproxy/policies/A.xml", strings.Repeat("<A/>", 5000)}, entry{"apiproxy/policies/B.xml", "<B/>"})
	central := bytes.Index(data, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(data[central+24:], 4)
	a, err := readZip(data, DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	if files, why := readable(a); files != "apiproxy/policies/B.xml" || len(why) != 1 {
		t.Errorf("files %q, problems %q", files, why)
	}
}

// proxyAt is the layout of a proxy in its proper root folder.
func proxyAt(dir string) Layout {
	return Layout{Kind: apigee.KindProxy, Dir: path.Join(dir, "apiproxy"), Base: "apiproxy"}
}

func TestReadDir(t *testing.T) {
	fsys := fstest.MapFS{
		"apiproxy/policies/A.xml": {Data: []byte("<A/>")}, "apiproxy/big.xml": {Data: make([]byte, 200)},
		"apiproxy/resources/java/x.jar": {Data: []byte("x")},
	}
	l := DefaultLimits()
	l.File = 100
	a, err := ReadDir(fsys, proxyAt("."), l)
	if err != nil {
		t.Fatal(err)
	}
	if names(a) != "apiproxy/policies/A.xml" || len(a.Problems) != 1 {
		t.Errorf("files %q, problems %v", names(a), a.Problems)
	}
	again, _ := ReadDir(fsys, proxyAt("."), l)
	fsys["apiproxy/policies/A.xml"].Data = []byte("<A />")
	changed, _ := ReadDir(fsys, proxyAt("."), l)
	if a.SHA256 != again.SHA256 || a.SHA256 == changed.SHA256 {
		t.Errorf("digests %s, %s, changed %s", a.SHA256, again.SHA256, changed.SHA256)
	}
	if _, err := ReadDir(fstest.MapFS{"x": {}}, proxyAt("."), l); err == nil {
		t.Error("no error for a folder that is not there")
	}
}

// FuzzZip feeds arbitrary bytes through the whole reading of a bundle.
func FuzzZip(f *testing.F) {
	f.Add(zipOf(f, entry{"apiproxy/policies/A.xml", "<OAuthV2 name='A'/>"}, entry{"apiproxy/proxies/default.xml", "<ProxyEndpoint/>"}))
	f.Add(zipOf(f, entry{"apiproxy/policies/..xml", "<OAuthV2/>"}, entry{"apiproxy/policies/../../A.xml", "<OAuthV2/>"}))
	f.Add([]byte("PK\x05\x06"))
	l := Limits{Compressed: 1 << 20, Inflated: 1 << 20, File: 1 << 18, Entries: 100, Depth: 32}
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := readZip(data, l)
		if err != nil {
			return
		}
		var total int64
		for _, file := range a.Files {
			data, _ := file.Content() // what cannot be read has none
			total += int64(len(data))
			sameAsArchiveZip(t, file, l.File)
			if int64(len(data)) > l.File || !fs.ValidPath(file.Name) {
				t.Fatalf("file %q of %d bytes", file.Name, len(data))
			}
		}
		if total > l.Inflated {
			t.Fatalf("%d bytes in all", total)
		}
		Parse(apigee.Revision{Kind: apigee.KindProxy, Name: "x", Number: "1"}, a, l)
	})
}

// sameAsArchiveZip holds the unpacking of a file against that of archive/zip alone.
func sameAsArchiveZip(t *testing.T, file File, limit int64) {
	t.Helper()
	want, wantErr := unpack(file.packed, limit)
	for _, buffer := range []*[]byte{nil, {}} {
		got, err := file.by.unpack(file.packed, limit, buffer)
		if !bytes.Equal(got, want) || fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Fatalf("%s: %q, error %v; archive/zip reads %q, error %v", file.Name, got, err, want, wantErr)
		}
	}
}
