package condition

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestGround compares questions on a ground with the same questions asked at once.
func TestGround(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 12))
	asked, fits, dead := 0, 0, 0
	for range 400 {
		s := &sampler{bytes: randomBytes(random), oracle: newOracle()}
		draw := func() Formula {
			s.bytes = append(s.bytes, randomBytes(random)...)
			f := formula(t, s.tree(s.next(2)).src)
			if s.next(4) > 0 {
				f = And(f, formula(t, fmt.Sprintf(`h%d = "1"`, s.next(12))))
			}
			if s.next(6) == 0 {
				f = Or(f, Unknown(string(rune('u'+s.next(3)))))
			}
			return f
		}
		var g Ground
		e := NewEffort(1<<40, nil)
		var all []Formula
		for range 12 {
			own, step := draw(), draw()
			chosen := And(append([]Formula{own}, all...)...)
			question := append([]Formula{own, step}, all...)
			if s.next(2) == 0 { // what was chosen is part of what is known
				step = Or(Not(chosen), step)
				question[1] = step
			}
			want := Satisfiable(question...)
			got := e.Fits(&g, chosen, own, step)
			if got && !want {
				t.Fatal("formulas fit that cannot hold together")
			}
			if got {
				fits++
			} else if e.SatisfiableOn(&g, question...) != want {
				t.Fatalf("SatisfiableOn is %v, want %v", !want, want)
			}
			asked++
			if !want {
				dead++
			}
			all = append(all, Not(own))
			e.Add(&g, Not(own))
		}
	}
	if fits < asked/8 || dead < asked/10 {
		t.Errorf("of %d questions %d fit and %d have the answer no: the test has lost its teeth", asked, fits, dead)
	}
}

// TestGroundCostsLinearly asks of each of many flows whether it can be the first that is true: four times as many flows may not
// cost much more than four times as much.
func TestGroundCostsLinearly(t *testing.T) {
	cost := func(c chain, n int) int64 {
		const plenty = 1 << 40
		e := NewEffort(plenty, nil)
		var g Ground
		before := True()
		for i := range n {
			own := formula(t, c.flow(i))
			chosen := And(own, before)
			if !e.Fits(&g, chosen, own) && !e.SatisfiableOn(&g, chosen) {
				t.Fatalf("%s: flow %d is dead", c.name, i)
			}
			before = And(before, Not(own))
			e.Add(&g, Not(own))
		}
		return plenty - e.Left()
	}
	few, many := 50, 200
	verbs := []string{"GET", "POST", "PUT", "DELETE"}
	list := []chain{
		{name: "unrelated", flow: func(i int) string { return fmt.Sprintf(`h%d = "1"`, i) }},
		{name: "overlapping", flow: func(i int) string { return fmt.Sprintf(`o != "op%d" and q%d = "1"`, i, i) }},
		{name: "variables and verbs", flow: func(i int) string { return fmt.Sprintf(`h%d = "1" and v = "%s"`, i, verbs[i%4]) }},
		{name: "seldom", flow: func(i int) string { return fmt.Sprintf(`h%d = "1" and q%d = "2"`, i/8, i) }},
		{name: "flags", flow: func(i int) string { return fmt.Sprintf("f%d", i) }},
	}
	for _, c := range list {
		if a, b := cost(c, few), cost(c, many); b > 5*a {
			t.Errorf("%s: %d flows cost %d steps, and %d cost %d", c.name, few, a, many, b)
		}
	}
}
