package flow

import (
	"strings"

	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/xmltree"
)

// Mention is one place in a policy that names a variable or message holding a refresh token.
type Mention struct {
	Variable string
	// Field is the path by which the place takes the token out of a body, "" when it takes the variable as it is.
	Field string
	// Body is the message body that the variable is, or is a copy of, "" for a variable that is a token: "response.content".
	Body    string
	Element string // path of the element below the root: "AssignTo/Payload"
	Span    xmltree.Span
}

// IsBody reports whether the place takes a whole body.
func (m Mention) IsBody() bool { return m.Body != "" && m.Field == "" }

// readMentions finds where a policy names a variable that holds a refresh token, or a whole message that may.
func (r *programReader) readMentions(d *xmltree.Document) []Mention {
	named := r.speaks && (strings.Contains(d.Source, "efresh") || strings.Contains(d.Source, "EFRESH"))
	if !named && len(r.aliases) == 0 && !strings.Contains(d.Source, ".content") && !strings.Contains(d.Source, ".formstring") {
		return nil
	}
	switch d.Root.Name {
	case bundle.TypeOAuthV2, bundle.TypeGetOAuthV2Info: // their elements are read one by one
		return nil
	}
	var out []Mention
	eachText(d.Root, func(at string, n *xmltree.Node, text string, wholeName bool) {
		opening, closing := delimiters(n)
		for _, m := range r.mentionsIn(text, wholeName, opening, closing) {
			m.Element, m.Span = at, d.Span(n)
			out = append(out, m)
		}
	})
	return out
}

// eachText calls visit with the texts of a policy that may name variables to be read: of elements, with the path of the
// element, and of attributes. wholeName tells texts that are nothing but the name of a variable.
func eachText(root *xmltree.Node, visit func(at string, n *xmltree.Node, text string, wholeName bool)) {
	var walk func(n *xmltree.Node, at string)
	walk = func(n *xmltree.Node, at string) {
		visit(at, n, n.Text, isReference(n.Name))
		for i := range n.Attrs {
			switch name := n.Attrs[i].Name; name {
			case "name", "variablePrefix", "variableSuffix": // names of what is written, and of what is no variable
			default:
				visit(at, n, n.Attrs[i].Value, isReference(name))
			}
		}
		for c := range n.Children() {
			if n.Name != "AssignVariable" || c.Name != "Name" { // the name is written, not read
				walk(c, strings.TrimPrefix(at+"/"+c.Name, "/"))
			}
		}
	}
	walk(root, "")
}

// isReference tells elements and attributes whose whole text is a variable's name.
func isReference(name string) bool {
	switch name {
	case "ref", "Ref", "Source", "source", "Variable", "variable":
		return true
	}
	return false
}

// mentionsIn lists the variables in a text that hold refresh tokens or whole messages: those that its references take,
// and qualified names anywhere else, because templates come in several notations; plain names only where the whole text
// is a name.
func (r *programReader) mentionsIn(s string, wholeName bool, opening, closing string) []Mention {
	var out []Mention
	at := 0
	for ref := range references(s, opening, closing) {
		out = append(out, r.wordsIn(s[at:ref.start], wholeName)...)
		for _, t := range ref.taken {
			if m, ok := r.mentionOf(t); ok {
				out = append(out, m)
			}
		}
		at = ref.end
	}
	return append(out, r.wordsIn(s[at:], wholeName)...)
}

func (r *programReader) wordsIn(s string, plain bool) []Mention {
	var out []Mention
	for i := 0; i < len(s); {
		if !isNameByte(s[i]) {
			i++
			continue
		}
		start := i
		for i < len(s) && isNameByte(s[i]) {
			i++
		}
		word := strings.Trim(s[start:i], ".-")
		if !plain && !strings.Contains(word, ".") {
			continue
		}
		if m, ok := r.mentionOf(Taken{Variable: word}); ok {
			out = append(out, m)
		}
	}
	return out
}

// mentionOf reports whether a variable holds a token or a body, by its name or by a copy somewhere in the bundle.
func (r *programReader) mentionOf(t Taken) (Mention, bool) {
	a, body := r.aliases[t.Variable], bodyOf(t.Variable)
	if body == "" {
		body = a.body
	}
	if t.Field == "" && body == "" && !a.token && !HoldsRefreshToken(t.Variable) {
		return Mention{}, false
	}
	return Mention{Variable: strings.Clone(t.Variable), Field: strings.Clone(t.Field), Body: body}, true
}

func isNameByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '.' || c == '-'
}

// HoldsRefreshToken reports by its name whether a variable's value is a refresh token, not a fact about one such as
// refresh_token_expires_in or its hash.
func HoldsRefreshToken(variable string) bool {
	leaf := variable[strings.LastIndexByte(variable, '.')+1:]
	if !containsFold(leaf, "refresh") { // nearly all; what follows is slow
		return false
	}
	leaf = strings.ToLower(strings.ReplaceAll(strings.ReplaceAll(leaf, "_", ""), "-", ""))
	i := strings.Index(leaf, "refreshtoken")
	if i < 0 {
		return false
	}
	for _, fact := range []string{"expires", "expiry", "issued", "status", "count", "type", "ttl", "time", "valid", "length"} {
		if strings.Contains(leaf[i:], fact) {
			return false
		}
	}
	for _, digest := range []string{"hash", "digest", "sha1", "sha2", "sha3", "sha5", "md5", "hmac", "fingerprint", "mask"} {
		if strings.Contains(leaf, digest) {
			return false
		}
	}
	return true
}

// bodyOf is the message whose whole body a variable is, as its content variable; "" for other variables.
func bodyOf(variable string) string {
	switch variable {
	case "request.content", "response.content", "message.content":
		return strings.Clone(variable)
	case "request.formstring", "message.formstring":
		return strings.TrimSuffix(strings.Clone(variable), "formstring") + "content"
	}
	return ""
}
