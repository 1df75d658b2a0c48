package condition

// search looks for an assignment of truth values to the gates of a problem, backtracking over disjunctions. A
// disjunction is a conjunction that has to be false.
//
// Before it branches it guesses: it looks whether the values that the theory has found for the symbols happen to settle
// every disjunction. Mostly they do, and where they do not it branches over those that they leave unsettled, so that
// what has nothing to do with the question costs no branches.
type search struct {
	*problem
	meter   *meter
	theory  theory
	parents []literal // for each gate its occurrences in others: index of the other gate<<1, plus 1 when negated there

	value   []int8  // by gate: 1 true, -1 false, 0 open
	isTrue  []int32 // by gate: how many of its kids are true
	isFalse []int32
	trail   []int32 // gates in the order in which they were given a value
	done    int     // how much of the trail was propagated
	begin   int     // where the trail of this component begins

	worlds   []world       // in which each component holds
	believed map[atom]bool // atoms that are not about values, see outcome

	guesses []int8
	guessed []int32 // by gate: the round of its guess
	round   int32

	fill []int32 // scratch
}

func newSearch(p *problem, m *meter) *search {
	n := len(p.gates)
	s := m.effort.workingMemory().emptySearch(n, len(p.kids), len(p.symbols))
	s.problem, s.meter = p, m
	s.theory.problem, s.theory.meter, s.theory.value = p, m, s.value
	fill := s.fill
	for _, k := range p.kids {
		fill[k>>1]++
	}
	at := int32(0)
	for g := range p.gates {
		p.gates[g].parents = at
		at += fill[g]
		fill[g] = p.gates[g].parents
	}
	for g := range p.gates {
		for _, k := range p.kidsOf(int32(g)) {
			s.parents[fill[k>>1]] = int32(g)<<1 | k&1
			fill[k>>1]++
		}
	}
	return s
}

func (s *search) parentsOf(g int32) []literal {
	if int(g) == len(s.gates)-1 {
		return s.parents[s.gates[g].parents:]
	}
	return s.parents[s.gates[g].parents:s.gates[g+1].parents]
}

// satisfiable solves one component in every world that matters to it.
func (s *search) satisfiable(c *component) bool {
	if !s.open(c) {
		return false
	}
	mark := len(s.trail)
	for _, w := range worlds(c.tests) {
		s.theory.world = w
		if s.solve(s.begin) {
			return true
		}
		s.undo(mark)
	}
	return false
}

// open begins with a component, and reports false where what follows at once is a contradiction.
func (s *search) open(c *component) bool {
	s.begin = len(s.trail)
	s.theory.sames = c.sames
	for _, goal := range c.goals {
		if !s.assign(goal) {
			return false
		}
	}
	return s.propagate()
}

// satisfiableIn solves one component in one world alone.
func (s *search) satisfiableIn(c *component, w world) bool {
	s.theory.world = w
	return s.open(c) && s.solve(s.begin)
}

// certain reports whether all goals hold for the values of the symbols that the theory has, whatever is open.
func (s *search) certain() bool {
	value := zeros(s.fill, len(s.gates))
	for g := range value { // the members of a gate are numbered before it
		if s.tests[g] != nil {
			value[g] = s.outcome(int32(g))
			continue
		}
		value[g] = 1
		for _, k := range s.kidsOf(int32(g)) {
			value[g] = min(value[g], value[k>>1]*int32(sign(k)))
		}
		s.meter.spend(len(s.kidsOf(int32(g))))
	}
	for _, c := range s.components {
		for _, goal := range c.goals {
			if value[goal>>1]*int32(sign(goal)) <= 0 {
				return false
			}
		}
	}
	return true
}

// outcome is the certain outcome of an atom for the values that the theory has, 0 for none. One that is not about values is what it
// was given to be or, as it may be either, what it is believed to be.
func (s *search) outcome(g int32) int32 {
	x, i := s.tests[g], s.gates[g].symbol
	switch {
	case i >= 0:
	case s.value[g] != 0:
		return int32(s.value[g])
	case s.believed[x.atom]:
		return 1
	default:
		return -1
	}
	var o outcome
	if x.kind == atomSame {
		o = s.theory.witnesses[i].same(&s.theory.witnesses[s.gates[g].other])
	} else {
		o = s.theory.of(x, &s.theory.witnesses[i])
	}
	switch o {
	case mayBeTrue:
		return 1
	case mayBeFalse:
		return -1
	}
	return 0
}

// solve looks for values of what is open. What was assigned from the given place of the trail on is new to the theory.
// Without steps the answer is true.
func (s *search) solve(from int) bool {
	for s.propagate() && s.theory.consistent(s.trail[from:]) {
		if s.meter.over() {
			return true
		}
		from = len(s.trail)
		alternative, found := s.unsettled()
		if !found {
			return true
		}
		if s.assign(alternative^1) && s.solve(from) {
			return true
		}
		s.undo(from)
		if !s.assign(alternative) {
			break
		}
	}
	return false
}

func (s *search) undo(mark int) {
	for i := len(s.trail) - 1; i >= mark; i-- {
		g := s.trail[i]
		if i < s.done {
			s.count(g, -1)
		}
		s.value[g] = 0
	}
	s.trail = s.trail[:mark]
	s.done = mark
}

// count tells the gates that g is a member of about its value, or with -1 takes it back.
func (s *search) count(g int32, by int32) {
	for _, p := range s.parentsOf(g) {
		if (s.value[g] > 0) == (p&1 == 0) {
			s.isTrue[p>>1] += by
		} else {
			s.isFalse[p>>1] += by
		}
	}
}

func sign(l literal) int8 { return 1 - 2*int8(l&1) }

// assign makes a literal true and reports false if it is false already.
func (s *search) assign(l literal) bool {
	g, want := l>>1, sign(l)
	if s.value[g] == 0 {
		s.value[g] = want
		s.trail = append(s.trail, g)
	}
	return s.value[g] == want
}

// propagate assigns what follows from what is assigned, the theory left aside. It reports false for a contradiction.
func (s *search) propagate() bool {
	for s.done < len(s.trail) {
		g := s.trail[s.done]
		s.done++
		parents := s.parentsOf(g)
		s.meter.spend(1 + 2*len(parents))
		s.count(g, 1)
		if !s.imply(g) {
			return false
		}
		for _, p := range parents {
			if s.value[g]*sign(p) < 0 {
				if !s.assign(p | 1) {
					return false
				}
			} else if s.value[p>>1] <= 0 && !s.imply(p>>1) {
				return false
			}
		}
	}
	return true
}

// imply assigns what follows for a conjunction and its members from how many of them are true.
func (s *search) imply(g int32) bool {
	kids := s.kidsOf(g)
	switch {
	case len(kids) == 0:
		return true
	case s.value[g] > 0:
		s.meter.spend(len(kids))
		for _, k := range kids {
			if !s.assign(k) {
				return false
			}
		}
		return true
	case int(s.isTrue[g]) == len(kids):
		return s.assign(g << 1)
	case s.value[g] < 0 && s.isFalse[g] == 0 && int(s.isTrue[g]) == len(kids)-1:
		s.meter.spend(len(kids))
		for _, k := range kids {
			if s.value[k>>1]*sign(k) <= 0 {
				return s.assign(k ^ 1)
			}
		}
	}
	return true
}

// unsettled finds the shortest disjunction that the guess leaves without a true member, and in it a member of the
// conjunction that is still open.
func (s *search) unsettled() (literal, bool) {
	s.round++
	doubt := s.theory.differ()
	best, fewest := int32(-1), int32(1<<30)
	consider := func(g int32) {
		if open := s.gates[g].to - s.gates[g].from - s.isTrue[g]; open < fewest {
			best, fewest = g, open
		}
	}
	s.meter.spend(1 + (len(s.trail)-s.begin)/8)
	for _, g := range s.trail[s.begin:] {
		if s.isDisjunction(g) && !s.settles(g) {
			consider(g)
		}
	}
	if best < 0 && doubt {
		for _, g := range s.trail[s.begin:] {
			if s.isDisjunction(g) {
				consider(g)
			}
		}
	}
	if best < 0 {
		return 0, false
	}
	for _, k := range s.kidsOf(best) {
		if s.value[k>>1] == 0 {
			return k, true
		}
	}
	return 0, false // not reached: propagation leaves two open members at least
}

// isDisjunction reports whether a gate on the trail has to be false and no member of it is yet.
func (s *search) isDisjunction(g int32) bool {
	return s.value[g] < 0 && s.isFalse[g] == 0 && s.gates[g].from < s.gates[g].to
}

// settles reports whether some member of a conjunction is false under the guess.
func (s *search) settles(g int32) bool {
	free := literal(-1)
	for _, k := range s.kidsOf(g) {
		switch v := s.peek(k >> 1); {
		case v*sign(k) < 0:
			return true
		case v == 0 && free < 0:
			free = k
		}
	}
	if free >= 0 {
		s.guess(free>>1, -sign(free))
	}
	return free >= 0
}

// peek is the value of a gate under the guess, 0 for an atom that may still be guessed either way.
func (s *search) peek(g int32) int8 {
	s.meter.spend(1)
	switch {
	case s.value[g] != 0:
		return s.value[g]
	case s.guessed[g] == s.round:
		return s.guesses[g]
	case s.tests[g] != nil:
		if v := s.theory.guess(g); v != 0 {
			s.guess(g, v)
			return v
		}
		return 0
	}
	v := int8(1)
	for _, k := range s.kidsOf(g) {
		member := s.peek(k >> 1)
		if member == 0 {
			member = -1
			s.guess(k>>1, member)
		}
		if member*sign(k) < 0 {
			v = -1
			break
		}
	}
	s.guess(g, v)
	return v
}

func (s *search) guess(g int32, v int8) { s.guesses[g], s.guessed[g] = v, s.round }
