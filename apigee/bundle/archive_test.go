package bundle

import (
	"archive/zip"
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"apigee-audit/apigee"
)

// TestDigest reads the same bundle in every form that it may have.
func TestDigest(t *testing.T) {
	l := DefaultLimits()
	files := map[string]string{"login.xml": "<APIProxy name='login'/>", "policies/A.xml": "<A/>", "resources/jsc/a.js": "var a;", "resources/java/a.jar": "not read"}
	folder := func(prefix string, change ...string) fstest.MapFS {
		fsys := fstest.MapFS{}
		for name, text := range files {
			fsys[prefix+name] = &fstest.MapFile{Data: []byte(text)}
		}
		for i := 0; i < len(change); i += 2 {
			fsys[prefix+change[i]] = &fstest.MapFile{Data: []byte(change[i+1])}
		}
		return fsys
	}
	packed := func(prefix string) []byte {
		var entries []entry
		for _, name := range slices.Sorted(maps.Keys(files)) {
			entries = append(entries, entry{prefix + name, files[name]})
		}
		return zipOf(t, entries...)
	}
	sum := func(a *Archive, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		digest, ok := a.Digest(apigee.KindProxy)
		if ok != (len(a.Problems) == 0) {
			t.Errorf("digest %v with problems %v", ok, a.Problems)
		}
		return digest
	}
	want := sum(ReadDir(folder("apiproxy/"), proxyAt("."), l))
	part := func(data []byte, at Layout) (*Archive, error) {
		z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return nil, err
		}
		return ReadZipPart(z.File, at, l)
	}
	flat := Layout{Kind: apigee.KindProxy, Dir: "x", Base: ".", Description: "login.xml"}
	for name, got := range map[string]string{
		"a zip":                  sum(readZip(packed("apiproxy/"), l)),
		"a zip one folder down":  sum(ReadZipAs(packed("v1/apiproxy/"), proxyAt("v1"), l)),
		"one of a zip":           sum(part(packed("v1/apiproxy/"), proxyAt("v1"))),
		"another spelling":       sum(ReadDir(folder("APIProxy/"), Layout{Kind: apigee.KindProxy, Dir: "APIProxy", Base: "APIProxy"}, l)),
		"a flat folder":          sum(ReadDir(folder("x/", "pom.xml", "<project/>"), flat, l)),
		"a flat zip":             sum(ReadZipAs(packed("x/"), flat, l)),
		"what is not read":       sum(ReadDir(folder("apiproxy/", "resources/xsd/a.xsd", "<a/>"), proxyAt("."), l)),
		"the same, differently":  sum(ReadDir(folder("apiproxy/"), proxyAt("."), l)),
		"a zip with a byte more": sum(readZip(append(packed("apiproxy/"), 0), l)),
	} {
		if got != want {
			t.Errorf("%s: the digest is %q, want %q", name, got, want)
		}
	}
	small := l
	small.File = 3
	for name, got := range map[string]string{
		"another policy":         sum(ReadDir(folder("apiproxy/", "policies/A.xml", "<A />"), proxyAt("."), l)),
		"another script":         sum(ReadDir(folder("apiproxy/", "resources/jsc/a.js", "var b;"), proxyAt("."), l)),
		"one policy more":        sum(ReadDir(folder("apiproxy/", "policies/B.xml", "<B/>"), proxyAt("."), l)),
		"the border moved":       sum(ReadDir(folder("apiproxy/", "policies/A.xml", "", "policies/B.xml", "<A/>"), proxyAt("."), l)),
		"what could not be read": sum(ReadDir(folder("apiproxy/"), proxyAt("."), small)),
	} {
		if got == want {
			t.Errorf("%s: the digest is the same", name)
		}
	}
}

// TestDigestLeavesScriptsToBeRead reads a script twice, once for the digest.
func TestDigestLeavesScriptsToBeRead(t *testing.T) {
	l := DefaultLimits()
	l.Inflated = 150
	a, err := readZip(zipOf(t, entry{"apiproxy/resources/jsc/a.js", strings.Repeat("a", 100)}), l)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, ok := a.Digest(apigee.KindProxy); !ok {
			t.Fatal("no digest")
		}
	}
	if data, err := a.Files[0].Content(); len(data) != 100 || err != nil {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}
