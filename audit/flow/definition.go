package flow

import (
	"slices"

	"apigee-audit/apigee/bundle"
)

// definition is what a file says that several bundles have, byte for byte. It is read once, and lasts as long as the document.
type definition struct {
	understood Definition // without what only programs near tokens ask for
	whole      Definition
	changes    []change
	fills      []fill
	addresses  []Address
}

// plain reports whether what the files of the policies say depends on nothing else in the bundle.
func (r *programReader) plain() bool { return len(r.aliases)+len(r.bundle.PropertySets) == 0 }

// definitionOf is what a file says that other bundles have too, nil where this program has to read it by itself: in a bundle that is not
// plain, and where the policy runs a script of the bundle.
func (r *programReader) definitionOf(src *bundle.Policy, plain bool) *definition {
	if !plain || runsScript(src.Type) {
		return nil
	}
	known, _ := src.Doc.Made(func() any { return r.define(src) }).(*definition)
	return known
}

func (r *programReader) define(src *bundle.Policy) *definition {
	k := &definition{}
	d := draft{Policy: &Policy{Definition: &k.understood}, src: src}
	r.understand(d.Definition, src)
	k.understood.Name, k.understood.Type, k.understood.File = r.shared.word(src.Name), r.shared.word(src.Type), r.shared.word(src.File)
	k.whole = k.understood
	d.Definition = &k.whole
	changes, fills := len(r.changes), len(r.fills)
	r.followDataFlow(&d)
	k.whole.keepSource(src.Doc)
	k.changes, k.fills, k.addresses = slices.Clone(d.changes), slices.Clone(d.fills), d.speaks
	for i := range k.fills { // for several goroutines
		k.fills[i].sources()
	}
	r.changes, r.fills = r.changes[:changes], r.fills[:fills]
	return k
}
