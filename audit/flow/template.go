package flow

import (
	"iter"
	"slices"
	"strings"
)

// Taken is a variable whose value, or a part of it, gets into a text or another variable.
type Taken struct {
	Variable string
	// Field is the path that selects a refresh token from a body, "" where the whole value is taken.
	Field string
}

// reference is one place of a text where variables are put in.
type reference struct {
	start, end int // with the delimiters
	taken      []Taken
}

// references yields the references of a message template: variables and functions over them, between braces or what a
// payload says in their place. What cannot be read as a reference is plain text, as for Apigee. What one takes is good until the next.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/message-template-intro.
func references(text, opening, closing string) iter.Seq[reference] {
	return func(yield func(reference) bool) { eachReference(text, opening, closing, yield) }
}

func eachReference(text, opening, closing string, yield func(reference) bool) {
	e := expression{}
	budget := 4*len(text) + maxReference // what is opened and never closed is read again and again
	for at := 0; budget > 0; {
		i := strings.Index(text[at:], opening)
		if i < 0 {
			return
		}
		start := at + i
		e.text, e.at, e.found = text[:min(len(text), start+maxReference)], start+len(opening), e.found[:0]
		ok := e.value(0)
		e.blanks()
		budget -= e.at - start
		if !ok || !strings.HasPrefix(text[e.at:], closing) {
			at = start + len(opening)
			continue
		}
		at = e.at + len(closing)
		if !yield(reference{start, at, e.found}) {
			return
		}
	}
}

// maxReference is the longest reference that is read, in bytes.
const maxReference = 4096

// allTaken is all that references put in a text. What a text repeats, as templates of bodies do, is mostly listed once.
func allTaken(refs iter.Seq[reference]) []Taken {
	const near = 16 // how far back a repetition is looked for: texts may have thousands of references
	var out []Taken
	for ref := range refs {
		for _, t := range ref.taken {
			if !slices.Contains(out[max(0, len(out)-near):], t) {
				out = append(out, t)
			}
		}
	}
	return slices.Clip(out)
}

// firstTaken is the variable whose whole value a template puts in first, "" when there is none.
func firstTaken(refs iter.Seq[reference]) string {
	for ref := range refs {
		for _, t := range ref.taken {
			if t.Field == "" {
				return t.Variable
			}
		}
	}
	return ""
}

// expression reads what stands between the delimiters of a reference.
type expression struct {
	text  string
	at    int
	found []Taken // the variables in the results of what was read
}

// maxNesting bounds the functions inside functions that are read; Apigee has no use for more than a few.
const maxNesting = 16

func (e *expression) blanks() {
	for e.at < len(e.text) && strings.IndexByte(" \t\r\n", e.text[e.at]) >= 0 {
		e.at++
	}
}

// value reads a variable or a call and finds which variables are in its result.
func (e *expression) value(depth int) (ok bool) {
	e.blanks()
	start := e.at
	for e.at < len(e.text) && isNameByte(e.text[e.at]) {
		e.at++
	}
	name := e.text[start:e.at]
	if name == "" || depth > maxNesting {
		return false
	}
	if e.at < len(e.text) && e.text[e.at] == '(' {
		e.at++
		return e.call(name, depth)
	}
	if !isVariable(name) { // a number or a boolean
		return depth > 0
	}
	e.found = append(e.found, Taken{Variable: name})
	return true
}

func (e *expression) call(function string, depth int) (ok bool) {
	first, args, path := len(e.found), 0, ""
	for {
		e.blanks()
		if e.at < len(e.text) && e.text[e.at] == ')' {
			e.at++
			if args < 2 {
				path = ""
			}
			e.found = e.found[:first+len(result(function, path, e.found[first:]))]
			return true
		}
		literal, ok := e.argument(depth)
		if !ok {
			return false
		}
		if args++; args == 1 {
			path = literal
		}
		e.blanks()
		if e.at < len(e.text) && e.text[e.at] == ',' {
			e.at++
		} else if e.at >= len(e.text) || e.text[e.at] != ')' {
			return false
		}
	}
}

// argument reads one argument of a call: a literal, such as a path, or variables.
func (e *expression) argument(depth int) (literal string, ok bool) {
	if e.at >= len(e.text) {
		return "", false
	}
	switch c := e.text[e.at]; {
	case c == '\'' || c == '"':
		end := strings.IndexByte(e.text[e.at+1:], c)
		if end < 0 {
			return "", false
		}
		literal = e.text[e.at+1 : e.at+1+end]
		e.at += end + 2
		return literal, true
	case !isNameByte(c): // a path without quotes
		return e.path(), true
	}
	return "", e.value(depth + 1)
}

// path reads up to the comma or parenthesis that ends the argument. Those in brackets and quotes are part of the path.
func (e *expression) path() string {
	start, open := e.at, 0
	quote := byte(0)
	for ; e.at < len(e.text); e.at++ {
		switch c := e.text[e.at]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '[' || c == '(':
			open++
		case open == 0 && (c == ',' || c == ')'):
			return strings.TrimSpace(e.text[start:e.at])
		case c == ']' || c == ')':
			open--
		}
	}
	return strings.TrimSpace(e.text[start:])
}

// result tells which of the variables that a function is given are in its result. A hash gives nothing of its input away, a path
// selects a part, and times and random values have no input. Every other function keeps what it is given in some form. The path
// is the literal before what it is applied to, "" where there is none.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/message-template-intro, "Function reference".
func result(function, path string, given []Taken) []Taken {
	name := strings.ToLower(function)
	for _, prefix := range []string{"md5", "sha1", "sha256", "sha384", "sha512", "hmac", "timeformat", "createuuid", "randomlong", "xeger"} {
		if strings.HasPrefix(name, prefix) {
			return nil
		}
	}
	if name != "jsonpath" && name != "xpath" && name != "xmlpath" || path == "" {
		return given
	}
	switch selects(path) {
	case selectsNothing:
		return nil
	case selectsToken:
		for i := range given {
			given[i].Field = path
		}
	}
	return given
}

// selection says what of a body that holds a refresh token a path selects.
type selection uint8

const (
	selectsNothing selection = iota // another field
	selectsToken
	selectsAll
)

// selects reads a JSONPath or XPath.
func selects(path string) selection {
	path = strings.TrimSpace(path)
	switch {
	case HoldsRefreshToken(path):
		return selectsToken
	case path == "$" || path == "/" || strings.HasSuffix(path, "*") || strings.HasSuffix(path, "[*]") || strings.HasSuffix(path, ".."):
		return selectsAll
	}
	return selectsNothing
}

// wholeReference is the variable of a template that is nothing but a reference to it, "" for any other text.
func wholeReference(text string) string {
	inner, opened := strings.CutPrefix(text, "{")
	name, closed := strings.CutSuffix(inner, "}")
	if !opened || !closed || !isVariable(name) {
		return ""
	}
	return name
}
