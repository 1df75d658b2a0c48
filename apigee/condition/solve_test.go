package condition

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// symbols binds every variable to a symbol of its own name, those that begin with a slash to paths.
func symbols(name string) Term {
	if strings.HasPrefix(name, "/") {
		return Path(name)
	}
	return Symbol(name)
}

// formula binds a well-formed condition with every variable unknown.
func formula(t testing.TB, src string) Formula {
	t.Helper()
	e, err := Parse(src)
	if err != nil {
		t.Fatalf("Parse(%q): %v", src, err)
	}
	return e.Bind(symbols)
}

// formulas binds conditions, negating those that begin with a dash.
func formulas(t testing.TB, all []string) []Formula {
	t.Helper()
	var fs []Formula
	for _, src := range all {
		rest, negated := strings.CutPrefix(src, "- ")
		f := formula(t, rest)
		if negated {
			f = Not(f)
		}
		fs = append(fs, f)
	}
	return fs
}

func TestSatisfiable(t *testing.T) {
	const path = `proxy.pathsuffix MatchesPath `
	tests := []struct {
		name string
		all  []string // conjunction; a leading "-" negates
		want bool
	}{
		{"one value", []string{`a = "x"`}, true},
		{"two values", []string{`a = "x"`, `a = "y"`}, false},
		{"value and its negation", []string{`a = "x"`, `a != "x"`}, false},
		{"values but for case", []string{`a = "X"`, `a := "x"`}, true},
		{"case excluded", []string{`a = "X"`, `- a := "x"`}, false},
		{"no spelling left", []string{`a := "ab"`, `a != "ab"`, `a != "AB"`, `a != "Ab"`, `a != "aB"`}, false},
		{"a spelling left", []string{`a := "ab"`, `a != "ab"`, `a != "AB"`, `a != "Ab"`}, true},
		{"null is no value", []string{`a = null`, `a = "x"`}, false},
		{"null is unequal", []string{`a = null`, `a != "x"`}, true},
		{"null is not null", []string{`a = null`, `a != null`}, false},
		{"null and empty", []string{`a = null`, `a = ""`}, false},
		{"null matches nothing", []string{`a = null`, `a ~ "*"`}, false},
		{"null has no path", []string{`a is null`, `a ~/ "/**"`}, false},
		{"null has no prefix", []string{`a is null`, `a =| ""`}, false},
		{"null has no expression", []string{`a is null`, `a ~~ ".*"`}, false},
		{"null ordered both ways", []string{`a is null`, `a < 2`, `a > 3`}, true},
		{"denied match of null undocumented", []string{`a is null`, `a !~ "x"`}, true},
		{"denied match of null, other reading", []string{`a is null`, `- a !~ "x"`}, true},
		{"denied match", []string{`a = "x"`, `a not Matches "x*"`}, false},
		{"prefix", []string{`a =| "Basic "`, `a =| "Bearer "`}, false},
		{"prefix of prefix", []string{`a =| "Bas"`, `- a =| "Ba"`}, false},
		{"glob holds prefix", []string{`a =| "prod"`, `- a ~ "*rod*"`}, false},
		{"globs apart", []string{`a ~ "*-prod"`, `a ~ "*-test"`}, false},
		{"globs together", []string{`a ~ "*prod*"`, `a ~ "*test*"`}, true},
		{"question mark open", []string{`a = "ab"`, `a ~ "a?"`}, true},
		{"question mark open, other reading", []string{`a = "ab"`, `- a ~ "a?"`}, true},
		{"number spelled as string", []string{`a = 400`, `a = "400"`}, true},
		{"number spelled otherwise", []string{`a = 400`, `a = "400.0"`}, true},
		{"numbers but for case", []string{`a := "4"`, `a := "x"`}, false},
		{"spelling within two prefixes", []string{`a = "4"`, `a =| "/x"`, `a =| "4"`}, false},
		{"spelling within alternatives", []string{`a = "4"`, `a =| "/x"`, `a is null or a =| "4"`}, false},
		{"numbers in single quotes", []string{`'1.5' = "x"`, `'1.5' = "y"`}, true},
		{"words in single quotes", []string{`'a b.c' = "x"`, `'a b.c' = "y"`}, true},
		{"path in single quotes", []string{`'/a.b' = "x"`, `'/a.b' = "y"`}, true},
		{"name in single quotes", []string{`'a.b' = "x"`, `a.b = "y"`}, false},
		{"number of another value", []string{`a = 400`, `a = "401"`}, false},
		{"truth spelled otherwise", []string{`a = true`, `a = "True"`}, true},
		{"truth and falsehood", []string{`a = true`, `a = "false"`}, false},
		{"number out of range", []string{`code >= 400`, `code = 200`}, false},
		{"number in range", []string{`code >= 400`, `code = 404`}, true},
		{"empty range", []string{`x != null`, `x > 5`, `x < 3`}, false},
		{"empty range of null", []string{`x > 5`, `x < 3`}, true},
		{"empty range that null is not in", []string{`code >= 400`, `code < 400`}, false},
		{"range", []string{`code >= 400`, `code < 500`}, true},
		{"range between numbers", []string{`x != null`, `x > 9`, `x < 10`}, true},
		{"range that shrinks from below", []string{`x != null`, `x >= 4`, `x > 4`, `x <= 4`}, false},
		{"range that shrinks from above", []string{`x != null`, `x >= 4`, `x <= 4`, `x < 4`}, false},
		{"denied end", []string{`x >= 4`, `- x > 4`}, true},
		{"denied ends", []string{`x >= 4`, `- x > 4`, `x < 4`}, false},
		{"range of one", []string{`x >= 4`, `x <= 4`}, true},
		{"range of one that is excluded", []string{`x != null`, `x >= 4`, `x <= 4`, `x < 4`}, false},
		{"range between integers", []string{`x > 3`, `x < 4`, `x != null`}, true},
		{"range only as text", []string{`x != null`, `x > 10`, `x < 5`}, true},
		{"empty range either way", []string{`x != null`, `x > 50`, `x < 10`}, false},
		{"denied range", []string{`x >= 400`, `- x >= 200`}, false},
		{"denied range of what compares with nothing", []string{`x != null`, `- x >= 200`, `- x < 200`}, true},
		{"value outside a range", []string{`x = 3`, `x > 5`}, false},
		{"value outside a quoted range", []string{`x = "3"`, `x > "5"`}, false},
		{"quoted range", []string{`x != null`, `x > "5"`, `x < "3"`}, false},
		{"range quoted at one end", []string{`x != null`, `x > 5`, `x < "3"`}, true},
		{"range of fractions open", []string{`x != null`, `x > 5.5`, `x < 3`}, true},
		{"negative range", []string{`x != null`, `x > -3`, `x < -5`}, true}, // as text
		{"ranges of alternatives", []string{`x = 3 or x = 4`, `x > 5 or x < 2`}, false},
		{"mirrored number", []string{`400 <= code`, `code = "200"`}, false},
		{"ordering as strings open", []string{`code > "5"`, `code = "10"`}, true},
		{"constant", []string{`false and a = "x"`}, false},
		{"or excludes", []string{`a = "x" or a = "y"`, `a != "x"`, `a != "y"`}, false},
		{"or leaves", []string{`a = "x" or a = "y"`, `a != "x"`}, true},
		{"de morgan", []string{`!(a = "x" and b = "y")`, `a = "x"`, `b = "y"`}, false},
		{"fault excludes grant", []string{`- g != "password"`, `g = "refresh_token"`}, false},
		{"fault with two grants", []string{`- (g != "password") and (g != "refresh_token")`, `g = "refresh_token"`}, true},
		{"variable against itself", []string{`a != a`}, false},
		{"variables apart", []string{`a = b`, `a = "x"`, `b = "y"`}, false},
		{"variables together", []string{`a != b`, `a = "x"`, `b = "x"`}, false},
		{"variables spelled otherwise", []string{`a = b`, `a = "1"`, `b = "1.0"`}, true},
		{"null after a value", []string{`x = "a" or y = "b"`, `x is null or y = "c"`, `y =| "b"`}, true},
		{"variables apart in any case", []string{`a := "x"`, `a = "x" or a = "X"`, `b = "y"`, `a = b`}, false},
		{"null and empty apart", []string{`a = b`, `a is null`, `b = ""`}, false},
		{"variables both null", []string{`a != b`, `a = null`, `b = null`}, false},
		{"same comparison of variables", []string{`a = b`, `b != a`}, false},
		{"single quotes open", []string{`a = 'true'`, `a = "x"`}, true},
		{"template open", []string{`a = "{b}"`, `a = "x"`}, true},
		{"not before comparison open", []string{`not a = "x"`, `a = "x"`}, true},
		{"bare variable", []string{`a`, `- a`}, false},

		{"shadowed path and grant", []string{`(` + path + `"/token") and (g = "refresh_token")`, `- ` + path + `"/token"`}, false},
		{"shadowed by all", []string{path + `"/token"`, `- ` + path + `"/**"`}, false},
		{"shadowed by one element", []string{path + `"/token"`, `- ` + path + `"/*"`}, false},
		{"two elements live", []string{path + `"/token/x"`, `- ` + path + `"/*"`}, true},
		{"below shadowed", []string{path + `"/token/refresh"`, `- ` + path + `"/token/*"`}, false},
		{"below shadowed by name", []string{path + `"/token/*"`, `- ` + path + `"/token/{id}"`}, false},
		{"partial element", []string{path + `"/v2/quotas**"`, `- ` + path + `"/v2/**"`}, true},
		{"same element", []string{path + `"/a/*/c"`, path + `"/a/b/d"`}, false},
		{"same trailing slash", []string{path + `"/token/"`, path + `"/token"`}, true},
		{"trailing slash apart", []string{path + `"/token/"`, `- ` + path + `"/token"`}, true},
		{"stars for none", []string{path + `"/token"`, path + `"/token/**"`}, true},
		{"stars for one", []string{path + `"/token"`, `- ` + path + `"/token/**"`}, true},
		{"equal path", []string{`proxy.pathsuffix = "/token"`, `- ` + path + `"/token"`}, false},
		{"path is case-sensitive", []string{`proxy.pathsuffix = "/Token"`, path + `"/token"`}, false},
		{"leading slash open", []string{`proxy.pathsuffix = "/token"`, path + `"token"`}, true},
		{"expression on a value", []string{`g = "refresh_token"`, `g ~~ "(authorization_code|password)"`}, false},
		{"expression on a value it takes", []string{`g = "password"`, `g ~~ "(authorization_code|password)"`}, true},
		{"denied expression", []string{`g = "a"`, `- g ~~ "^(a|b)$"`}, false},
		{"expression on alternatives", []string{`g = "a" or g = "b"`, `g ~~ "[c-z]+"`}, false},
		{"expression on a part", []string{`g = "ab"`, `g ~~ "a"`}, true},
		{"expression on the whole", []string{`g = "ab"`, `- g ~~ "a"`}, true},
		{"part or whole, but one of them", []string{`g = "ab"`, `g ~~ "a"`, `- g ~~ "b"`}, false},
		{"expressions on an unknown value", []string{`g ~~ "a+"`, `g ~~ "b+"`}, true},
		{"expression and prefix", []string{`g ~~ "^a$"`, `g =| "b"`}, true},
		{"expression on a few values", []string{`g := "ab"`, `g ~~ "^(a|b)$"`}, false},
		{"expression beyond ASCII", []string{`g = "é"`, `g ~~ "e"`}, true},
		{"prefix before a longer path", []string{`/p MatchesPath "/token/refresh"`, `- /p StartsWith "/t"`}, false},
		{"prefix before another path", []string{`/p MatchesPath "/token/refresh"`, `- /p StartsWith "/oauth"`}, true},
		{"glob before its path", []string{`/p MatchesPath "/token"`, `- /p Matches "/token*"`}, false},
		{"exact glob before its path", []string{`/p MatchesPath "/token"`, `- /p Matches "/token"`}, true},
		{"glob without a slash", []string{`/p Matches "token*"`}, false},
		{"prefix without a slash", []string{`/p =| "token"`}, false},
		{"value without a slash", []string{`/p = "token"`}, false},
		{"doubled slash in a path", []string{`/p = "//a"`}, false},
		{"doubled slash in a path, searched", []string{`/p =| "/a//"`}, false},
		{"slash behind a path", []string{`/p = "/a/"`, `/p ~/ "/a"`}, true},
		{"path pattern without a slash", []string{`/p ~/ "token"`}, true},
		{"any prefix", []string{`/p ~/ "/token"`, `- /p =| "/"`}, false},
		{"empty path", []string{`/p = ""`, `/p != null`}, true},
		{"path may be null", []string{`/p is null`}, true},
		{"path apart from its symbol", []string{`/p = q`, `q = "token"`}, true},
		{"expression before its path", []string{`/p ~/ "/token"`, `- /p ~~ "/token.*"`}, false},
		{"exact expression before its path", []string{`/p ~/ "/token"`, `- /p ~~ "/token"`}, true},
		{"escape", []string{`proxy.pathsuffix = "/x"`, path + `"/%*"`}, false},
		{"verb mix", []string{
			`(` + path + `"/token") and (verb = "POST")`,
			`- (` + path + `"/token") and (verb = "GET")`,
			`- (` + path + `"/**") and (verb = "PUT" or verb = "DELETE")`,
		}, true},
		{"verb mix shadowed", []string{
			`(` + path + `"/token") and (verb = "POST")`,
			`- (` + path + `"/token") and (verb = "GET")`,
			`- (` + path + `"/t*") and (verb = "PUT" or verb = "POST")`,
		}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Satisfiable(formulas(t, tt.all)...); got != tt.want {
				t.Errorf("Satisfiable(%s) = %v, want %v", strings.Join(tt.all, "; "), got, tt.want)
			}
		})
	}
}

func TestSatisfiableLongLists(t *testing.T) {
	var list, others []string
	for i := range 60 {
		list = append(list, fmt.Sprintf(`p ~/ "/r%d/{id}"`, i))
		others = append(others, fmt.Sprintf(`(p ~/ "/r%d/*" and v = "GET")`, i))
	}
	any := formula(t, strings.Join(list, " or "))
	get := formula(t, `v = "GET"`)
	if Satisfiable(any, get, Not(formula(t, strings.Join(others, " or ")))) {
		t.Error("sixty routes are not shadowed by the same sixty")
	}
	if !Satisfiable(any, get, Not(formula(t, strings.Join(others[1:], " or ")))) {
		t.Error("sixty routes are shadowed by fifty-nine")
	}
}

func TestImplies(t *testing.T) {
	if !Implies(formula(t, `v = "GET"`), formula(t, `v != "POST"`)) {
		t.Error("a verb does not exclude another")
	}
	if Implies(formula(t, `v != "POST"`), formula(t, `v = "GET"`)) {
		t.Error("a verb is thought the only one left")
	}
}

// TestSatisfiableExact compares formulas over free booleans with all their values: there the answer is exact.
func TestSatisfiableExact(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	no := 0
	for i := range 3000 {
		f, holds := randomFormula(random, 4)
		if i%2 == 0 {
			f, holds = randomClauses(random)
		}
		want := false
		for values := range uint(32) {
			want = want || holds(values)
		}
		if got := Satisfiable(f); got != want {
			t.Fatalf("Satisfiable is %v, want %v", got, want)
		}
		if !want {
			no++
		}
	}
	if no < 300 {
		t.Errorf("only %d formulas cannot hold: the test has lost its teeth", no)
	}
}

// randomFormula is a formula over five booleans, with what it means for their values.
func randomFormula(random *rand.Rand, depth int) (Formula, func(values uint) bool) {
	if depth == 0 || random.IntN(8) == 0 {
		i := random.IntN(5)
		f, holds := Unknown(string(rune('a'+i))), func(values uint) bool { return values>>i&1 == 1 }
		if random.IntN(2) == 0 {
			return Not(f), func(values uint) bool { return !holds(values) }
		}
		return f, holds
	}
	var fs []Formula
	var all []func(uint) bool
	for range 2 + random.IntN(4) {
		f, holds := randomFormula(random, depth-1)
		fs, all = append(fs, f), append(all, holds)
	}
	if random.IntN(5) < 2 {
		return Or(fs...), func(values uint) bool {
			return slices.ContainsFunc(all, func(holds func(uint) bool) bool { return holds(values) })
		}
	}
	return And(fs...), func(values uint) bool {
		return !slices.ContainsFunc(all, func(holds func(uint) bool) bool { return !holds(values) })
	}
}

// randomClauses is a conjunction of many short disjunctions.
func randomClauses(random *rand.Rand) (Formula, func(values uint) bool) {
	var clauses []Formula
	var all []func(uint) bool
	for range 8 + random.IntN(16) {
		a, holdsA := randomFormula(random, random.IntN(2))
		b, holdsB := randomFormula(random, 0)
		c, holdsC := randomFormula(random, 0)
		clauses = append(clauses, Or(a, b, c))
		all = append(all, func(values uint) bool { return holdsA(values) || holdsB(values) || holdsC(values) })
	}
	return And(clauses...), func(values uint) bool {
		return !slices.ContainsFunc(all, func(holds func(uint) bool) bool { return !holds(values) })
	}
}
