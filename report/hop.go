package report

import "apigee-audit/audit"

// sameBundle reports whether a hop lies in the bundle of its finding: the very one, where several on disk have one name.
// Reports from before hops had a source do not tell those apart.
func sameBundle(h audit.Hop, f *audit.Finding) bool {
	return h.Kind == f.Kind && h.Name == f.Name && (h.Source == "" || h.Source == f.Source)
}

// hopPlace is where a hop lies: the bundle in words, "" for the finding's own, and its file with the position, which is one
// that editors can open where another bundle on disk holds it. The text is not sanitised.
func hopPlace(h audit.Hop, f *audit.Finding, wd string) (bundle, at string) {
	file := h.File
	if !sameBundle(h, f) {
		bundle = h.Kind.Noun() + " " + h.Name
		file = diskPath(h.Source, h.File, wd)
	}
	return bundle, withPosition(file, h.Place)
}
