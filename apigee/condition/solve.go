package condition

// How often the search may branch and how many gates it may look at, for one component in one world.
const (
	maxBranches = 4000
	maxVisits   = 1 << 20
)

// Satisfiable reports whether all formulas can hold together for some values of the symbols. False is a proof that
// they cannot under any reading of the language; true may also mean that the search was given up.
func Satisfiable(fs ...Formula) bool {
	all := And(fs...)
	if all.gate == nil {
		return !all.not
	}
	p := numbered(all)
	budget := maxSteps
	for _, goals := range p.components() {
		if !p.satisfiable(goals, &budget) {
			return false
		}
	}
	return true
}

// satisfiable solves one component in every world that matters to it.
func (p *problem) satisfiable(goals []literal, budget *int) bool {
	root := p.root(goals[0] >> 1)
	var atoms []*atom
	for id := range p.gates {
		if g := &p.gates[id]; g.kids == nil && p.root(int32(id)) == root {
			atoms = append(atoms, &p.atoms[g.atom])
		}
	}
	for _, w := range worlds(atoms) {
		s := search{
			problem: p,
			theory:  theory{world: w, matchers: map[int32]*matcher{}, budget: budget},
			assign:  make([]int8, len(p.atoms)),
			known:   map[string]bool{},
		}
		if s.solve(goals, nil) {
			return true
		}
	}
	return false
}

// search looks for an assignment of atoms, backtracking over disjunctions.
type search struct {
	*problem
	theory   theory
	assign   []int8 // by atom: 1 true, -1 false, 0 open
	trail    []int32
	branches int
	visits   int
	known    map[string]bool // answers of the theory
}

// solve makes the pending literals hold besides what is assigned. The disjunctions are negated conjunctions still to
// be decided; the slice is not kept.
func (s *search) solve(pending, disjunctions []literal) bool {
	if s.branches++; s.branches > maxBranches || s.visits > maxVisits {
		return true
	}
	mark := len(s.trail)
	open, ok := s.propagate(pending, disjunctions)
	if ok && s.consistent(mark) {
		if len(open) == 0 {
			return true
		}
		if s.branch(open) {
			return true
		}
	}
	for _, a := range s.trail[mark:] {
		s.assign[a] = 0
	}
	s.trail = s.trail[:mark]
	return s.visits > maxVisits // what was looked at no further proves nothing
}

// propagate assigns what follows from the literals alone and gives the disjunctions that stay open.
func (s *search) propagate(pending, disjunctions []literal) ([]literal, bool) {
	pending = append([]literal(nil), pending...)
	open := append([]literal(nil), disjunctions...)
	for {
		for len(pending) > 0 {
			l := pending[len(pending)-1]
			pending = pending[:len(pending)-1]
			g := &s.gates[l>>1]
			negated := l&1 == 1
			switch {
			case g.kids == nil:
				if !s.set(g.atom, !negated) {
					return nil, false
				}
			case negated:
				open = append(open, l)
			default:
				pending = append(pending, g.kids...)
			}
		}
		kept := open[:0]
		for _, l := range open {
			undecided, only := 0, literal(0)
			satisfied := false
			for _, k := range s.gates[l>>1].kids {
				switch s.value(k) {
				case -1:
					satisfied = true
				case 0:
					undecided++
					only = k
				}
			}
			switch {
			case satisfied:
			case undecided == 0:
				return nil, false
			case undecided == 1:
				pending = append(pending, only^1)
			default:
				kept = append(kept, l)
			}
		}
		open = kept
		if len(pending) == 0 {
			return open, true
		}
	}
}

// branch tries the alternatives of the shortest open disjunction, each with the earlier ones excluded.
func (s *search) branch(open []literal) bool {
	best, fewest := 0, 1<<30
	for i, l := range open {
		undecided := 0
		for _, k := range s.gates[l>>1].kids {
			if s.value(k) == 0 {
				undecided++
			}
		}
		if undecided < fewest {
			best, fewest = i, undecided
		}
	}
	rest := append(append([]literal(nil), open[:best]...), open[best+1:]...)
	var choice []literal
	for _, k := range s.gates[open[best]>>1].kids {
		if s.value(k) != 0 {
			continue
		}
		if s.solve(append(choice, k^1), rest) {
			return true
		}
		choice = append(choice, k)
	}
	return false
}

func (s *search) set(a int32, want bool) bool {
	sign := int8(-1)
	if want {
		sign = 1
	}
	if s.assign[a] == 0 {
		s.assign[a] = sign
		s.trail = append(s.trail, a)
	}
	return s.assign[a] == sign
}

// value is 1, -1 or 0 for true, false or open under the assignment.
func (s *search) value(l literal) int8 {
	s.visits++
	g := &s.gates[l>>1]
	v := int8(1)
	switch {
	case g.kids == nil:
		v = s.assign[g.atom]
	case s.visits > maxVisits:
		v = 0
	default:
		for _, k := range g.kids {
			if v = min(v, s.value(k)); v == -1 {
				break
			}
		}
	}
	if l&1 == 1 {
		return -v
	}
	return v
}
