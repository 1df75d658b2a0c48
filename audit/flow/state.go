package flow

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
	by    *frame // the step that faults for other requests: RaiseFault, or OAuthV2 on a grant; nil for other facts
}

// maxFacts bounds what is remembered of the way to one place. To know less is to take more for possible.
const maxFacts = 2_000

func (s state) with(f fact) state { return s.withAll([]fact{f}) }

func (s state) withAll(facts []fact) state {
	facts = facts[:min(len(facts), max(0, maxFacts-len(s.facts)))]
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

// covers reports whether a variable is what a write may set. Both are canonical.
func (w *write) covers(variable string) bool {
	switch {
	case !w.prefix:
		return w.name == variable
	case w.name == "":
		return !constant(variable) && !isProperty(variable)
	}
	return strings.HasPrefix(variable, w.name)
}

// canonical folds the case of header names, the only part of a variable that HTTP makes case-insensitive.
func canonical(variable string) string {
	if strings.HasPrefix(variable, "request.header.") || strings.HasPrefix(variable, "response.header.") {
		return strings.ToLower(variable)
	}
	return variable
}

// resolve is the canonical name of a variable where the walk is. The message is the request in the request flow.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/variables-reference, "message".
func (w *walker) resolve(variable string) string {
	variable = canonical(variable)
	if part, ok := strings.CutPrefix(variable, messagePrefix); ok && !w.trace.response && !w.trace.Presumed {
		return canonical(requestPrefix + part)
	}
	return variable
}

// The messages that a flow works on: message is the one of the direction.
const (
	messagePrefix = "message."
	requestPrefix = "request."
)

// lookup is what a variable stands for in a state.
func (w *walker) lookup(s state, variable string) condition.Term {
	variable = w.resolve(variable)
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
	return free(variable)
}

// free is the term of a variable of which nothing is known. A path suffix begins with a slash where it is not empty.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/variables-reference, "proxy.pathsuffix".
func free(variable string) condition.Term {
	if variable == pathSuffix {
		return condition.Path(variable)
	}
	return condition.Symbol(variable)
}

// bind reads a condition at a point of a flow; no condition is true.
func (w *walker) bind(s state, e *condition.Expr) condition.Formula {
	if e == nil || w.unconditional || w.blind {
		return condition.True()
	}
	return w.effort.Bind(e, func(variable string) condition.Term { return w.lookup(s, variable) })
}

// maxWritten bounds the assignments of a walk that are followed.
const maxWritten = 50_000

// assign applies what a policy writes. A write under a condition is certain only where the condition holds.
func (w *walker) assign(s state, p *Policy, cond condition.Formula) state {
	if w.written > maxWritten {
		w.blind, w.trace.Simplified = true, true
	}
	if w.blind {
		return s
	}
	certain := cond.IsTrue() && !p.ContinueOnError
	before := s // copies read the values from before the policy, as good as any for several writes in one policy
	for _, wr := range w.visibleWrites(p) {
		if wr.ofResponse && !w.trace.response && !w.trace.Presumed {
			continue
		}
		wr.name = w.resolve(wr.name)
		w.written++
		a := &assignment{write: wr, id: w.written, prev: s.last}
		if !wr.prefix {
			a.term = condition.Symbol(wr.name + "@" + strconv.Itoa(a.id))
			switch {
			case certain && wr.literal != nil:
				a.term = condition.Literal(*wr.literal)
			case certain && wr.copyOf != "":
				from := w.lookup(before, wr.copyOf)
				if from.IsLiteral() {
					a.term = from
				} else { // what becomes of the variable when nothing is copied is not documented
					s = s.with(fact{holds: condition.Or(condition.IsNull(from), condition.Same(a.term, from))})
				}
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
	if len(p.writes()) == 0 || w.unconditional {
		return nil
	}
	if list, ok := w.writes[p]; ok {
		return list
	}
	var list []write
	for _, wr := range p.writes() {
		wr.name = canonical(wr.name)
		for variable := range w.reads {
			if wr.covers(variable) {
				list = append(list, wr)
				break
			}
		}
	}
	w.writes[p] = list
	return list
}

// branches are the ways through alternatives: what each assigned and what is known since.
type branches struct {
	ends  []*assignment
	facts []fact
}

// add takes in a way that began with one state and ended with another.
func (b *branches) add(before, after state) {
	b.ends = append(b.ends, after.last)
	if n := len(before.facts); len(after.facts) > n {
		b.facts = append(b.facts, after.facts[n:]...)
	}
}

// join is the state behind alternatives: every variable that one of them assigned is unknown, and what each made known
// of its own requests stays so.
func (w *walker) join(common state, b *branches) state {
	seen := map[written]bool{}
	after := common.withAll(b.facts)
	for _, last := range b.ends {
		for _, wr := range writesSince(common, state{last: last}) {
			if name := (written{wr.name, wr.prefix}); !seen[name] {
				seen[name] = true
				after = w.unknown(after, wr)
			}
		}
	}
	return after
}

// forget makes unknown whatever a list of writes may have set.
func (w *walker) forget(s state, list []write) state {
	for _, wr := range list {
		s = w.unknown(s, wr)
	}
	return s
}

func (w *walker) unknown(s state, wr write) state {
	w.written++
	wr.literal, wr.copyOf = nil, ""
	s.last = &assignment{
		write: wr, id: w.written, term: condition.Symbol(wr.name + "@" + strconv.Itoa(w.written)), prev: s.last,
	}
	return s
}
