package flow

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"apigee-audit/apigee/condition"
)

// crowd adds so many alternatives to a choice that not all are listed any more, and returns when each is taken.
func crowd(t *testing.T, c *choice, cond func(i int) string) (taken []condition.Formula) {
	t.Helper()
	for i := range 3 * maxListed {
		e, err := condition.Parse(cond(i))
		if err != nil {
			t.Fatal(err)
		}
		taken = append(taken, c.add(e.Bind(free)))
	}
	if !c.crowded || c.passed == 0 {
		t.Fatal("the alternatives are all listed: the test shows nothing")
	}
	return taken
}

// TestChoiceOfMany holds for alternatives that are not listed one by one what TestChoice holds for a few.
func TestChoiceOfMany(t *testing.T) {
	for name, cond := range map[string]func(i int) string{
		"unrelated": func(i int) string { return fmt.Sprintf(`request.header.h%d = "1"`, i) },
		"overlapping": func(i int) string {
			return fmt.Sprintf(`request.header.x-op != "op%d" and request.queryparam.q%d = "1"`, i, i)
		},
		"two verbs": func(i int) string {
			return fmt.Sprintf(`request.verb = "%s" and request.header.h%d = "1"`, []string{"GET", "POST"}[i%2], i)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := choice{effort: condition.NewEffort(1<<40, nil)}
			taken := crowd(t, &c, cond)
			r := rand.New(rand.NewPCG(7, 8))
			for _, i := range append(r.Perm(len(taken))[:8], len(taken)-1) {
				before := condition.True()
				for _, earlier := range c.conds[:i] {
					before = condition.And(before, condition.Not(earlier))
				}
				want := condition.And(before, c.conds[i])
				if !condition.Implies(taken[i], want) || !condition.Implies(want, taken[i]) {
					t.Errorf("alternative %d is taken elsewhere", i)
				}
			}
			again := c.add(c.conds[7])
			if condition.Satisfiable(again) {
				t.Error("an alternative is taken that came before")
			}
		})
	}
}

// TestGroundOfMany holds that what is asked on the ground of a choice has the answer that the whole conjunction has, dead flows
// included, and that only these look at all of it.
func TestGroundOfMany(t *testing.T) {
	const plenty = 1 << 40
	w := &walker{effort: condition.NewEffort(plenty, nil)}
	c := choice{effort: w.effort}
	page := fact{holds: condition.Not(condition.IsNull(free("request.queryparam.page")))}
	s := state{facts: []fact{page}}
	g := w.ground(s, &c)
	cond := func(i int) condition.Formula {
		if i%100 == 99 { // a flow that never runs
			i--
		}
		return condition.Equal(free(fmt.Sprintf("request.header.h%d", i)), "1")
	}
	for i := range 3 * maxListed {
		own := cond(i)
		taken := c.add(own)
		before := w.effort.Left()
		alive := w.selectable(s, guard{holds: taken, own: own, ground: g.before()})
		if want := i%100 != 99; alive != want {
			t.Fatalf("flow %d can run is %v", i, alive)
		}
		if cost := before - w.effort.Left(); alive && i > maxListed && cost > 2_000 {
			t.Errorf("flow %d costs %d steps", i, cost)
		}
		inside := guard{holds: taken, own: own, ground: g.before()}
		w.within(inside, func() {
			later := s.with(fact{holds: condition.Not(w.under(condition.Equal(free("request.verb"), "GET")))})
			if alive && (!w.possible(later, condition.Equal(free("request.verb"), "PUT")) || w.possible(later, condition.Equal(free("request.verb"), "GET"))) {
				t.Errorf("flow %d does not know what stops requests in it", i)
			}
			if w.possible(s, condition.IsNull(free("request.queryparam.page"))) {
				t.Errorf("flow %d does not know what stops requests before it", i)
			}
		})
	}
}

// TestKnownInFlow holds that what other flows have made known is left out where a flow was chosen, and nothing else is.
func TestKnownInFlow(t *testing.T) {
	w := &walker{effort: condition.NewEffort(1<<40, nil)}
	about := func(name string) fact { return fact{holds: condition.Equal(condition.Symbol(name), "1")} }
	common := state{facts: []fact{about("before")}}
	chosen := flowChoice{from: common, facts: []int{0}}
	var ends branches
	for i := range manyFacts {
		after := common
		if i%2 == 0 {
			after = after.with(about(fmt.Sprint("flow-", i))).with(about(fmt.Sprint("flow-", i, "-too")))
		}
		ends.add(common, after)
		chosen.facts = append(chosen.facts, len(ends.facts))
	}
	s := w.join(common, &ends)
	chosen.known = s.facts
	s = s.with(about("after"))
	for flow, want := range map[int][]fact{
		0:  {about("before"), about("flow-0"), about("flow-0-too"), about("after")},
		3:  {about("before"), about("after")},
		42: {about("before"), about("flow-42"), about("flow-42-too"), about("after")},
	} {
		got := w.index(s, chosen).in(flow, condition.True()).facts
		if !slices.EqualFunc(got, want, func(a, b fact) bool { return condition.Equivalent(a.holds, b.holds) }) {
			t.Errorf("in flow %d are known %d facts, want %d", flow, len(got), len(want))
		}
	}
	forgotten := state{facts: s.facts[1:]}
	if got := len(w.index(forgotten, chosen).in(0, condition.True()).facts); got != len(forgotten.facts) {
		t.Errorf("%d of %d facts are known where the audit has forgotten one", got, len(forgotten.facts))
	}
}
