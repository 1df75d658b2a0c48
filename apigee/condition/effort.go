package condition

import "sync"

// Effort is how much work many questions may cost together, and who may end it. A step is one small piece of work: a
// gate numbered, a gate given its truth value, a test tried on a value, a state of an automaton moved over a character.
// Most take between 10 and 50 nanoseconds, those that need memory up to 100.
//
// What is answered once an effort is spent is what is answered where no proof is found: formulas are satisfiable and
// nothing implies anything. A single question never costs more than a bound of its own, which grows with its size; one
// that reaches it counts as not proven and leaves the effort as it is.
//
// An Effort is for one goroutine. A nil *Effort bounds each question alone.
type Effort struct {
	left  int64 // steps not handed out yet
	ready int64 // steps handed out since stop was last asked
	stop  func() bool
	spent bool

	memory *memory // for working out an answer
}

// NewEffort allows so many steps. stop, which may be nil, is asked every few thousand steps whether to give up earlier.
func NewEffort(steps int64, stop func() bool) *Effort { return &Effort{left: steps, stop: stop} }

// Another is an effort with so many steps of its own for the same goroutine, and to be ended by the same. The two use the same
// working memory in turns.
func (e *Effort) Another(steps int64) *Effort {
	return &Effort{left: steps, stop: e.stop, memory: e.workingMemory()}
}

// withoutEnd are more steps than anybody takes.
const withoutEnd = 1 << 62

func unbounded() *Effort { return &Effort{left: withoutEnd} }

// alone are efforts of questions that have none, kept for their working memory.
var alone = sync.Pool{New: func() any { return unbounded() }}

// Take counts steps of work that is done elsewhere, and reports whether any are left.
func (e *Effort) Take(steps int) bool {
	if e == nil {
		return true
	}
	e.ready -= int64(steps)
	return !e.spent && (e.ready >= 0 || e.hand())
}

// Left is how many steps are left.
func (e *Effort) Left() int64 { return e.left + e.ready }

// Spent reports whether the steps are used up or stop has asked to give up.
func (e *Effort) Spent() bool { return e != nil && e.spent }

// Satisfiable is [Satisfiable] within the effort.
func (e *Effort) Satisfiable(fs ...Formula) bool {
	if e == nil {
		e = alone.Get().(*Effort)
		defer alone.Put(e)
		e.left, e.ready = withoutEnd, 0
	}
	return e.satisfiable(fs)
}

// Satisfiable reports whether all formulas can hold together for some values of the symbols. False is a proof that
// they cannot under any reading of the language; true may also mean that the search was given up.
func Satisfiable(fs ...Formula) bool { return (*Effort)(nil).Satisfiable(fs...) }

// Implies reports whether a is proven to hold only where b holds.
func Implies(a, b Formula) bool { return !Satisfiable(a, Not(b)) }

// pollEvery is how many steps are taken between two calls of stop.
const pollEvery = 4096

// hand makes more steps ready. It reports false, from then on, once there are none.
func (e *Effort) hand() bool {
	e.left += e.ready // what was taken beyond the last steps made ready
	e.ready = 0
	if e.spent || e.left <= 0 || e.stop != nil && e.stop() {
		e.spent = true
		return false
	}
	e.ready = min(e.left, pollEvery)
	e.left -= e.ready
	return true
}

// Bounds of one question: so many steps, and so many more for each gate in it.
const (
	questionSteps = 1 << 21
	stepsPerGate  = 256
)

// meter counts the steps of one question.
type meter struct {
	effort *Effort
	left   int64
}

// spend takes steps and reports whether the work may go on. Once it may not it never may again.
func (m *meter) spend(steps int) bool {
	m.left -= int64(steps)
	m.effort.ready -= int64(steps)
	return m.left >= 0 && (m.effort.ready >= 0 || m.effort.hand())
}

// over reports whether the work has to end.
func (m *meter) over() bool { return m.left < 0 || m.effort.spent }
