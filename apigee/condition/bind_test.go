package condition

import "testing"

// TestBindConstants binds conditions to known values; what is certain must fold without search, what is not must stay
// open both ways.
func TestBindConstants(t *testing.T) {
	known := map[string]Term{
		"none": Null(), "x": Literal("x"), "path": Literal("/a/b"), "yes": Literal("true"), "four": Literal("4"), "free": Symbol("s"),
	}
	const yes, no, open = "true", "false", "open"
	tests := []struct{ src, want string }{
		{``, yes},
		{`true`, yes},
		{`false or none = "x"`, no},
		{`none = null`, yes},
		{`none != null`, no},
		{`none = "x"`, no},
		{`none != "x"`, yes},
		{`none := "x"`, no},
		{`none := null`, yes},
		{`none = none`, yes},
		{`none =| "x"`, no},
		{`none ~ "*"`, no},
		{`none ~~ ".*"`, no},
		{`none ~/ "/**"`, no},
		{`none < 1`, open},
		{`none >= 1`, open},
		{`none !~ "x"`, open},
		{`x = null`, no},
		{`null != x`, yes},
		{`x = "x"`, yes},
		{`"x" = x`, yes},
		{`x = "y"`, no},
		{`x := "X"`, yes},
		{`x =| "x"`, yes},
		{`x ~ "*y"`, no},
		{`x !~ "*y"`, yes},
		{`x not Matches "*y"`, yes},
		{`x ~~ "x"`, open},
		{`path ~/ "/a/*"`, yes},
		{`path ~/ "/a"`, no},
		{`path ~/ "/a/b/**"`, open},
		{`yes`, yes},
		{`x`, open},
		{`yes = true`, yes},
		{`yes = "True"`, open},
		{`yes = false`, no},
		{`true = yes`, yes},
		{`four = 4`, yes},
		{`four = "4.0"`, open},
		{`four > 3 and 3 < four`, yes},
		{`four <= 3`, no},
		{`four > "3"`, open},
		{`x > 3`, open},
		{`free = null or free != null`, yes},
		{`free = "a" and free != "a"`, no},
		{`free = free`, yes},
		{`free = x and free = "y"`, open}, // impossible, but not by folding
		{`"text"`, open},
		{`x = 'x'`, open},
		{`x = "{y}"`, open},
		{`x = (free = "a")`, open},
	}
	for _, tt := range tests {
		t.Run(tt.src, func(t *testing.T) {
			e, err := Parse(tt.src)
			if err != nil {
				t.Fatal(err)
			}
			f := e.Bind(func(name string) Term { return known[name] })
			got := open
			switch {
			case f.IsTrue():
				got = yes
			case f.IsFalse():
				got = no
			}
			if got != tt.want {
				t.Errorf("folds to %s, want %s", got, tt.want)
			}
		})
	}
}

func TestFormulaFolding(t *testing.T) {
	u, v := Unknown("u"), Unknown("v")
	for name, ok := range map[string]bool{
		"zero value":           Formula{}.IsTrue(),
		"no operands of And":   And().IsTrue(),
		"no operands of Or":    Or().IsFalse(),
		"false in And":         And(u, False()).IsFalse(),
		"true in Or":           Or(u, True()).IsTrue(),
		"contradiction":        And(u, v, Not(Unknown("u"))).IsFalse(),
		"excluded middle":      Or(u, Not(u)).IsTrue(),
		"repetition":           And(u, u) == u,
		"double negation":      Not(Not(u)) == u,
		"neither constant":     !And(u, v).IsTrue() && !And(u, v).IsFalse(),
		"equal of null":        Equal(Null(), "").IsFalse(),
		"equal of literal":     Equal(Literal("a"), "a").IsTrue(),
		"unequal literal":      Equal(Literal("a"), "b").IsFalse(),
		"unknowns are shared":  !Satisfiable(Or(u, v), Not(Unknown("u")), Not(Unknown("v"))),
		"unknowns are free":    Satisfiable(u, Not(v)),
		"symbols are no names": Satisfiable(Equal(Symbol("u"), "a"), Not(u)),
		"equal by interface":   !Satisfiable(Equal(Symbol("s"), "a"), Equal(Symbol("s"), "b")),
	} {
		if !ok {
			t.Errorf("%s: does not hold", name)
		}
	}
}
