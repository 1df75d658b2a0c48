package condition

import "testing"

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
