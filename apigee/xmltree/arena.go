package xmltree

// Arena hands out nodes and attributes from blocks that the documents of one bundle share, because a bundle has
// thousands of them and they are all dropped together. One that was made by [NewArena] can use its blocks again.
type Arena struct {
	nodes []Node
	attrs []Attr // the free rest of the current block; the last element's attributes end where it begins
	// usedNodes and usedAttrs are the blocks that are used again, nil where none is.
	usedNodes *blocks[Node]
	usedAttrs *blocks[Attr]
}

const (
	nodesInBlock = 128
	attrsInBlock = 64
	// maxBlocks bounds the blocks of either kind that are used again, far beyond ordinary bundles.
	maxBlocks = 64
)

// blocks are those of one kind in an arena, of one size and in the order in which it comes to them.
type blocks[T any] struct {
	all   [][]T
	inUse int // how many of them
}

// next is an empty block of a size, or of more where that is needed.
func (b *blocks[T]) next(size, needed int) []T {
	if b == nil || b.inUse == maxBlocks || needed > size {
		return make([]T, max(size, needed))
	}
	if b.inUse == len(b.all) {
		b.all = append(b.all, make([]T, size))
	}
	b.inUse++
	return b.all[b.inUse-1]
}

func (b *blocks[T]) reset() {
	for _, block := range b.all[:b.inUse] {
		clear(block)
	}
	b.inUse = 0
}

// NewArena returns an arena with an end to each use: see [Arena.Reset].
func NewArena() *Arena { return &Arena{usedNodes: &blocks[Node]{}, usedAttrs: &blocks[Attr]{}} }

// Reset takes back everything that was handed out: no document that was parsed here is to be used any more.
func (a *Arena) Reset() {
	a.usedNodes.reset()
	a.usedAttrs.reset()
	a.nodes, a.attrs = nil, nil
}

func (a *Arena) node() *Node {
	if len(a.nodes) == 0 {
		a.nodes = a.usedNodes.next(nodesInBlock, 1)
	}
	n := &a.nodes[0]
	a.nodes = a.nodes[1:]
	return n
}

// extend appends to the attributes handed out last.
func (a *Arena) extend(attrs []Attr, next Attr) []Attr {
	if len(a.attrs) == 0 {
		a.attrs = a.usedAttrs.next(attrsInBlock, 2*len(attrs))
		attrs = a.take(attrs)
	}
	if len(attrs) == 0 {
		attrs = a.attrs[:0]
	}
	a.attrs = a.attrs[1:]
	return append(attrs, next)
}

// take moves the attributes begun in a full block to the new one.
func (a *Arena) take(attrs []Attr) []Attr {
	n := copy(a.attrs, attrs)
	moved := a.attrs[:n]
	a.attrs = a.attrs[n:]
	return moved
}
