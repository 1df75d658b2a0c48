package condition

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestExcludes(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{`v = "GET"`, `v = "POST"`, true},
		{`v = "GET" and p = "/a"`, `v = "POST" and q = "/a"`, true},
		{`v = "GET"`, `w = "POST"`, false},
		{`v = "GET"`, `v = "GET"`, false},
		{`v = "GET"`, `v != "GET"`, true},
		{`v = "GET" and p ~ "*x*"`, `not (p ~ "*x*")`, true},
		{`a > 3`, `not (a > 3)`, true},
		{`v = "GET" or v = "PUT"`, `v = "POST" or v = "DELETE"`, true},
		{`v = "GET" or v = "PUT"`, `v = "POST" or v = "PUT"`, false},
		{`(p = "/a" and v = "GET") or (p = "/b" and v = "PUT")`, `p = "/c"`, true},
		{`(p = "/a" and v = "GET") or (p = "/b" and v = "PUT")`, `v = "POST"`, true},
		{`(p = "/a" and v = "GET") or v = "PUT"`, `p = "/b"`, false},
		{`p ~/ "/a"`, `p ~/ "/b"`, true},
		{`p ~/ "/a"`, `p ~/ "a/"`, false},
		{`p ~/ "/a"`, `p = "/b"`, true},
		{`p ~/ "/a"`, `p = "/a/"`, false},
		{`p ~/ "/a/*"`, `p ~/ "/b/*"`, true},
		{`p ~/ "/a/*"`, `p ~/ "/ab"`, true},
		{`p ~/ "/a/**"`, `p ~/ "/a"`, false},
		{`p ~/ "/a*"`, `p ~/ "/ab/**"`, false},
		{`p ~/ "/a/{b}"`, `p = "/b/a"`, true},
		{`p ~/ "/**"`, `p ~/ "/b"`, false},
		{`p =| "/a"`, `p =| "/b"`, true},
		{`p =| "/a"`, `p =| "/ab"`, false},
		{`p =| "/a/"`, `p ~/ "/b"`, true},
		{`p =| "/a/"`, `p ~/ "/a"`, false},
		{`p ~ "/a*"`, `p ~ "/b*"`, true},
		{`p ~ "/a*"`, `p = "/b"`, true},
		{`p ~ "*a"`, `p = "/b"`, false},
		{`p ~ "/a"`, `p = "/b"`, true},
		{`g := "REFRESH"`, `g = "refresh"`, false},
		{`g := "REFRESH"`, `g = "password"`, true},
		{`g := "REFRESH"`, `g := "password"`, true},
		{`g := "s"`, `g = "ſ"`, false},
		{`g := "refresh"`, `g =| "Re"`, false},
		{`g := "refresh"`, `g =| "Pa"`, true},
		{`a = "4"`, `a = 5`, true},
		{`a = "4"`, `a = "4.0"`, false},
		{`a ~ "4"`, `a = "4.0"`, false},
		{`a = "4"`, `a =| "5"`, false},
		{`a = "4"`, `a ~/ "/5"`, true},
		{`a = "4"`, `a ~/ "/4.0"`, false},
		{`a := "4"`, `a = "4.0"`, false},
		{`g := "is"`, `g := "4"`, true},
		{`g := "i"`, `g = "ı"`, false},
		{`g := "is"`, `g =| "ı"`, false},
		{`a = true`, `a = "false"`, true},
		{`a = true`, `a = "TRUE"`, false},
		{`a = null`, `a = ""`, true},
		{`a = null`, `a != null`, true},
		{`a = null`, `a ~~ "x"`, true},
		{`a = null`, `a != "x"`, false},
		{`false`, `a = "x"`, true},
		{`true`, `a = "x"`, false},
	}
	for _, tt := range tests {
		a, b := formula(t, tt.a), formula(t, tt.b)
		if got := a.Requires().Excludes(b.Requires()); got != tt.want {
			t.Errorf("%s excludes %s is %v, want %v", tt.a, tt.b, got, tt.want)
		}
		if b.Requires().Excludes(a.Requires()) != tt.want {
			t.Errorf("%s excludes %s is not %v both ways", tt.b, tt.a, tt.want)
		}
		if tt.want && Satisfiable(a, b) {
			t.Errorf("%s is said to exclude %s, but nothing proves it", tt.a, tt.b)
		}
	}
	x := Symbol("x")
	if Equal(x, "\xfe").Requires().Excludes(formula(t, "x ~ \"\xff\"").Requires()) {
		t.Error("what is no text is compared as text")
	}
	both := And(Unknown("u"), Unknown("v"))
	if !And(both, Unknown("w")).Requires().Excludes(And(Unknown("w"), Not(both)).Requires()) {
		t.Error("a shared condition does not exclude its negation")
	}
}

// TestExcludesIsProven compares what is seen at a glance with what is proven.
func TestExcludesIsProven(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	excluded, apart := 0, 0
	const rounds = 4000
	for range rounds {
		s := &sampler{bytes: randomBytes(random), oracle: newOracle()}
		a, b := s.tree(s.next(3)), s.tree(s.next(3))
		f, g := formula(t, a.src), formula(t, b.src)
		r, q := f.Requires(), g.Requires()
		got := r.Excludes(q)
		if got {
			excluded++
			if Satisfiable(f, g) {
				t.Fatalf("%s is said to exclude %s", a.src, b.src)
			}
		}
		if pinsApart(r.Pins(), q.Pins()) {
			apart++
			if !got {
				t.Fatalf("the pins of %s and %s have nothing in common, and do not exclude each other", a.src, b.src)
			}
		}
	}
	if excluded < rounds/40 {
		t.Errorf("only %d of %d pairs exclude each other: the test has lost its teeth", excluded, rounds)
	}
	if apart < excluded/4 {
		t.Errorf("the pins of only %d of %d such pairs are apart: an index will not help", apart, excluded)
	}
}

// pinsApart reports whether two lists have pins for one symbol that say that they exclude each other.
func pinsApart(a, b []Pin) bool {
	common := func(a, b []string, same func(a, b string) bool) bool {
		return slices.ContainsFunc(a, func(a string) bool {
			return slices.ContainsFunc(b, func(b string) bool { return same(a, b) })
		})
	}
	begins := func(a, b string) bool { return strings.HasPrefix(a, b) || strings.HasPrefix(b, a) }
	equal := func(a, b string) bool { return a == b }
	for _, p := range a {
		for _, q := range b {
			if p.Symbol == q.Symbol && (p.Keys != nil && q.Keys != nil && !common(p.Keys, q.Keys, equal) ||
				(p.Keys == nil || q.Keys == nil) && !common(p.Heads, q.Heads, begins)) {
				return true
			}
		}
	}
	return false
}

func TestPins(t *testing.T) {
	type key struct{ symbol, literal string }
	for src, want := range map[string][]key{
		`v = "GET" and p ~/ "/a/"`: {{"v", "=GET"}, {"p", "=a"}},
		`p = "/a" or p ~/ "/b"`:    {{"p", "=a"}, {"p", "=b"}},
		`p = "/a" or p ~/ "/b/*"`:  nil,
		`p =| "/a" and p = "/ab"`:  {{"p", "=ab"}},
		`p = "/a" or v = "GET"`:    nil,
		`a = 4`:                    {{"a", "#41"}},
		`a = "4.0"`:                {{"a", "#41"}},
		`a is null`:                {{"a", "null"}},
		`a != "x"`:                 nil,
		`(p = "/a" or p = "/b") and (p = "/b" or p = "")`: {{"p", "=a"}, {"p", "=b"}},
	} {
		var got []key
		for _, p := range formula(t, src).Requires().Pins() {
			for _, k := range p.Keys {
				got = append(got, key{p.Symbol, k})
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("keys of %s are %q, want %q", src, got, want)
		}
	}
	for src, want := range map[string][]string{
		`p = "/a" or p ~/ "/b/*"`:  {"a/", "b/"},
		`p ~/ "/a*" and p =| "/a"`: {"a"},
		`p =| "/a" and p = "/ab"`:  {"ab/"},
		`p ~ "/a//b*" or p = null`: {"a/b", "\x00"},
		`p ~/ "/**"`:               nil,
		`p != null`:                nil,
		`p ~/ "/4" or p = "/a"`:    {"", "a/"},
		`p = null`:                 {"\x00"},
	} {
		var got []string
		for _, p := range formula(t, src).Requires().Pins() {
			got = append(got, p.Heads...)
		}
		if !slices.Equal(got, want) {
			t.Errorf("heads of %s are %q, want %q", src, got, want)
		}
	}
}

func BenchmarkRequirements(b *testing.B) {
	f := formula(b, `(p MatchesPath "/token/refresh") and (v = "POST") and (g = "refresh_token")`)
	g := formula(b, `(v = "POST") and (p MatchesPath "/token/revoke" or p MatchesPath "/revoke")`)
	b.Run("Requires", func(b *testing.B) {
		for b.Loop() {
			f.Requires()
		}
	})
	r, q := f.Requires(), g.Requires()
	b.Run("Excludes", func(b *testing.B) {
		for b.Loop() {
			if !r.Excludes(q) {
				b.Fatal("it does")
			}
		}
	})
	b.Run("not", func(b *testing.B) {
		for b.Loop() {
			if r.Excludes(r) {
				b.Fatal("it does not")
			}
		}
	})
}
