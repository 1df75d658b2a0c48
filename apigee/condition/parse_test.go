package condition

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"apigee-audit/internal/text"
)

func TestParse(t *testing.T) {
	tests := []struct{ src, want string }{
		{"", "true"},
		{" \n\t", "true"},
		{`request.verb = "GET"`, `(= request.verb "GET")`},
		{`request.verb=="GET"`, `(= request.verb "GET")`},
		{`a!="b"`, `(!= a "b")`},
		{`a:="b"`, `(:= a "b")`},
		{`a=|"b"`, `(=| a "b")`},
		{`a~"b*" && a~~"b+" and a~/"/b"`, `(and (and (~ a "b*") (~~ a "b+")) (~/ a "/b"))`},
		{`a !~ "b" or a !~~ "b" or a !~/ "b"`, `(or (or (!~ a "b") (!~~ a "b")) (!~/ a "b"))`},
		{`a Is null OR a isNot null`, `(or (= a null) (!= a null))`},
		{`a EQUALS b and a notequals b`, `(and (= a b) (!= a b))`},
		{`a EqualsCaseInsensitive "b"`, `(:= a "b")`},
		{`a Like "b" or a Matches "b"`, `(or (~ a "b") (~ a "b"))`},
		{`a LikePath "/b" or a MatchesPath "/b"`, `(or (~/ a "/b") (~/ a "/b"))`},
		{`a JavaRegex "b" or a StartsWith "b"`, `(or (~~ a "b") (=| a "b"))`},
		{`a GreaterThan 1 and a GreaterThanOrEquals 2`, `(and (> a 1) (>= a 2))`},
		{`a LesserThan 1 and a LesserThanOrEquals 2`, `(and (< a 1) (<= a 2))`},
		{`a>1 and a>=2 and a<3 and a<=4`, `(and (and (and (> a 1) (>= a 2)) (< a 3)) (<= a 4))`},
		{`a = 1f or a = -2.5d or a = .5 or a = 400L`, `(or (or (or (= a 1f) (= a -2.5d)) (= a .5)) (= a 400L))`},
		{`a = 2xx`, `(= a 2xx)`},
		{`a or b and c`, `(or a (and b c))`},
		{`a and b or c`, `(or (and a b) c)`},
		{`a || b || c`, `(or (or a b) c)`},
		{`a & b | c`, `(or (and a b) c)`},
		{`(a or b) and c`, `(and (or a b) c)`},
		{`((a = "b"))`, `(= a "b")`},
		{`not (a = "b") and c`, `(and (not (= a "b")) c)`},
		{`NOT(a = "b")`, `(not (= a "b"))`},
		{`!!a`, `(not (not a))`},
		{`not a = "b"`, `(= (not a) "b")`},
		{`a is not null`, `(= a (not null))`},
		{`a not Matches "b"`, `(not-~ a "b")`},
		{`a ! = "b"`, `(not-= a "b")`},
		{`"POST" = request.verb`, `(= "POST" request.verb)`},
		{`request.verb = GET`, `(= request.verb GET)`},
		{`'odd name' = "b"`, `(= 'odd name' "b")`},
		{"a = \"two\nlines\"", `(= a "two\nlines")`},
		{`a = "{b} and (c"`, `(= a "{b} and (c")`},
		{`a = "x\"`, `(= a "x\\")`},
		{`request.header.x-y.values.count > 0`, `(> request.header.x-y.values.count 0)`},
		{`a[0].b_1 = true And false`, `(and (= a[0].b_1 true) false)`},
		{`(a="x")and(b="y")or(c)`, `(or (and (= a "x") (= b "y")) c)`},
		{`ns:a = "b"`, `(= ns:a "b")`},
		{`android = "x" or nothing = "y"`, `(or (= android "x") (= nothing "y"))`},
	}
	for _, tt := range tests {
		t.Run(tt.src, func(t *testing.T) {
			e, err := Parse(tt.src)
			if err != nil {
				t.Fatal(err)
			}
			if e.Malformed() || e.syntax != nil {
				t.Error("it is said to be malformed")
			}
			if got := e.tree(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestParseMalformed(t *testing.T) {
	tests := []struct {
		src    string
		offset int
		tree   string // "" when what was kept is of no interest
	}{
		{`((a = "x") and (b = "y")`, 0, `(and (= a "x") (= b "y"))`},
		{`(a = "x"`, 0, `(= a "x")`},
		{`(a = "x"))`, 9, `(= a "x")`},
		{`{a.b} and c`, 0, ``},
		{`a =  = "x"`, 5, ``},
		{`a = `, 4, ``},
		{`a and and b`, 6, ``},
		{`a = "x" b = "y"`, 8, `(= a "x")`},
		{`a = "x`, 4, ``},
		{`a = 'x`, 4, ``},
		{`a + b = 3`, 2, ``},
		{`a : b`, 2, ``},
		{`()`, 1, ``},
		{`a not b`, 6, ``},
		{strings.Repeat("(", 300) + "a" + strings.Repeat(")", 300), 200, ``},
		{strings.Repeat("!", 300) + "a", 200, ``},
		{"a" + strings.Repeat(" or a", 30000), -1, ``},
	}
	for _, tt := range tests {
		t.Run(text.Clip(tt.src, mostShown), func(t *testing.T) {
			e, err := Parse(tt.src)
			var syntax *SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("error is %v, want a SyntaxError", err)
			}
			if !e.Malformed() || e.syntax != syntax {
				t.Error("the Expr does not say that it is malformed")
			}
			if rest := strings.TrimSpace(tt.src[syntax.Offset:]); syntax.Part != text.Clip(rest, mostShown) {
				t.Errorf("part %q, want the beginning of %q", syntax.Part, rest)
			}
			if tt.offset >= 0 && syntax.Offset != tt.offset {
				t.Errorf("offset %d, want %d (%s)", syntax.Offset, tt.offset, syntax.Msg)
			}
			if tt.tree != "" && e.tree() != tt.tree {
				t.Errorf("kept %s, want %s", e.tree(), tt.tree)
			}
			f := e.Bind(symbols)
			if !Satisfiable(f) || !Satisfiable(Not(f)) || !Satisfiable(f, Not(e.Bind(symbols))) {
				t.Error("a malformed condition is not free")
			}
		})
	}
}

func TestExprText(t *testing.T) {
	e, err := Parse("(b.c = \"x\") and\n   'odd' != a and\tb.c != GET")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := e.String(), `(b.c = "x") and 'odd' != a and b.c != GET`; got != want {
		t.Errorf("String is %s, want %s", got, want)
	}
	if got, want := e.Variables(), []string{"GET", "a", "b.c", "odd"}; !slices.Equal(got, want) {
		t.Errorf("Variables are %q, want %q", got, want)
	}
	e, err = Parse(`a = = b and c`)
	if got, want := e.Variables(), []string{"a", "b", "c"}; err == nil || !slices.Equal(got, want) {
		t.Errorf("Variables of a malformed condition are %q, want %q", got, want)
	}
}

func FuzzParse(f *testing.F) {
	for _, src := range []string{
		`(p MatchesPath "/t/**") and (v = "GET")`, `!(a := 'b') || c not Like "x*"`, `a =| "b`, `((a`, `{a} and b`,
		`a >= 1.5f & b <= -2 | c ~~ "x{2}"`, `a !~ "%" or a ~/ "{" or a ~/ "/%"`, "a = \"\xff\" and a := \"\xfe\"",
		`a ~/ "/{b}/**/?" and a ~ "?%*"`, `a=b=c`, `not`, `"x"`, ``,
		`a ~/ "/` + strings.Repeat("?**", 300) + `" and a ~ "` + strings.Repeat("*x?", 300) + `"`,
	} {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		e, err := Parse(src)
		if e == nil {
			t.Fatal("no Expr")
		}
		_ = e.tree()
		formula := e.Bind(symbols)
		if err != nil && !Satisfiable(formula) {
			t.Errorf("malformed %q is called dead", src)
		}
		if !Satisfiable(formula) && !Satisfiable(Not(formula)) {
			t.Errorf("%q can be neither true nor false", src)
		}
		if again, err2 := Parse(e.src); again.tree() != e.tree() || (err == nil) != (err2 == nil) {
			t.Errorf("%q parses in two ways", src)
		}
	})
}
