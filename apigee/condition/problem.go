package condition

// literal is a gate of a problem with a sign: index<<1, plus 1 when negated.
type literal = int32

// problem is a conjunction in the numbered form the search works on. Equal atoms have become one.
type problem struct {
	gates   []numberedGate
	atoms   []atom
	symbols [][]int32 // for each symbol the atoms that test its value
	goals   []literal // all of them have to hold

	symbolOf map[string]int32
}

type numberedGate struct {
	kids  []literal // nil for an atom
	atom  int32
	group int32 // union-find parent, itself for a root
}

// numbering builds a problem.
type numbering struct {
	problem
	gateOf map[*gate]int32
	atomOf map[atom]int32
	holder []int32 // for each symbol a gate that mentions it
}

// numbered takes a formula that is not constant.
func numbered(f Formula) *problem {
	n := &numbering{gateOf: map[*gate]int32{}, atomOf: map[atom]int32{}}
	n.symbolOf = map[string]int32{}
	n.flatten(f, map[*gate]bool{})
	return &n.problem
}

// flatten makes the members of nested conjunctions goals of their own.
func (n *numbering) flatten(f Formula, seen map[*gate]bool) {
	if f.not || f.gate.isAtom() {
		n.goals = append(n.goals, n.literal(f))
		return
	}
	if seen[f.gate] {
		return
	}
	seen[f.gate] = true
	for _, k := range f.gate.kids {
		n.flatten(k, seen)
	}
}

func (n *numbering) literal(f Formula) literal {
	l := n.number(f.gate) << 1
	if f.not {
		l |= 1
	}
	return l
}

func (n *numbering) number(g *gate) int32 {
	if id, ok := n.gateOf[g]; ok {
		return id
	}
	if g.isAtom() {
		id, ok := n.atomOf[g.atom]
		if !ok {
			id = n.addAtom(g.atom)
		}
		n.gateOf[g] = id
		return id
	}
	kids := make([]literal, len(g.kids))
	for i, k := range g.kids {
		kids[i] = n.literal(k)
	}
	id := n.add(numberedGate{kids: kids})
	for _, k := range kids {
		n.join(id, k>>1)
	}
	n.gateOf[g] = id
	return id
}

func (n *numbering) add(g numberedGate) int32 {
	id := int32(len(n.gates))
	g.group = id
	n.gates = append(n.gates, g)
	return id
}

func (n *numbering) addAtom(a atom) int32 {
	index := int32(len(n.atoms))
	n.atoms = append(n.atoms, a)
	id := n.add(numberedGate{atom: index})
	n.atomOf[a] = id
	if a.onSymbol() {
		n.mention(a.symbol, id, index)
		if a.kind == atomSame {
			n.mention(a.arg, id, index)
		}
	}
	return id
}

// mention ties everything that tests one symbol together.
func (n *numbering) mention(symbol string, id, index int32) {
	s, ok := n.symbolOf[symbol]
	if !ok {
		s = int32(len(n.symbols))
		n.symbolOf[symbol] = s
		n.symbols = append(n.symbols, nil)
		n.holder = append(n.holder, id)
	}
	n.symbols[s] = append(n.symbols[s], index)
	n.join(n.holder[s], id)
}

func (n *numbering) join(a, b int32) { n.gates[n.root(a)].group = n.root(b) }

func (p *problem) root(g int32) int32 {
	for p.gates[g].group != g {
		p.gates[g].group = p.gates[p.gates[g].group].group
		g = p.gates[g].group
	}
	return g
}

// components splits the goals into groups that share neither symbols nor gates, in the order of first mention.
func (p *problem) components() [][]literal {
	at := map[int32]int{}
	var groups [][]literal
	for _, goal := range p.goals {
		root := p.root(goal >> 1)
		i, ok := at[root]
		if !ok {
			i = len(groups)
			at[root] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], goal)
	}
	return groups
}
