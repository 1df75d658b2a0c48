package condition

import (
	"fmt"
	"testing"
)

const benchmarked = `(proxy.pathsuffix MatchesPath "/token") and (request.verb = "POST") and (request.formparam.grant = "a")`

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(benchmarked); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBind(b *testing.B) {
	e, err := Parse(benchmarked)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		e.Bind(symbols)
	}
}

func BenchmarkSatisfiable(b *testing.B) {
	f := formula(b, benchmarked)
	for _, bench := range []struct{ name, earlier string }{
		{"live", `(proxy.pathsuffix MatchesPath "/token") and (request.verb = "GET")`},
		{"shadowed", `(proxy.pathsuffix MatchesPath "/*") and (request.verb = "POST")`},
	} {
		earlier := Not(formula(b, bench.earlier))
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Satisfiable(f, earlier)
			}
		})
	}
}

// chain is one kind of endpoint with many flows: the condition of each, and one that is dead behind all of them.
type chain struct {
	name string
	flow func(i int) string
	dead string // "" where none is
}

func chains() []chain {
	return []chain{
		{"equal", func(i int) string { return fmt.Sprintf(`p = "/x%d"`, i) }, `p = "/x7"`},
		{"paths", func(i int) string { return fmt.Sprintf(`p MatchesPath "/x%d"`, i) }, `p ~/ "/x7" and v = "GET"`},
		{"headers", func(i int) string { return fmt.Sprintf(`p MatchesPath "/x" and h = "v%d"`, i) }, `h = "v7" and p ~/ "/x"`},
		{"verbs", func(i int) string {
			return fmt.Sprintf(`(p MatchesPath "/x%d") and (v = "%s")`, i/4, []string{"GET", "POST", "PUT", "DELETE"}[i%4])
		}, `p ~/ "/x7" and (v = "GET" or v = "PUT")`},
		{"wildcards", func(i int) string { return fmt.Sprintf(`p MatchesPath "/x%d/*/y" and v = "GET"`, i) }, `p ~/ "/x7/{id}/y" and v = "GET"`},
		{"deep wildcards", func(i int) string { return fmt.Sprintf(`p MatchesPath "/**/x%d" and v = "GET"`, i) }, `p ~/ "/a/**/x7" and v = "GET"`},
		{"lists", func(i int) string { return fmt.Sprintf(`p ~/ "/x%d" or p ~/ "/y%d" or p ~/ "/z%d"`, i, i, i) }, `p ~/ "/z7" or p ~/ "/x9"`},
		{"globs", func(i int) string { return fmt.Sprintf(`p Matches "/x%d-*" and v = "GET"`, i) }, `p =| "/x7-/" and v = "GET"`},
		{"many variables", func(i int) string { return fmt.Sprintf(`h%d = "on" and v = "GET"`, i) }, `h7 = "on" and v = "GET"`},
		{"other verb", func(i int) string {
			if i > 0 && i%100 == 0 { // so that the last flow asked about has another one than nearly all before it
				return fmt.Sprintf(`p MatchesPath "/x%d" and v = "GET"`, i)
			}
			return fmt.Sprintf(`p MatchesPath "/x%d" and v = "POST"`, i)
		}, `p ~/ "/x7" and v = "POST" and h = "on"`},
		{"denied verb", func(i int) string { return fmt.Sprintf(`p MatchesPath "/x%d" and v != "GET"`, i) }, `p ~/ "/x7" and v = "POST"`},
	}
}

// behind is a flow with the exclusion of the n flows before it.
func behind(tb testing.TB, c chain, n int, last string) []Formula {
	all := []Formula{formula(tb, last)}
	for i := range n {
		all = append(all, Not(formula(tb, c.flow(i))))
	}
	return all
}

// BenchmarkFlows asks about one flow behind many. The time should grow with their number, not with its square.
func BenchmarkFlows(b *testing.B) {
	for _, c := range chains() {
		for _, n := range []int{100, 400, 1600, 3200} {
			for _, last := range []string{c.flow(n), c.dead} {
				name, want := "live", true
				if last == c.dead {
					name, want = "dead", false
				}
				all := behind(b, c, n, last)
				b.Run(fmt.Sprintf("%s/%s/%d", c.name, name, n), func(b *testing.B) {
					for b.Loop() {
						if Satisfiable(all...) != want {
							b.Fatalf("want %v", want)
						}
					}
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/flow")
				})
			}
		}
	}
}
