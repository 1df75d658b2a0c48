package condition

// literal is a gate of a problem with a sign: index<<1, plus 1 when negated.
type literal = int32

// problem is a conjunction in the numbered form the search works on. Equal atoms have become one.
type problem struct {
	gates      []numberedGate
	kids       []literal // of all gates, one after the other
	tests      []*test   // by gate, nil for conjunctions
	symbols    [][]int32 // for each symbol the gates that test its value
	isPath     []bool    // by symbol
	components []component

	symbolOf map[string]int32
	given    int32 // the gate of a formula that is not looked into, -1 for none: it has no kids and is true
}

type numberedGate struct {
	from, to int32 // its part of kids, empty for an atom
	parents  int32 // where its occurrences begin in search.parents
	group    int32 // union-find parent, itself for a root
	// The symbols that an atom tests, -1 for none; the second only when it compares two.
	symbol, other int32
}

// component is a group of goals that shares neither symbols nor gates with the others.
type component struct {
	goals []literal // all of them have to hold
	tests []*test
	sames []int32 // the gates that compare two symbols
}

func (p *problem) kidsOf(g int32) []literal { return p.kids[p.gates[g].from:p.gates[g].to] }

// numbering builds a problem.
type numbering struct {
	problem
	gateOf map[*gate]int32
	atomOf map[atom]int32
	goals  []literal
	meter  *meter

	seen    map[*gate]bool
	stack   []Formula
	members []literal
	groupOf map[int32]int // component by root
}

// numbered makes a problem of formulas. Those that are given hold.
func numbered(fs []Formula, m *meter, given ...Formula) *problem {
	n := m.effort.workingMemory().emptyNumbering()
	n.meter, n.given = m, -1
	for _, f := range given {
		if f.gate != nil && !f.not && !f.gate.isAtom() {
			n.given = n.add(nil)
			n.gateOf[f.gate] = n.given
		}
	}
	n.flatten(fs)
	n.group()
	return &n.problem
}

// flatten makes the members of nested conjunctions goals of their own.
func (n *numbering) flatten(fs []Formula) {
	stack := n.stack[:0]
	push := func(fs []Formula) {
		for i := len(fs) - 1; i >= 0; i-- {
			stack = append(stack, fs[i])
		}
	}
	push(fs)
	for len(stack) > 0 {
		f := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		switch {
		case f.gate == nil: // true: the constant false does not come here
		case f.not || f.gate.isAtom():
			n.goals = append(n.goals, n.literal(f))
		case !n.seen[f.gate]:
			n.meter.spend(4)
			n.seen[f.gate] = true
			push(f.gate.kids)
		}
	}
	n.stack = stack
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
		n.meter.spend(3)
		return id
	}
	if g.isAtom() {
		id, ok := n.atomOf[g.atom]
		if !ok {
			id = n.addAtom(&g.test)
		}
		n.gateOf[g] = id
		return id
	}
	base := len(n.members) // of the gates that are being numbered around this one
	for _, k := range g.kids {
		n.members = append(n.members, n.literal(k))
	}
	kids := n.members[base:]
	n.members = n.members[:base]
	id := n.add(nil)
	n.gates[id].from = int32(len(n.kids))
	n.kids = append(n.kids, kids...)
	n.gates[id].to = int32(len(n.kids))
	for _, k := range kids {
		n.join(id, k>>1)
	}
	n.gateOf[g] = id
	return id
}

func (n *numbering) add(t *test) int32 {
	n.meter.left += stepsPerGate
	n.meter.spend(16)
	id := int32(len(n.gates))
	n.gates = append(n.gates, numberedGate{group: id, symbol: -1, other: -1})
	n.tests = append(n.tests, t)
	return id
}

func (n *numbering) addAtom(t *test) int32 {
	id := n.add(t)
	n.atomOf[t.atom] = id
	if t.onSymbol() {
		n.gates[id].symbol = n.mention(t.symbol, id)
		if t.kind == atomSame {
			n.gates[id].other = n.mention(t.arg, id)
		}
	}
	return id
}

// mention ties everything that tests one symbol together.
func (n *numbering) mention(symbol string, id int32) int32 {
	n.meter.spend(6)
	s, ok := n.symbolOf[symbol]
	if !ok {
		s = int32(len(n.symbols))
		n.symbolOf[symbol] = s
		n.symbols = again(n.symbols)
		n.symbols[s] = n.symbols[s][:0]
		n.isPath = append(n.isPath, false)
	} else {
		n.join(n.symbols[s][0], id)
	}
	n.symbols[s] = append(n.symbols[s], id)
	n.isPath[s] = n.isPath[s] || n.tests[id].path
	return s
}

func (n *numbering) join(a, b int32) { n.gates[n.root(a)].group = n.root(b) }

func (n *numbering) root(g int32) int32 {
	for n.gates[g].group != g {
		n.gates[g].group = n.gates[n.gates[g].group].group
		g = n.gates[g].group
	}
	return g
}

// group splits the problem into components, in the order of first mention.
func (n *numbering) group() {
	of := func(g int32) *component {
		root := n.root(g)
		i, ok := n.groupOf[root]
		if !ok {
			i = len(n.components)
			n.groupOf[root] = i
			n.components = again(n.components)
			c := &n.components[i]
			c.goals, c.tests, c.sames = c.goals[:0], c.tests[:0], c.sames[:0]
		}
		return &n.components[i]
	}
	for _, goal := range n.goals {
		c := of(goal >> 1)
		c.goals = append(c.goals, goal)
	}
	for id, t := range n.tests {
		if t == nil {
			continue
		}
		c := of(int32(id))
		c.tests = append(c.tests, t)
		if t.kind == atomSame {
			c.sames = append(c.sames, int32(id))
		}
	}
}
