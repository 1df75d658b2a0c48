package condition

func (e *Effort) satisfiable(fs []Formula) bool {
	_, ok := e.solve(fs)
	return ok
}

// solve is [Effort.Satisfiable], with the search that found out that the formulas can hold together, nil where none did.
func (e *Effort) solve(fs []Formula) (*search, bool) {
	for _, f := range fs {
		if f.IsFalse() {
			return nil, false
		}
	}
	if e.spent {
		return nil, true
	}
	m := &meter{effort: e, left: questionSteps}
	p := numbered(fs, m)
	if m.over() {
		return nil, true
	}
	s := newSearch(p, m)
	for i := range p.components {
		if !s.satisfiable(&p.components[i]) {
			return nil, false
		}
		s.worlds = append(s.worlds, s.theory.world)
	}
	if m.over() {
		return nil, true
	}
	return s, true
}
