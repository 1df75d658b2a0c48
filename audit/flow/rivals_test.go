package flow

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"apigee-audit/apigee/condition"
)

// drawCondition draws a condition over few variables and values, so that many of them exclude one another.
func drawCondition(r *rand.Rand, depth int) string {
	if depth > 0 && r.IntN(3) > 0 {
		a, b := drawCondition(r, depth-1), drawCondition(r, depth-1)
		switch r.IntN(5) {
		case 0:
			return "not (" + a + ")"
		case 1, 2:
			return "(" + a + ") or (" + b + ")"
		}
		return "(" + a + ") and (" + b + ")"
	}
	v := []string{"request.verb", "request.header.a", "request.header.b"}[r.IntN(3)]
	switch r.IntN(7) {
	case 0:
		return v + " = null"
	case 1:
		return fmt.Sprintf(`%s != "%d"`, v, r.IntN(3))
	case 2:
		return fmt.Sprintf(`proxy.pathsuffix MatchesPath "%s"`, []string{"/a", "/b", "/a/*", "/**", "/ab/{id}", "/a*", "/4", "/b/c/**"}[r.IntN(8)])
	case 3:
		return fmt.Sprintf(`%s StartsWith "%d"`, v, r.IntN(3))
	}
	return fmt.Sprintf(`%s = "%d"`, v, r.IntN(3))
}

func drawn(t *testing.T, r *rand.Rand, n int) []condition.Formula {
	t.Helper()
	var out []condition.Formula
	for range n {
		text := drawCondition(r, 2)
		e, err := condition.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		out = append(out, e.Bind(free))
	}
	return out
}

// TestRivals holds that the index finds what asking every formula in turn would find, and in that order.
func TestRivals(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	pruned := 0
	for round := range 300 {
		var rs rivals
		list := append(drawn(t, r, []int{4, fewRivals, 40}[round%3]), condition.True(), condition.Not(condition.True()))
		r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		for _, f := range list {
			rs.add(f.Requires())
		}
		for k, f := range append(drawn(t, r, 6), list...) {
			needs := f.Requires()
			var want []int
			for i, g := range list {
				if !g.Requires().Excludes(needs) {
					want = append(want, i)
				}
			}
			if got := rs.of(needs); !slices.Equal(got, want) {
				t.Fatalf("round %d, formula %d: rivals %v, want %v", round, k, got, want)
			}
			pruned += len(list) - len(want)
		}
	}
	if pruned == 0 {
		t.Error("no formula excluded any other: the conditions are drawn so that the test shows nothing")
	}
}

// TestRivalsAreFew holds what the index is for: of the flows of a large proxy only those are looked at that share a value.
// All flows have one of two verbs, so filing them by verb would leave half of them to look at.
func TestRivalsAreFew(t *testing.T) {
	var rs rivals
	flow := func(i int) condition.Requirements {
		return condition.And(
			condition.Equal(condition.Symbol("a.verb"), []string{"GET", "POST"}[i%2]),
			condition.Equal(condition.Symbol("b.path"), fmt.Sprint("/", i)),
		).Requires()
	}
	const flows = 100
	for i := range flows {
		rs.add(flow(i))
	}
	if p := rs.symbols["b.path"]; p == nil || len(p.all) < flows-2 {
		t.Errorf("flows are not filed by their paths: %v", rs.symbols)
	}
	if got := rs.of(flow(7)); !slices.Equal(got, []int{7}) {
		t.Errorf("rivals of flow 7 are %v", got)
	}
}

// TestRivalsWithWildcardsAreFew: a path that is known only by its beginning tells flows apart all the same.
func TestRivalsWithWildcardsAreFew(t *testing.T) {
	var rs rivals
	const flows = 100
	var list []condition.Requirements
	for i := range flows {
		e, err := condition.Parse(fmt.Sprintf(`proxy.pathsuffix MatchesPath "/v1/res%d/*" and request.verb = "%s"`, i, []string{"GET", "POST"}[i%2]))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, e.Bind(free).Requires())
		rs.add(list[i])
	}
	for i, needs := range list {
		before := len(rs.candidates(needs))
		if got := rs.of(needs); !slices.Equal(got, []int{i}) || before > 3 {
			t.Errorf("rivals of flow %d are %v, of %d looked at", i, got, before)
		}
	}
}

// TestHeads holds that the tree finds the texts of which one is the beginning of the other.
func TestHeads(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	draw := func() string {
		text := make([]byte, r.IntN(6))
		for i := range text {
			text[i] = "ab/"[r.IntN(3)]
		}
		return string(text)
	}
	for range 200 {
		var h heads
		var texts []string
		for i := range r.IntN(40) {
			texts = append(texts, draw())
			h.add(texts[i], i)
		}
		for range 10 {
			text := draw()
			var want []int
			for i, other := range texts {
				if strings.HasPrefix(other, text) || strings.HasPrefix(text, other) {
					want = append(want, i)
				}
			}
			got := h.collect(text, nil)
			slices.Sort(got)
			if !slices.Equal(got, want) || h.number(text) != len(want) {
				t.Fatalf("%q begins like %v (%d) of %q, want %v", text, got, h.number(text), texts, want)
			}
		}
	}
}

// TestChoice holds that an alternative is taken where it is true and none before it is, whichever of them are left out of
// the formula because they cannot be true there.
func TestChoice(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for round := range 100 {
		var c choice
		before := condition.True()
		for i, f := range drawn(t, r, 6) {
			if got, want := c.add(f), condition.And(before, f); !condition.Implies(got, want) || !condition.Implies(want, got) {
				t.Fatalf("round %d: alternative %d is taken elsewhere", round, i)
			}
			before = condition.And(before, condition.Not(f))
		}
		if !condition.Implies(c.none(), before) || !condition.Implies(before, c.none()) {
			t.Fatalf("round %d: none is taken elsewhere", round)
		}
	}
}

// TestChoiceWithoutEffort: what nobody will decide is not worth comparing with hundreds of flows.
func TestChoiceWithoutEffort(t *testing.T) {
	effort := condition.NewEffort(0, nil)
	a, b := condition.Equal(condition.Symbol("a"), "1"), condition.Equal(condition.Symbol("b"), "2")
	effort.Satisfiable(condition.Or(a, b))
	if !effort.Spent() {
		t.Fatal("the effort is not spent")
	}
	c := choice{effort: effort}
	c.add(a)
	if got := c.add(b); got != b {
		t.Errorf("the alternative is taken where %v, want %v", got, b)
	}
}
