package condition

import "slices"

// Ground is a conjunction that grows and on which many questions are asked, each of it and of a little more: that the first
// of thousands of flows is not taken, nor the second, and so on. It remembers values of its symbols under which it holds, so
// that most questions are answered by looking at what they are about and not at the whole conjunction. The zero value is
// empty.
//
// It only ever finds that formulas can hold together. Where it does not, [Effort.SatisfiableOn] asks as [Effort.Satisfiable]
// does, so that the answer is always the same.
type Ground struct {
	formulas []Formula
	// The formulas about each symbol, and about each atom that is not a test of a value. They are only known where there are models.
	symbols map[string][]int32
	free    map[atom][]int32
	models  []*model // those that were of use last first
	failed  int      // how often no model came of an answer
}

// model is values under which all formulas of a ground certainly hold in one world. A symbol without one is null, and an atom that
// is not named is false.
type model struct {
	world  world
	values map[string]subject
	isTrue map[atom]bool
}

const (
	// maxModels is how many models are kept. One for each of the usual values of a variable that all flows ask for, as of the verb,
	// is enough.
	maxModels = 8
	// maxFailed is how often no model may come of an answer until none is tried for: the formulas are none that values decide.
	maxFailed = 4
	// maxAbout is how many formulas may be about a symbol that is given another value to answer a question.
	maxAbout = 32
	// fitSteps bounds the work of looking for values under one model. It is far less than the question may cost that is asked where
	// there are none.
	fitSteps = 1 << 13
)

// Add makes the conjunction longer.
func (e *Effort) Add(g *Ground, f Formula) {
	g.formulas = append(g.formulas, f)
	if len(g.models) == 0 {
		return
	}
	if f.IsFalse() {
		clear(g.models)
		g.models = nil
		return
	}
	kept := g.models[:0]
	for _, m := range g.models {
		if e.fit(g, m, True(), []Formula{f}, true) {
			kept = append(kept, m)
		}
	}
	clear(g.models[len(kept):])
	g.models = kept
	g.mention(e, len(g.formulas)-1)
}

// Fits reports whether formulas can hold together with the ground, as far as its models show. What is given has to follow from
// the ground and the formulas together: it is not looked into where it is part of one of these.
func (e *Effort) Fits(g *Ground, given Formula, fs ...Formula) bool {
	if e.Spent() || slices.ContainsFunc(fs, Formula.IsFalse) {
		return false
	}
	for i, m := range g.models {
		if e.fit(g, m, given, fs, false) {
			copy(g.models[1:i+1], g.models[:i])
			g.models[0] = m
			return true
		}
	}
	return false
}

// SatisfiableOn is [Effort.Satisfiable], and learns from the answer what the ground is like. The formulas should say no less
// than those of the ground.
func (e *Effort) SatisfiableOn(g *Ground, fs ...Formula) bool {
	s, ok := e.solve(fs)
	if !ok || s == nil || g.failed >= maxFailed {
		return ok
	}
	switch m := s.model(); {
	case m == nil || !e.carries(g, m):
		g.failed++
	default:
		if len(g.models) == 0 {
			g.symbols, g.free = map[string][]int32{}, map[atom][]int32{}
			for i := range g.formulas {
				g.mention(e, i)
			}
		}
		g.models = slices.Insert(g.models[:min(len(g.models), maxModels-1)], 0, m)
	}
	return ok
}

// mention notes what a formula is about.
func (g *Ground) mention(e *Effort, i int) {
	p := numbered(g.formulas[i:i+1], &meter{effort: e, left: questionSteps})
	for symbol := range p.symbolOf {
		g.symbols[symbol] = append(g.symbols[symbol], int32(i))
	}
	for _, x := range p.tests {
		if x != nil && !x.onSymbol() {
			g.free[x.atom] = append(g.free[x.atom], int32(i))
		}
	}
}

// model is the values that a search has found, nil where they are not all known, or not in one world.
func (s *search) model() *model {
	m := &model{values: map[string]subject{}, isTrue: map[atom]bool{}}
	for i, w := range s.worlds {
		if i > 0 && w != m.world {
			return nil
		}
		m.world = w
	}
	for symbol, i := range s.symbolOf {
		switch w := &s.theory.witnesses[i]; w.kind {
		case witnessString:
			m.values[symbol] = w.subject
		case witnessNull:
		default:
			return nil
		}
	}
	for g, x := range s.tests {
		if x != nil && !x.onSymbol() && s.value[g] > 0 {
			m.isTrue[x.atom] = true
		}
	}
	return m
}

// carries reports whether a ground certainly holds under a model, of which it keeps what is about the ground.
func (e *Effort) carries(g *Ground, m *model) bool {
	meter := &meter{effort: e, left: questionSteps}
	s := newSearch(numbered(g.formulas, meter), meter)
	s.take(m)
	if !s.certain() || meter.over() {
		return false
	}
	values, isTrue := map[string]subject{}, map[atom]bool{}
	for symbol := range s.symbolOf {
		if v, ok := m.values[symbol]; ok {
			values[symbol] = v
		}
	}
	for _, x := range s.tests {
		if x != nil && m.isTrue[x.atom] {
			isTrue[x.atom] = true
		}
	}
	m.values, m.isTrue = values, isTrue
	return true
}

// take gives everything the values of a model.
func (s *search) take(m *model) {
	s.theory.world, s.believed = m.world, m.isTrue
	for symbol, i := range s.symbolOf {
		if v, ok := m.values[symbol]; ok {
			s.theory.witnesses[i] = witness{witnessString, v}
		}
	}
}

// fit reports whether formulas certainly hold under a model, but for the values of some symbols of theirs: those that the
// ground does not mention, or so seldom that what it says of them can be looked at too. With keep the model takes these over.
func (e *Effort) fit(g *Ground, m *model, given Formula, fs []Formula, keep bool) bool {
	meter := &meter{effort: e, left: fitSteps}
	s := newSearch(numbered(fs, meter, given), meter)
	s.take(m)
	if s.certain() {
		return !meter.over()
	}
	open := g.open(s.problem)
	s = newSearch(numbered(append(fs[:len(fs):len(fs)], open.about...), meter, given), meter)
	s.take(m)
	if !s.hold(open) {
		return false
	}
	for i := range s.components {
		if !s.satisfiableIn(&s.components[i], m.world) {
			return false
		}
	}
	if !s.certain() || meter.over() {
		return false
	}
	if keep {
		m.change(s, open)
	}
	return true
}

// openings are what may have other values than in a model, and the formulas of the ground that are about it.
type openings struct {
	symbols map[string]bool
	free    map[atom]bool
	about   []Formula
}

// open finds what of a problem the ground mentions seldom.
func (g *Ground) open(p *problem) openings {
	o := openings{symbols: map[string]bool{}, free: map[atom]bool{}}
	seen := map[int32]bool{}
	take := func(about []int32) bool {
		if len(about) > maxAbout {
			return false
		}
		for _, i := range about {
			if !seen[i] {
				seen[i] = true
				o.about = append(o.about, g.formulas[i])
			}
		}
		return true
	}
	for _, x := range p.tests {
		switch {
		case x == nil:
		case !x.onSymbol():
			o.free[x.atom] = take(g.free[x.atom])
		default:
			o.symbols[x.symbol] = take(g.symbols[x.symbol])
			if x.kind == atomSame {
				o.symbols[x.arg] = take(g.symbols[x.arg])
			}
		}
	}
	return o
}

// hold makes the outcomes that the values of a model decide what they are, but for what is open. It reports false where they
// contradict what is given.
func (s *search) hold(o openings) bool {
	for g, x := range s.tests {
		if x == nil || !x.onSymbol() && o.free[x.atom] || x.onSymbol() && (o.symbols[x.symbol] || x.kind == atomSame && o.symbols[x.arg]) {
			continue
		}
		switch v := s.outcome(int32(g)); {
		case v > 0 && !s.assign(int32(g)<<1), v < 0 && !s.assign(int32(g)<<1|1):
			return false
		}
	}
	return s.given < 0 || s.assign(s.given<<1)
}

// change makes the values of what is open those that a search has found.
func (m *model) change(s *search, o openings) {
	for symbol, i := range s.symbolOf {
		if !o.symbols[symbol] {
			continue
		}
		delete(m.values, symbol)
		if w := &s.theory.witnesses[i]; w.kind == witnessString {
			m.values[symbol] = w.subject
		}
	}
	for g, x := range s.tests {
		if x != nil && o.free[x.atom] {
			delete(m.isTrue, x.atom)
			if s.value[g] > 0 {
				m.isTrue[x.atom] = true
			}
		}
	}
}
