package disk

import (
	"context"
	"fmt"
	"path"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/internal/text"
)

// Bounds of one search. They are far above any repository of bundles and far below what would hang.
const (
	maxDepth   = 32      // folders below a path
	maxFolders = 200_000 // folders visited in all
	maxBundles = 20_000  // bundles in all
	// maxProblems are said one by one; a zip may hold thousands of broken ones.
	maxProblems = 1000
)

// finder looks through the paths of one [Open].
type finder struct {
	ctx      context.Context // of the one call of Open
	limits   bundle.Limits
	bundles  []located
	problems []apigee.Problem
	unsaid   int             // further problems
	given    []string        // the real paths, for links that lead from one into another
	seen     map[string]bool // bundles and zips by their real places, so that overlapping paths and links count once
	walked   map[string]bool // folders of the current path, so that circles of links end
	later    []func()        // what links lead to; looked into at the end, so that things have their own paths in reports
	repeated int             // bundles met again
	folders  int
	full     bool // a bound was hit, or the context ended, and it was said

	unpacked, keptBytes int64 // of zips in zips
	keptEntries         int
	done                []func() error // closes what is kept open

	// What one notice each counts.
	flat, spelled, alone, foreign []string
}

func (f *finder) problem(operation, format string, args ...any) {
	if len(f.problems) >= maxProblems {
		f.unsaid++
		return
	}
	f.problems = append(f.problems, about(operation, fmt.Sprintf(format, args...)))
}

func about(operation, text string) apigee.Problem {
	return apigee.Problem{Organization: Name, Environment: Name, Operation: operation, Error: text}
}

// found counts whatever there is to say of what was looked through so far.
func (f *finder) found() int { return len(f.bundles) + len(f.problems) + f.unsaid + f.repeated }

// add keeps a bundle unless it was found before, and reports whether it is kept. place distinguishes it from every other one.
func (f *finder) add(place string, b located) bool {
	if f.seen[place] {
		f.repeated++
		return false
	}
	if len(f.bundles) >= maxBundles {
		f.stop("more than %d bundles; the rest is not read", maxBundles)
		return false
	}
	f.seen[place] = true
	f.bundles = append(f.bundles, b)
	return true
}

func (f *finder) stop(format string, args ...any) {
	if !f.full {
		f.full = true
		f.problem("find bundles", format+": give narrower paths", args...)
	}
}

// over reports whether nothing more is to be looked at.
func (f *finder) over(shown string) bool {
	if err := f.ctx.Err(); err != nil && !f.full {
		f.full = true
		f.problem("find bundles", "%s and everything after it was not looked at: %v", shown, err)
	}
	return f.full
}

// isSnapshot says that the bundles in a snapshot are not loose ones: read as such, they would lose their environments.
func (f *finder) isSnapshot(shown string) {
	f.problem("find bundles", "%s is a snapshot of organizations, not a folder of bundles: give its own path", shown)
}

// bundle adds a bundle of a tree. shown is what reports call the folder or the zip that it lies in, lies its name in the tree.
func (f *finder) bundle(t *tree, at bundle.Layout, shown, lies string) {
	file, own := description(t.files, at, f.limits)
	at.Description = file
	b := located{read: t.reader(at), whole: t.whole(at)}
	b.Kind, b.Root = at.Kind, shown
	b.Name, b.Number = identity(own, path.Join(t.place, lies))
	if !f.add(t.key(at.Dir)+"\x00"+string(at.Kind), b) {
		return
	}
	t.bundles++
	switch {
	case at.Base == ".":
		f.flat = append(f.flat, shown)
	case at.Base != at.Kind.Root():
		f.spelled = append(f.spelled, path.Join(shown, at.Base))
	}
}

// notices say what was found and is not as Apigee wants it, in a line for each kind of thing: a tree may have hundreds.
func (f *finder) notices() []apigee.Problem {
	var all []apigee.Problem
	say := func(places []string, one, many string) {
		switch n := len(places); n {
		case 0:
		case 1:
			all = append(all, about("find bundles", places[0]+" "+one))
		default:
			all = append(all, about("find bundles", fmt.Sprintf("%d %s: %s", n, many, text.ListSome(places, 3))))
		}
	}
	say(f.flat, "is a bundle with a flat layout: policies and endpoints without apiproxy/ or sharedflowbundle/ around them; it is audited, but Apigee imports it only with that folder",
		"bundles have a flat layout: policies and endpoints without apiproxy/ or sharedflowbundle/ around them; they are audited, but Apigee imports them only with that folder")
	say(f.spelled, "is audited as the root folder of a bundle, but Apigee spells it apiproxy or sharedflowbundle, in lower case",
		"folders are audited as root folders of bundles, but Apigee spells them apiproxy or sharedflowbundle, in lower case")
	say(f.alone, "is not audited: it contains policies, and there are no endpoints next to it that could run them",
		"folders contain policies and are not audited, because there are no endpoints next to them that could run them")
	say(f.foreign, "contains no bundle and is not audited", "zips contain no bundle and are not audited")
	return all
}

// unique gives a bundle that shares its folder and its name with another, such as a flat one beside apiproxy/, a root that
// is spelled differently and leads to the same folder.
func unique(taken map[apigee.Revision]located, r apigee.Revision) apigee.Revision {
	for _, is := taken[r]; is; _, is = taken[r] {
		r.Root = strings.TrimSuffix(r.Root, "/") + "/."
	}
	return r
}
