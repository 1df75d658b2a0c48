package flow

import "apigee-audit/apigee"

// What goes into the work of a walk, beside the bytes that are read: a byte takes about as long as some steps of an effort, and a place
// that is reached as long as some bytes.
const (
	stepsPerByte  = 8
	bytesPerPlace = 400
)

// Work is about how much it takes to read a bundle again and to walk what calls it, in bytes of XML that are read. It depends on
// nothing but the bundles.
func (f *Facts) Work(b apigee.Ref) int64 {
	var work int64
	read, walked := map[*Program]bool{}, map[*Trace]bool{}
	for _, at := range f.index().deployed[b] {
		if u := f.Environments[at.environment].sorted.at(at.i); !read[u] {
			read[u] = true
			work += int64(u.size)
		}
	}
	for _, at := range f.index().passed[b] {
		if w := f.Environments[at.environment].walks.at(at.i); !walked[w] {
			walked[w] = true
			work += w.effort/stepsPerByte + bytesPerPlace*int64(len(w.Sites))
		}
	}
	return work
}
