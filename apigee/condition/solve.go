package condition

func (e *Effort) satisfiable(fs []Formula) bool {
	for _, f := range fs {
		if f.IsFalse() {
			return false
		}
	}
	if e.spent {
		return true
	}
	m := &meter{effort: e, left: questionSteps}
	p := numbered(fs, m)
	if m.over() {
		return true
	}
	s := newSearch(p, m)
	for i := range p.components {
		if !s.satisfiable(&p.components[i]) {
			return false
		}
	}
	return true
}
