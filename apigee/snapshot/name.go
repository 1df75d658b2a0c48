package snapshot

import (
	"io"
	"io/fs"
	"path"
	"strings"
	"unicode"

	"apigee-audit/apigee"
)

// maxRootFile bounds the root description, which is a few kilobytes in practice.
const maxRootFile = 1 << 20

// bundleName is what the bundle calls itself in its root file (apiproxy/NAME.xml), else the fallback. A root file that
// cannot be read is no problem here: reading the bundle will say so.
func bundleName(bundle fs.FS, root, fallback string, l apigee.Limits) string {
	entries, _ := fs.ReadDir(bundle, root)
	for _, e := range entries {
		if !e.Type().IsRegular() || !strings.EqualFold(path.Ext(e.Name()), ".xml") {
			continue
		}
		data, err := readSome(bundle, root+"/"+e.Name(), min(maxRootFile, l.File))
		if err != nil {
			continue
		}
		doc, err := apigee.ParseXML(e.Name(), data, l.Depth)
		if err != nil || (doc.Root.Name != "APIProxy" && doc.Root.Name != "SharedFlowBundle") {
			continue
		}
		if name, _ := doc.Root.Attr("name"); usable(name) {
			return strings.Clone(name)
		}
	}
	return fallback
}

// usable refuses names that no Apigee resource can have and that would only confuse a report.
func usable(name string) bool {
	return name != "" && len(name) <= 255 && !strings.ContainsFunc(name, func(r rune) bool {
		return !unicode.IsPrint(r) || r == '/' || r == '\\'
	})
}

func readSome(fsys fs.FS, name string, limit int64) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit))
}
