package condition

import (
	"fmt"
	"strings"
	"testing"
)

// stepsFor is what a question costs, and its answer.
func stepsFor(all []Formula) (int64, bool) {
	const plenty = 1 << 40
	e := NewEffort(plenty, nil)
	answer := e.Satisfiable(all...)
	return plenty - e.left - e.ready, answer
}

// TestFlowsCostLinearly asks about one flow behind many: four times as many flows may not cost much more than four
// times as much.
func TestFlowsCostLinearly(t *testing.T) {
	const few, many = 200, 800
	for _, c := range chains() {
		for _, last := range []string{c.flow(many), c.dead} {
			a, _ := stepsFor(behind(t, c, few, last))
			b, got := stepsFor(behind(t, c, many, last))
			if want := last != c.dead; got != want {
				t.Errorf("%s: %s behind %d flows: Satisfiable is %v", c.name, last, many, got)
			}
			if b > 5*a {
				t.Errorf("%s: %s costs %d steps behind %d flows and %d behind %d", c.name, last, a, few, b, many)
			}
		}
	}
}

func TestEffortSpent(t *testing.T) {
	dead := behind(t, chains()[0], 50, `p = "/x7"`)
	enough, _ := stepsFor(dead)
	e := NewEffort(2*enough, nil)
	if e.Satisfiable(dead...) || e.Spent() {
		t.Error("no proof within enough steps")
	}
	for range 3 {
		e.Satisfiable(dead...)
	}
	if left := e.left + e.ready; !e.Satisfiable(dead...) || e.left+e.ready != left {
		t.Error("a spent effort is spent further")
	}
	if !e.Spent() || !e.Satisfiable(dead...) || !e.Satisfiable(dead[0], Not(dead[0])) {
		t.Error("a spent effort proves something")
	}
	if e.Satisfiable(False()) {
		t.Error("a spent effort forgets that false is false")
	}
	var none *Effort
	if none.Satisfiable(dead...) || none.Spent() || none.Satisfiable(dead[0], Not(dead[0])) {
		t.Error("a nil effort does not bound each question alone")
	}
}

// TestEffortEndsAnywhere ends a question after any number of steps: what was not looked at must not make a proof.
func TestEffortEndsAnywhere(t *testing.T) {
	all := formulas(t, []string{
		`p ~/ "/a*/**/b" and p ~ "*/c*" and (v = "GET" or v = "PUT")`, `- p ~ "*x*"`, `- p ~/ "/aa/**"`, `- v = "GET" and p ~ "*b*"`,
		`q = "abcd" and q ~ "a*c?" and q ~~ "[a-d]*"`, `- q ~ "*c"`, `g := "a" and g != "A"`, `x != null and x > 3`,
	})
	steps, answer := stepsFor(all)
	if !answer {
		t.Fatal("it is possible")
	}
	for n := range steps {
		if !NewEffort(n, nil).Satisfiable(all...) {
			t.Fatalf("a wrong proof within %d of %d steps", n, steps)
		}
	}
}

// TestUnnamedCharacter asks about a pattern with the character that stands for those that no pattern names.
func TestUnnamedCharacter(t *testing.T) {
	all := formulas(t, []string{"p ~/ \"/*\"", "- p ~/ \"/*\ue000*\""})
	if steps, answer := stepsFor(all); !answer || steps > 5000 {
		t.Errorf("Satisfiable is %v after %d steps", answer, steps)
	}
}

func TestEffortBind(t *testing.T) {
	e, err := Parse(`x ~ "a*c" and x ~~ "[abc]+" and x = "abc"`)
	if err != nil {
		t.Fatal(err)
	}
	const plenty = 1 << 40
	all := NewEffort(plenty, nil)
	known := func(string) Term { return Literal("abc") }
	if !all.Bind(e, known).IsTrue() {
		t.Error("what is known of a value is not found out")
	}
	steps := plenty - all.left - all.ready
	for n := range steps {
		little := NewEffort(n, nil)
		if f := little.Bind(e, known); f.IsFalse() || n < steps/2 && f.IsTrue() || !little.Spent() {
			t.Fatalf("within %d of %d steps: true %v, false %v, spent %v", n, steps, f.IsTrue(), f.IsFalse(), little.Spent())
		}
	}
}

// TestEffortBindCounts binds conditions that cost something: their length, and what expressions are tried on.
func TestEffortBindCounts(t *testing.T) {
	cost := func(src, value string) int64 {
		e, err := Parse(src)
		if err != nil {
			t.Fatal(err)
		}
		const plenty = 1 << 40
		all := NewEffort(plenty, nil)
		all.Bind(e, func(string) Term { return Literal(value) })
		return plenty - all.left - all.ready
	}
	if short, long := cost(`x = "a"`, "a"), cost(`x = "a"`+strings.Repeat(` and x = "a"`, 99), "a"); long < 50*short || short == 0 {
		t.Errorf("a hundred members cost %d steps, one %d", long, short)
	}
	short, long := cost(`x ~~ "[a-z]+"`, "a"), cost(`x ~~ "[a-z]+"`, strings.Repeat("a", 200))
	if long < short+100 {
		t.Errorf("an expression costs %d steps on one character, %d on 200", short, long)
	}
}

func TestEffortStops(t *testing.T) {
	hard := pigeonhole(11)
	asked := 0
	e := NewEffort(1<<40, func() bool { asked++; return asked == 3 })
	if !e.Satisfiable(hard...) || !e.Spent() || asked != 3 {
		t.Errorf("stop was asked %d times, spent is %v", asked, e.Spent())
	}
	before := asked
	easy := formula(t, `a = "x" and b = "y"`)
	e = NewEffort(1<<40, func() bool { asked++; return false })
	for range 1000 {
		e.Satisfiable(easy)
	}
	if asked == before {
		t.Error("many small questions never ask whether to stop")
	}
}

// TestEffortCountsAll does pieces of work that are larger than the steps at hand.
func TestEffortCountsAll(t *testing.T) {
	m := meter{effort: NewEffort(3*pollEvery, nil), left: 1 << 40}
	if !m.spend(2*pollEvery) || m.spend(2*pollEvery) || !m.over() || m.spend(1) || !m.effort.Spent() {
		t.Error("steps beyond those at hand are not counted")
	}
}

// TestQuestionBounded asks what nobody can answer: the question ends and the effort has more for others.
func TestQuestionBounded(t *testing.T) {
	var letters []string
	for c := 'a'; c <= 'z'; c++ {
		letters = append(letters, fmt.Sprintf(`p ~ "*%c*"`, c))
	}
	for name, hard := range map[string][]Formula{
		"pigeons": pigeonhole(11),
		"letters": {formula(t, strings.Join(letters, " and "))},
	} {
		const plenty = 1 << 40
		e := NewEffort(plenty, nil)
		if !e.Satisfiable(hard...) {
			t.Errorf("%s: a wrong proof, or one that nobody can have found", name)
		}
		if e.Spent() {
			t.Errorf("%s: one question has spent the effort", name)
		}
		if took := plenty - e.left - e.ready; took > 2*questionSteps {
			t.Errorf("%s: %d steps", name, took)
		}
		if e.Satisfiable(formula(t, `a = "x" and a = "y"`)) {
			t.Errorf("%s: nothing is left for the next question", name)
		}
	}
}

// pigeonhole puts one pigeon more than there are holes into them, each into one of its own.
func pigeonhole(holes int) []Formula {
	in := func(pigeon, hole int) Formula { return Unknown(string(rune('a'+pigeon)) + string(rune('0'+hole))) }
	var all []Formula
	for p := range holes + 1 {
		var some []Formula
		for h := range holes {
			some = append(some, in(p, h))
			for q := range p {
				all = append(all, Not(And(in(p, h), in(q, h))))
			}
		}
		all = append(all, Or(some...))
	}
	return all
}
