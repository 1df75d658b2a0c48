package audit

import (
	"slices"
	"strconv"
	"strings"

	"apigee-audit/apigee/condition"
)

// state is what is known at one point of a flow: what the variables stand for, and what must be true because the flow
// got here. States are values; changing a copy leaves the original alone.
type state struct {
	last  *assignment // newest first
	facts []fact
}

// assignment is a write that happened on the way, with the term its variable stands for since.
type assignment struct {
	write
	id   int
	term condition.Term
	prev *assignment
}

// fact is a formula that holds for every request that got here, and the step that made it so.
type fact struct {
	holds condition.Formula
	by    *frame // the RaiseFault step, nil for other facts
}

func (s state) with(f fact) state { return s.withAll([]fact{f}) }

func (s state) withAll(facts []fact) state {
	s.facts = append(slices.Clip(s.facts), facts...)
	return s
}

// constant variables cannot be written by policies.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/variables-reference (permission "read").
func constant(variable string) bool {
	switch variable {
	case "proxy.pathsuffix", "proxy.basepath", "proxy.name", "environment.name", "organization.name", "apiproxy.name", "apiproxy.revision":
		return true
	}
	return strings.HasPrefix(variable, "client.") || strings.HasPrefix(variable, "system.")
}

func (a *assignment) covers(variable string) bool {
	switch {
	case !a.prefix:
		return a.name == variable
	case a.name == "":
		return !constant(variable) && !isProperty(variable)
	}
	return strings.HasPrefix(variable, a.name)
}

// canonical folds the case of header names, the only part of a variable that HTTP makes case-insensitive.
func canonical(variable string) string {
	if strings.HasPrefix(variable, "request.header.") || strings.HasPrefix(variable, "response.header.") {
		return strings.ToLower(variable)
	}
	return variable
}

// lookup is what a variable stands for in a state.
func (w *walker) lookup(s state, variable string) condition.Term {
	variable = canonical(variable)
	for a := s.last; a != nil; a = a.prev {
		if !a.covers(variable) {
			continue
		}
		if !a.prefix {
			return a.term
		}
		return condition.Symbol(variable + "@" + strconv.Itoa(a.id))
	}
	if v, ok := w.constants[variable]; ok {
		return condition.Literal(v)
	}
	if v, ok := w.property(variable); ok {
		return condition.Literal(v)
	}
	return condition.Symbol(variable)
}

// bind reads a condition at a point of a flow; no condition is true.
func (w *walker) bind(s state, e *condition.Expr) condition.Formula {
	if e == nil || w.idle {
		return condition.True()
	}
	return e.Bind(func(variable string) condition.Term { return w.lookup(s, variable) })
}

// assign applies what a policy writes. A write under a condition is certain only where the condition holds.
func (w *walker) assign(s state, p *Policy, cond condition.Formula) state {
	certain := cond.IsTrue() && !p.ContinueOnError
	before := s // copies read the values from before the policy, as good as any for several writes in one policy
	for _, wr := range w.visibleWrites(p) {
		w.assignments++
		a := &assignment{write: wr, id: w.assignments, prev: s.last}
		if !wr.prefix {
			a.term = condition.Symbol(wr.name + "@" + strconv.Itoa(a.id))
			switch {
			case certain && wr.literal != nil:
				a.term = condition.Literal(*wr.literal)
			case certain && wr.copyOf != "":
				a.term = w.lookup(before, wr.copyOf)
			case wr.literal != nil && !p.ContinueOnError:
				s = s.with(fact{holds: condition.Or(condition.Not(w.under(cond)), condition.Equal(a.term, *wr.literal))})
			}
		}
		s.last = a
	}
	return s
}

// visibleWrites are the writes of a policy that some condition of this walk can see.
func (w *walker) visibleWrites(p *Policy) []write {
	if len(p.writes) == 0 || w.idle {
		return nil
	}
	if list, ok := w.writes[p]; ok {
		return list
	}
	var list []write
	for _, wr := range p.writes {
		wr.name = canonical(wr.name)
		a := assignment{write: wr}
		for variable := range w.reads {
			if a.covers(variable) {
				list = append(list, wr)
				break
			}
		}
	}
	w.writes[p] = list
	return list
}

// forget makes every variable unknown that was written in one of several alternatives after the common state.
func (w *walker) forget(common state, alternatives ...*assignment) state {
	for _, last := range alternatives {
		for a := last; a != nil && a != common.last; a = a.prev {
			common = w.unknown(common, a.write)
		}
	}
	return common
}

func (w *walker) unknown(s state, wr write) state {
	w.assignments++
	wr.literal, wr.copyOf = nil, ""
	s.last = &assignment{
		write: wr, id: w.assignments, term: condition.Symbol(wr.name + "@" + strconv.Itoa(w.assignments)), prev: s.last,
	}
	return s
}
