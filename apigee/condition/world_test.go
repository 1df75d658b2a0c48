package condition

import "testing"

// TestReadings has formulas that are possible under one reading alone. A reading that is forgotten is a false proof.
func TestReadings(t *testing.T) {
	for name, all := range map[string][]string{
		"every slash counts":                      {`p ~/ "/a/"`, `- p ~/ "/a"`},
		"trailing slashes are dropped":            {`p ~/ "//a"`, `- p ~/ "/a"`, `- p = "//a"`},
		"doubled slashes are dropped":             {`p ~/ "/a"`, `p = "//a"`, `- p ~/ "a"`},
		"only elements count":                     {`p ~/ "/a"`, `p = "a"`},
		"only elements count, if none":            {`p ~/ "/"`, `p = ""`, `- p ~/ "/**/a"`},
		"two stars for none":                      {`p ~/ "/a/**/b"`, `p = "/a/b"`},
		"two stars for one at least":              {`p = "/a/b"`, `- p ~/ "/a/**/b"`},
		"two stars at the end for none":           {`p ~/ "/a**"`, `p = "/a"`},
		"two stars at the end for one":            {`p = "/a"`, `- p ~/ "/a**"`},
		"a star for nothing":                      {`p ~/ "/a/*/b"`, `p = "/a//b"`},
		"a star for nothing, by name":             {`p ~/ "/a/{n}/b"`, `p = "/a//b"`},
		"part of an element for nothing":          {`u = "x" or p ~/ "/a*" and p = "/a" and q = "/x//y" and not (q ~/ "/x/*/y")`, `u != "x"`},
		"slash after a star, where slashes count": {`u = "x" or p =| "/a" and not (p ~/ "/a*") and q ~/ "/c/" and not (q ~/ "/c")`, `u != "x"`},
		"two stars where slashes count":           {`u = "x" or p ~/ "/a/**" and p = "/a" and q ~/ "/c/" and not (q ~/ "/c")`, `u != "x"`},
		"a star for something":                    {`p = "/a//b"`, `- p ~/ "/a/*/b"`, `- p ~/ "/a/b"`},
		"two stars for an empty element":          {`p ~/ "/a/**/b"`, `p = "/a//b"`, `- p ~/ "/a/b"`},
		"question mark in a path":                 {`p ~/ "/a?"`, `p = "/ab"`},
		"question mark for itself":                {`p ~/ "/a?"`, `p = "/a?"`, `- p ~ "/??"`},
		"question mark in a glob":                 {`p ~ "a?"`, `p = "ab"`},
		"question mark in a glob, plain":          {`p = "ab"`, `- p ~ "a?"`},
		"percent escapes in a glob":               {`p ~ "%*a"`, `p = "*a"`},
		"percent is plain in a glob":              {`p ~ "%*a"`, `p = "%xa"`},
		"percent that escapes nothing":            {`p ~ "%*a%"`, `p = "*a%"`},
		"a number among blanks":                   {`p = 4`, `p = " 4"`},
		"blanks around a number":                  {`p = 4`, `p =| " "`},
		"percent at the end of a glob":            {`p ~ "a*%"`, `p = "ab%"`},
		"case in Unicode":                         {`p := "is"`, `- p = "is"`, `- p = "IS"`, `- p = "Is"`, `- p = "iS"`},
		"dotted capital":                          {`p := "i"`, `p = "İ"`},
		"case in ASCII":                           {"p = \"\u212a\"", `- p := "k"`}, // the Kelvin sign
		"case beyond ASCII":                       {`p := "É"`, `p = "é"`},
		"part of an expression":                   {`p ~~ "a"`, `p = "ab"`},
		"whole of an expression":                  {`- p ~~ "a"`, `p = "ab"`},
		"another spelling of a number":            {`p = "4"`, `p != 4`, `p != null`},
		"no other spelling of a number":           {`p = "4.0"`, `p != 4`},
		"another spelling of the truth":           {`p = true`, `p = "TRUE"`},
		"a spelling but for case":                 {`p := "4"`, `- p = "4"`},
		"a spelling within a prefix":              {`p = 4`, `p =| "0"`},
		"a spelling within a glob":                {`p = "4"`, `p ~ "*.0"`},
		"a spelling within a path":                {`p = "4"`, `p ~/ "/4.0"`, `- p = "4.0"`},
		"numbers as text":                         {`p = "10"`, `p < 9`},
		"numbers as numbers":                      {`p = "10"`, `p > 9`},
		"numbers as nothing":                      {`p = "4.0"`, `- p > 3`},
		"null by order":                           {`p is null`, `p > 5`, `p < 3`, `p <= 2`},
		"null not by order":                       {`p is null`, `- p > 5`, `- p < 3`, `- p <= 2`},
		"a denied match of null":                  {`p is null`, `p !~ "x"`, `p !~/ "x"`, `p !~~ "x"`, `p not =| "x"`},
		"no denied match of null":                 {`p is null`, `- p !~ "x"`, `- p !~/ "x"`, `- p !~~ "x"`, `- p not =| "x"`},
		"a bare variable":                         {`p`, `p = "x"`},
		"a bare variable that is false":           {`- p`, `p = "x"`},
		"a word in quotes":                        {`p = 'x'`, `p = "y"`},
		"a template":                              {`p = "{x}"`, `p = "y"`},
	} {
		if !Satisfiable(formulas(t, all)...) {
			t.Errorf("%s: %q is called impossible", name, all)
		}
	}
}
