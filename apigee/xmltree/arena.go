package xmltree

// Arena hands out nodes and attributes from blocks that the documents of one bundle share, because a bundle has
// thousands of them and they are all dropped together. One that was made by [NewArena] can use its blocks again.
type Arena struct {
	nodes []Node
	attrs []Attr // the free rest of the current block; the last element's attributes end where it begins
	// used are the blocks that are used again, nil where none is.
	used *blocks
}

// blocks are those of an arena, in the order in which it comes to them.
type blocks struct {
	nodes         [][]Node
	attrs         [][]Attr
	nNodes, nAttr int // of them that are in use
}

const (
	nodesInBlock = 128
	attrsInBlock = 64
	// maxBlocks bounds the blocks of either kind that are used again, far beyond ordinary bundles.
	maxBlocks = 64
)

// NewArena returns an arena with an end to each use: see [Arena.Reset].
func NewArena() *Arena { return &Arena{used: &blocks{}} }

// Reset takes back everything that was handed out: no document that was parsed here is to be used any more.
func (a *Arena) Reset() {
	u := a.used
	for _, b := range u.nodes[:u.nNodes] {
		clear(b)
	}
	for _, b := range u.attrs[:u.nAttr] {
		clear(b)
	}
	*a = Arena{used: u}
	u.nNodes, u.nAttr = 0, 0
}

func (a *Arena) node() *Node {
	if len(a.nodes) == 0 {
		a.nodes = a.moreNodes()
	}
	n := &a.nodes[0]
	a.nodes = a.nodes[1:]
	return n
}

func (a *Arena) moreNodes() []Node {
	u := a.used
	if u == nil || u.nNodes == maxBlocks {
		return make([]Node, nodesInBlock)
	}
	if u.nNodes == len(u.nodes) {
		u.nodes = append(u.nodes, make([]Node, nodesInBlock))
	}
	u.nNodes++
	return u.nodes[u.nNodes-1]
}

func (a *Arena) moreAttrs(n int) []Attr {
	u := a.used
	if u == nil || u.nAttr == maxBlocks || n > attrsInBlock {
		return make([]Attr, max(attrsInBlock, n))
	}
	if u.nAttr == len(u.attrs) {
		u.attrs = append(u.attrs, make([]Attr, attrsInBlock))
	}
	u.nAttr++
	return u.attrs[u.nAttr-1]
}

// extend appends to the attributes handed out last.
func (a *Arena) extend(attrs []Attr, next Attr) []Attr {
	if len(a.attrs) == 0 {
		a.attrs = a.moreAttrs(2 * len(attrs))
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
