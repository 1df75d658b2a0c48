package audit

import (
	"strings"

	"apigee-audit/apigee"
)

// readMentions finds where a policy names a variable that holds a refresh token, or a whole message that may.
func (r *unitReader) readMentions(d *apigee.Document) []Mention {
	if len(r.aliases) == 0 && !strings.Contains(d.Source, "efresh") && !strings.Contains(d.Source, "EFRESH") && !strings.Contains(d.Source, ".content") {
		return nil
	}
	switch d.Root.Name {
	case "OAuthV2", "GetOAuthV2Info": // their elements are read one by one
		return nil
	}
	var out []Mention
	var walk func(n *apigee.Node, at string)
	walk = func(n *apigee.Node, at string) {
		opening, _ := delimiters(n)
		for _, v := range r.variablesIn(n.Text, isReference(n.Name), opening) {
			out = append(out, Mention{Variable: v, Element: at, Span: d.Span(n)})
		}
		for i := range n.Attrs {
			if n.Attrs[i].Name == "name" { // of a parameter, an attribute or a variable to be written: no value
				continue
			}
			for _, v := range r.variablesIn(n.Attrs[i].Value, isReference(n.Attrs[i].Name), "{") {
				out = append(out, Mention{Variable: v, Element: at, Span: d.Span(n)})
			}
		}
		for c := range n.Children() {
			if n.Name != "AssignVariable" || c.Name != "Name" { // the name is written, not read
				walk(c, strings.TrimPrefix(at+"/"+c.Name, "/"))
			}
		}
	}
	walk(d.Root, "")
	return out
}

// isReference tells elements and attributes whose whole text is a variable's name.
func isReference(name string) bool {
	switch name {
	case "ref", "Ref", "Source", "source", "Variable", "variable":
		return true
	}
	return false
}

// variablesIn lists the variables in a text that hold refresh tokens or whole messages: qualified names anywhere (for
// templates come in several notations), plain names only behind the opening of a reference or where the whole text is a
// name.
func (r *unitReader) variablesIn(s string, reference bool, opening string) []string {
	var out []string
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
		braced := strings.HasSuffix(s[:start], opening)
		if !strings.Contains(word, ".") && !braced && !reference {
			continue
		}
		if HoldsRefreshToken(word) || holdsMessage(word) || r.aliases[word] {
			out = append(out, strings.Clone(word))
		}
	}
	return out
}

func isNameByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '.' || c == '-'
}

// HoldsRefreshToken tells by its name whether a variable's value is a refresh token, not a fact about one such as
// refresh_token_expires_in.
func HoldsRefreshToken(variable string) bool {
	leaf := variable[strings.LastIndexByte(variable, '.')+1:]
	leaf = strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(leaf))
	i := strings.Index(leaf, "refreshtoken")
	if i < 0 {
		return false
	}
	for _, fact := range []string{"expires", "expiry", "issued", "status", "count", "type", "ttl", "time", "valid"} {
		if strings.Contains(leaf[i:], fact) {
			return false
		}
	}
	return true
}

// holdsMessage tells variables that are the whole body of a message.
func holdsMessage(variable string) bool {
	switch variable {
	case "request.content", "response.content", "message.content":
		return true
	}
	return false
}
