package condition

// consistent asks the theory about every symbol with an atom assigned since mark.
func (s *search) consistent(mark int) bool {
	touched := make(map[int32]bool, len(s.trail)-mark)
	for _, a := range s.trail[mark:] {
		touched[a] = true
	}
	for _, atoms := range s.symbols {
		for _, a := range atoms {
			if touched[a] {
				if !s.possible(atoms) {
					return false
				}
				break
			}
		}
	}
	return s.same()
}

// facts lists what is assigned about one symbol.
func (s *search) facts(atoms []int32) []fact {
	var facts []fact
	for _, a := range atoms {
		if s.assign[a] != 0 {
			facts = append(facts, fact{index: a, atom: &s.atoms[a], want: s.assign[a] > 0})
		}
	}
	return facts
}

func (s *search) possible(atoms []int32) bool {
	facts := s.facts(atoms)
	key := make([]byte, 0, 4*len(facts))
	for _, f := range facts {
		sign := byte(0)
		if f.want {
			sign = 1
		}
		key = append(key, byte(f.index), byte(f.index>>8), byte(f.index>>16), sign)
	}
	answer, ok := s.known[string(key)]
	if !ok {
		answer = s.theory.possible(facts)
		s.known[string(key)] = answer
	}
	return answer
}

// same checks equalities between symbols whose values are both pinned down.
func (s *search) same() bool {
	for _, a := range s.trail {
		if s.atoms[a].kind != atomSame {
			continue
		}
		left, ok := s.pin(s.atoms[a].symbol)
		if !ok {
			continue
		}
		right, ok := s.pin(s.atoms[a].arg)
		if ok && !left.equal(right).allows(s.assign[a] > 0) {
			return false
		}
	}
	return true
}

func (s *search) pin(symbol string) (pinned, bool) {
	return pin(s.facts(s.symbols[s.symbolOf[symbol]]))
}
