package condition

import (
	"math/rand/v2"
	"strconv"
	"testing"
)

// FuzzSolver compares the solver with trying all values under all readings: what holds somewhere must not be called
// impossible, by a search with however little effort, by the requirements or by folding.
func FuzzSolver(f *testing.F) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		f.Add(randomBytes(random))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 256 {
			return
		}
		checkSample(t, newOracle(), data)
	})
}

// TestNeverDeadWhenAlive is the fuzz target on a fixed set.
func TestNeverDeadWhenAlive(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine does it all, of which the race detector learns nothing")
	}
	const rounds = 4000
	random := rand.New(rand.NewPCG(1, 2))
	o := newOracle()
	dead := 0
	for range rounds {
		if checkSample(t, o, randomBytes(random)) {
			dead++
		}
	}
	if dead < rounds/5 {
		t.Errorf("only %d of %d conditions were proven impossible: the test has lost its teeth", dead, rounds)
	}
}

func randomBytes(r *rand.Rand) []byte {
	data := make([]byte, 24+r.IntN(80))
	for i := range data {
		data[i] = byte(r.UintN(256))
	}
	return data
}

// checkSample makes up to three conditions, asks whether they can hold together, and reports whether they were proven
// not to.
func checkSample(t *testing.T, o *oracle, data []byte) bool {
	s := &sampler{bytes: data, oracle: o}
	var parts []sample
	for range 1 + s.next(3) {
		parts = append(parts, s.tree(s.next(4)))
	}
	var formulas []Formula
	all := sample{eval: func(at *situation) bool {
		for _, p := range parts {
			if !p.eval(at) {
				return false
			}
		}
		return true
	}}
	for _, p := range parts {
		e, err := Parse(p.src)
		if err != nil {
			t.Fatalf("%s: %v", p.src, err)
		}
		formulas = append(formulas, e.Bind(terms))
		all.src += p.src + "; "
		all.features = append(all.features, p.features...)
		all.literals = append(all.literals, p.literals...)
	}
	dead := !Satisfiable(formulas...)
	little := NewEffort(int64(s.next(256))*int64(1+s.next(64)), nil)
	hasty := !little.Satisfiable(formulas...)
	excluded := len(formulas) > 1 && formulas[0].Requires().Excludes(formulas[1].Requires())
	if !dead && !hasty && !excluded {
		return false
	}
	all.situations(func(at *situation) bool {
		if !all.eval(at) {
			return false
		}
		t.Fatalf("called impossible (search %v, little effort %v, requirements %v), but is not: %s\nwith %s, %+v",
			dead, hasty, excluded, all.src, describe(at), at.reading)
		return true
	})
	return dead
}

func describe(at *situation) string {
	text := ""
	for _, name := range []string{"x", "y", "p"} {
		if v := at.of(name); v == nil {
			text += name + " null, "
		} else {
			text += name + " " + strconv.Quote(*v) + ", "
		}
	}
	return text
}
