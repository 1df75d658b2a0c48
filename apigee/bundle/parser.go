package bundle

import (
	"bytes"
	"hash/maphash"
	"strings"
	"sync"

	"apigee-audit/apigee"
	"apigee-audit/apigee/xmltree"
	"apigee-audit/internal/slab"
)

// Parser parses bundles, many of which are made from the same templates: a file that several of them have, byte for byte, is unpacked
// and parsed once. It may be used from several goroutines.
type Parser struct {
	limits Limits
	seed   maphash.Seed

	mu     sync.Mutex
	met    map[uint64]bool // files that were parsed without being kept
	kept   map[uint64]*keptFile
	size   int // of the kept files' XML, in bytes
	memory xmltree.Arena

	memories sync.Pool // those of bundles that nobody uses any more
}

// memory is what a bundle lies in while it is used, and what else it takes to parse it.
type memory struct {
	documents *xmltree.Arena
	policies  slab.Scratch[Policy]
	endpoints slab.Scratch[Endpoint]
	flows     slab.Scratch[Flow]
	steps     slab.Scratch[Step]
	unpacked  []byte // the file that is being parsed
}

// The bounds of what is used again: policies, endpoints, flows and steps together, and the bytes of a file. A bundle that needs more is no
// ordinary one.
const (
	maxMemory   = 10_000
	maxUnpacked = 1 << 20
)

func (m *memory) reset() {
	m.documents.Reset()
	m.policies.Reset()
	m.endpoints.Reset()
	m.flows.Reset()
	m.steps.Reset()
}

func (m *memory) large() bool {
	return m.policies.Cap()+m.endpoints.Cap()+m.flows.Cap()+m.steps.Cap() > maxMemory || cap(m.unpacked) > maxUnpacked
}

// The bounds of what a [Parser] keeps: bytes of XML in all and of one file, of which the trees take some five times as much, and the
// files that it remembers having met. What bundles have in common comes early.
const (
	maxKept    = 2 << 20
	maxKeptOne = 64 << 10
	maxMet     = 50_000
)

// keptFile is a file that several bundles have.
type keptFile struct {
	name   string
	stored stored
	doc    *xmltree.Document
	size   int // unpacked, in bytes
}

func (k *keptFile) is(f *File, s stored) bool {
	return k != nil && k.name == f.Name && k.stored.equal(s)
}

// stored is what an archive holds of a file, and all that decides what is in it.
type stored struct {
	data     []byte
	packed   bool
	checksum uint32 // this and the next as a zip's directory has them
	size     uint64
}

func (s stored) equal(o stored) bool {
	return s.packed == o.packed && s.checksum == o.checksum && s.size == o.size && bytes.Equal(s.data, o.data)
}

// NewParser returns a parser that has met no file.
func NewParser(l Limits) *Parser {
	return &Parser{limits: l, seed: maphash.MakeSeed(), met: map[uint64]bool{}, kept: map[uint64]*keptFile{}}
}

// Parse reads an archive by itself: see [Parser.Parse].
func Parse(r apigee.Revision, a *Archive, l Limits) *Bundle { return NewParser(l).Parse(r, a) }

func (p *Parser) room() *memory {
	if m, ok := p.memories.Get().(*memory); ok {
		return m
	}
	return &memory{documents: xmltree.NewArena()}
}

// Done says that neither a bundle that was parsed here nor any of its documents is used any more, so that others get their memory.
// Strings and [Stray] steps of theirs stay.
func (p *Parser) Done(b *Bundle) {
	m := b.memory
	*b = Bundle{}
	if m.large() {
		return
	}
	m.reset()
	p.memories.Put(m)
}

// document is a file's XML, and how many bytes that is. The error is a *[xmltree.SyntaxError] for a file that could be read.
func (p *Parser) document(a *Archive, f *File, m *memory) (doc *xmltree.Document, size int, err error) {
	if a.editions != nil {
		return a.editions.document(f, p.limits.Depth)
	}
	s, sound := f.stored()
	var id uint64
	keep := false
	if sound {
		var known *keptFile
		id = maphash.Bytes(p.seed, s.data)
		if known, keep = p.look(id); known.is(f, s) {
			return known.doc, known.size, f.take(known.size)
		}
	}
	data, err := f.content(&m.unpacked)
	if err != nil {
		return nil, 0, err
	}
	if keep && len(data) <= maxKeptOne {
		doc, err = p.keep(id, f, s, data)
	}
	if doc == nil && err == nil {
		doc, err = m.documents.Parse(f.Name, data, p.limits.Depth)
	}
	return doc, len(data), err
}

// look looks for a file among those that are kept. keep reports whether it is met for the second time, so that it should be.
func (p *Parser) look(id uint64) (known *keptFile, keep bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	known, keep = p.kept[id], p.met[id]
	if !keep && len(p.met) < maxMet {
		p.met[id] = true
	}
	return known, keep && known == nil
}

// keep parses a file and keeps the document. It is nil where there is no room for it.
func (p *Parser) keep(id uint64, f *File, s stored, data []byte) (*xmltree.Document, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if known := p.kept[id]; known.is(f, s) { // by now
		return known.doc, nil
	}
	if p.size+len(data) > maxKept {
		return nil, nil
	}
	doc, err := p.memory.Parse(strings.Clone(f.Name), data, p.limits.Depth)
	if err != nil {
		return nil, err
	}
	doc.Share()
	s.data = bytes.Clone(s.data)
	p.kept[id] = &keptFile{name: doc.File, stored: s, doc: doc, size: len(data)}
	p.size += len(data)
	return doc, nil
}

// stored is what the archive holds of the file. sound is false where there is something about the file for which it is not read, or not
// plainly.
func (f *File) stored() (s stored, sound bool) {
	if f.packed == nil {
		return stored{data: f.Data}, true
	}
	if regular(f.packed) != nil {
		return stored{}, false
	}
	data, ok := f.by.packed(f.packed)
	return stored{data, true, f.packed.CRC32, f.packed.UncompressedSize64}, ok
}

// take counts the file as read: it has so many bytes, which are known.
func (f *File) take(size int) error {
	if f.packed == nil {
		return nil
	}
	return f.within.take(f.Name, int64(size))
}
