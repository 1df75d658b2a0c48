package xmltree

// Arena hands out nodes and attributes from blocks that the documents of one bundle share, because a bundle has
// thousands of them and they are all dropped together.
type Arena struct {
	nodes []Node
	attrs []Attr // the free rest of the current block; the last element's attributes end where it begins
}

func (a *Arena) node() *Node {
	if len(a.nodes) == 0 {
		a.nodes = make([]Node, 128)
	}
	n := &a.nodes[0]
	a.nodes = a.nodes[1:]
	return n
}

// extend appends to the attributes handed out last.
func (a *Arena) extend(attrs []Attr, next Attr) []Attr {
	if len(a.attrs) == 0 {
		a.attrs = make([]Attr, max(64, 2*len(attrs)))
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
