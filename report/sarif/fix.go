package sarif

import (
	"reflect"
	"slices"

	"apigee-audit/audit/finding"
	"apigee-audit/report"
)

// mostReplacements bounds what one fix writes: a stored report may claim many copies of a bundle, and many edits of each.
const mostReplacements = 1_000

// fixes are the changes that mend a finding, no two alike, as the schema asks. What a reader could not apply as it is meant is left
// out: GitHub refuses a whole report for a fix without changes.
func (r runOf) fixes(f *finding.Finding) []sarifFix {
	var out []sarifFix
	for i := range f.Fixes[:min(len(f.Fixes), report.MostFixes)] {
		fix := sarifFix{messageOf(sentence(f.Fixes[i].Description)), r.changes(f, &f.Fixes[i])}
		if len(fix.Changes) > 0 && !slices.ContainsFunc(out, func(g sarifFix) bool { return reflect.DeepEqual(fix, g) }) {
			out = append(out, fix)
		}
	}
	return out
}

// changes are those of a fix, in every copy of the bundle; nil where they cannot be given.
func (r runOf) changes(f *finding.Finding, x *finding.Fix) []sarifArtifactChange {
	files, ok := replacements(x)
	sources := x.Sources
	if len(sources) == 0 {
		sources = []string{""}
		if x.Kind == f.Kind && x.Name == f.Name {
			sources = []string{f.Source}
		}
	}
	if !ok || len(sources)*(len(x.Edits)+len(x.NewFiles)) > mostReplacements {
		return nil
	}
	var out []sarifArtifactChange
	taken := map[string]string{} // from the path to the source
	for _, source := range sources {
		for i, file := range files {
			at := artifact(r.paths, r.org, source, x.Kind, x.Name, file.name)
			switch other, is := taken[at.URI]; {
			case !is:
				taken[at.URI] = source
				out = append(out, sarifArtifactChange{at, file.all})
			case other == source && i > 0: // two files whose names differ in what is taken out of paths
				return nil
			}
			// Otherwise copies outside the working directory share the path of the organization.
		}
	}
	return out
}

// changedFile is what changes in a file.
type changedFile struct {
	name string
	all  []sarifReplacement
}

// replacements are the changes of each file; ok is false where a text holds what is written as a visible escape everywhere in the
// report, and would be one in the file.
func replacements(x *finding.Fix) (files []changedFile, ok bool) {
	ok = true
	add := func(name string, region sarifRegion, lines finding.Lines) {
		i := slices.IndexFunc(files, func(f changedFile) bool { return f.name == name })
		if i < 0 {
			i, files = len(files), append(files, changedFile{name: name})
		}
		exact, same := report.Exact(lines)
		files[i].all = append(files[i].all, sarifReplacement{region, sarifInserted{exact}})
		ok = ok && same
	}
	for _, e := range x.Edits {
		add(e.File, sarifRegion{e.Line, e.Column, e.EndLine, e.EndColumn}, e.Text)
	}
	for _, n := range x.NewFiles {
		// SARIF has no new files: it is the empty region at the beginning of one that has no text yet.
		add(n.File, sarifRegion{1, 1, 1, 1}, n.Text)
	}
	for _, f := range files {
		slices.Reverse(f.all) // right also for readers that change a file step by step
	}
	return files, ok
}
