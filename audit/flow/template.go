package flow

import (
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

// references finds the references of a message template: variables and functions over them, between braces or what a
// payload says in their place. What cannot be read as a reference is plain text, as for Apigee.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/message-template-intro.
func references(text, opening, closing string) []reference {
	var out []reference
	budget := 4*len(text) + maxReference // what is opened and never closed is read again and again
	for at := 0; budget > 0; {
		i := strings.Index(text[at:], opening)
		if i < 0 {
			break
		}
		start := at + i
		e := expression{text: text[:min(len(text), start+maxReference)], at: start + len(opening)}
		found, ok := e.value(0)
		e.blanks()
		budget -= e.at - start
		if !ok || !strings.HasPrefix(text[e.at:], closing) {
			at = start + len(opening)
			continue
		}
		at = e.at + len(closing)
		out = append(out, reference{start, at, found})
	}
	return out
}

// maxReference is the longest reference that is read, in bytes.
const maxReference = 4096

// allTaken is all that references put in a text, as copies that do not keep the text alive. What a text repeats, as templates
// of bodies do, is mostly listed once.
func allTaken(refs []reference) []Taken {
	const near = 16 // how far back a repetition is looked for: texts may have thousands of references
	var out []Taken
	for _, ref := range refs {
		for _, t := range ref.taken {
			if !slices.Contains(out[max(0, len(out)-near):], t) {
				out = append(out, Taken{strings.Clone(t.Variable), strings.Clone(t.Field)})
			}
		}
	}
	return slices.Clip(out)
}

// expression reads what stands between the delimiters of a reference.
type expression struct {
	text string
	at   int
}

// maxNesting bounds the functions inside functions that are read; Apigee has no use for more than a few.
const maxNesting = 16

func (e *expression) blanks() {
	for e.at < len(e.text) && strings.IndexByte(" \t\r\n", e.text[e.at]) >= 0 {
		e.at++
	}
}

// value reads a variable or a call and returns which variables are in its result.
func (e *expression) value(depth int) (found []Taken, ok bool) {
	e.blanks()
	start := e.at
	for e.at < len(e.text) && isNameByte(e.text[e.at]) {
		e.at++
	}
	name := e.text[start:e.at]
	if name == "" || depth > maxNesting {
		return nil, false
	}
	if e.at < len(e.text) && e.text[e.at] == '(' {
		e.at++
		return e.call(name, depth)
	}
	if !isVariable(name) { // a number or a boolean
		return nil, depth > 0
	}
	return []Taken{{Variable: name}}, true
}

// argument is one argument of a call: a literal, such as a path, or variables.
type argument struct {
	literal string
	taken   []Taken
}

func (e *expression) call(function string, depth int) ([]Taken, bool) {
	var args []argument
	for {
		e.blanks()
		if e.at < len(e.text) && e.text[e.at] == ')' {
			e.at++
			return result(function, args), true
		}
		a, ok := e.argument(depth)
		if !ok {
			return nil, false
		}
		args = append(args, a)
		e.blanks()
		if e.at < len(e.text) && e.text[e.at] == ',' {
			e.at++
		} else if e.at >= len(e.text) || e.text[e.at] != ')' {
			return nil, false
		}
	}
}

func (e *expression) argument(depth int) (argument, bool) {
	if e.at >= len(e.text) {
		return argument{}, false
	}
	switch c := e.text[e.at]; {
	case c == '\'' || c == '"':
		end := strings.IndexByte(e.text[e.at+1:], c)
		if end < 0 {
			return argument{}, false
		}
		literal := e.text[e.at+1 : e.at+1+end]
		e.at += end + 2
		return argument{literal: literal}, true
	case !isNameByte(c): // a path without quotes
		return argument{literal: e.path()}, true
	}
	found, ok := e.value(depth + 1)
	return argument{taken: found}, ok
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

// result tells which variables are in the result of a function. A hash gives nothing of its input away, a path selects a
// part, and times and random values have no input. Every other function keeps what it is given in some form.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/message-template-intro, "Function reference".
func result(function string, args []argument) []Taken {
	name := strings.ToLower(function)
	for _, prefix := range []string{"md5", "sha1", "sha256", "sha384", "sha512", "hmac", "timeformat", "createuuid", "randomlong", "xeger"} {
		if strings.HasPrefix(name, prefix) {
			return nil
		}
	}
	var all []Taken
	for _, a := range args {
		all = append(all, a.taken...)
	}
	if name != "jsonpath" && name != "xpath" && name != "xmlpath" || len(args) < 2 || args[0].literal == "" {
		return all
	}
	path := args[0].literal
	switch selects(path) {
	case selectsNothing:
		return nil
	case selectsToken:
		for i := range all {
			all[i].Field = path
		}
	}
	return all
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
	return strings.Clone(name)
}
