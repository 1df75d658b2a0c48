package disk

import (
	"cmp"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"unicode"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/xmltree"
	"apigee-audit/internal/files"
)

const (
	// maxRootFile bounds the root description, which is a few kilobytes in practice.
	maxRootFile = 1 << 20
	// maxRootFiles bounds the files that are looked into for it; a root folder holds one.
	maxRootFiles = 20
)

// description finds the file in which a bundle describes itself (apiproxy/NAME.xml) and the name it gives itself there,
// "" where there is none. A file that cannot be read is not a problem here: reading the bundle will say so.
func description(in fs.FS, at bundle.Layout, l bundle.Limits) (file, name string) {
	own := "APIProxy"
	if at.Kind == apigee.KindSharedFlow {
		own = "SharedFlowBundle"
	}
	entries, _ := fs.ReadDir(in, at.Dir)
	tried := 0
	for _, e := range entries {
		if !bundle.IsXML(e.Name()) || e.IsDir() {
			continue
		}
		if tried++; tried > maxRootFiles {
			break
		}
		data, err := files.ReadStart(in, path.Join(at.Dir, e.Name()), min(maxRootFile, l.File))
		if err != nil {
			continue
		}
		doc, err := xmltree.Parse(e.Name(), data, l.Depth)
		if err != nil || doc.Root.Name != own {
			continue
		}
		file = cmp.Or(file, e.Name())
		if text, _ := doc.Root.Attr("name"); usable(text) {
			return e.Name(), strings.Clone(text)
		}
	}
	return file, ""
}

// usable refuses names that no Apigee resource can have and that would only confuse a report.
func usable(name string) bool {
	return name != "" && len(name) <= 255 && !strings.ContainsFunc(name, func(r rune) bool {
		return !unicode.IsPrint(r) || r == '/' || r == '\\'
	})
}

// What tools call the bundles that they export. A proxy's own name may end like this too.
var exports = []*regexp.Regexp{
	// apigeecli, apis fetch and export --all: login__3.zip.
	regexp.MustCompile(`^(.+)__([1-9][0-9]{0,8})$`),
	// The user interface: login_rev3_2026_01_02.zip, and with " (1)" behind it from browsers.
	regexp.MustCompile(`(?i)^(.+)[_-]rev([1-9][0-9]{0,8})(?:[^0-9A-Za-z].*)?$`),
	// The library apigee-edge-js: apiproxy-ORGANIZATION-login-r3-20260102-150405.zip.
	regexp.MustCompile(`^(?:apiproxy|sharedflow)-(.+)-r([1-9][0-9]{0,8})-[0-9].*$`),
}

var number = regexp.MustCompile(`^[1-9][0-9]{0,8}$`)

// revisionIn is the revision that a folder or a zip without its extension has in its name, "" for none, and the rest of that
// name. A revision counts only where the rest is the bundle's own name, if it has one, so that nothing is taken for a
// revision that only looks like it. The root file's revision attribute does not count at all: in a source tree it is
// whatever the last export left there.
func revisionIn(stem, own string) (name, revision string) {
	if strings.EqualFold(stem, own) {
		return stem, ""
	}
	for _, form := range exports {
		if m := form.FindStringSubmatch(stem); m != nil && (own == "" || strings.EqualFold(m[1], own) || hasSuffixFold(m[1], "-"+own)) {
			return m[1], m[2]
		}
	}
	return stem, ""
}

func hasSuffixFold(s, suffix string) bool {
	return len(s) >= len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}

// identity is the name and the revision of a bundle. own is what it calls itself, "" where it has no name; lies is the
// folder or the zip that it lies in. Its revision may also be in the name of what that lies in.
func identity(own, lies string) (name, revision string) {
	const levels = 3
	var places []string // the innermost first
	for rest := path.Clean(lies); len(places) < levels && rest != "." && rest != "/"; rest = path.Dir(rest) {
		place := path.Base(rest)
		if bundle.IsZip(place) {
			place = strings.TrimSuffix(place, path.Ext(place))
		}
		places = append(places, place)
	}
	for i, p := range places {
		rest, found := revisionIn(p, own)
		switch {
		case found != "" && (i == 0 || own != ""):
			return cmp.Or(own, rest), found
		case own != "" && number.MatchString(p) && i+1 < len(places) && strings.EqualFold(places[i+1], own):
			return own, p // login/3.zip, as snapshots have it
		}
	}
	if own == "" && len(places) > 0 {
		own = places[0]
	}
	return own, ""
}
