package flow

import (
	"strings"

	"apigee-audit/apigee/xmltree"
)

// readAssignMessage follows literals and copies, because they decide grants: a proxy may force grant_type to one value.
// HTTPModifier changes messages in the same words.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/policies/assign-message-policy and httpmodifier-policy.
func (r *programReader) readAssignMessage(d *xmltree.Document) []write {
	var out []write
	root := d.Root
	message, fresh := "", false
	if to := root.Child("AssignTo"); to != nil {
		message = strings.Clone(to.Text)
		kind, _ := to.Attr("type")
		if message == "" && strings.EqualFold(kind, "request") {
			message = "request"
		}
		fresh = to.IsTrue("createNew")
	}
	if message == "message" { // another name of the one that the policy is attached to
		message = ""
	}
	if fresh && message != "" {
		out = append(out, write{name: message + ".", prefix: true})
	}
	for n := range root.Children() {
		if n.Name == "AssignVariable" {
			out = append(out, r.readAssignVariable(n)...)
			continue
		}
		out = append(out, readMessageChange(n, message)...)
	}
	return out
}

// readFaultResponse reads what RaiseFault and MonetizationLimitsCheck do besides stopping the flow: variables that they
// assign, and the response of the fault.
func (r *programReader) readFaultResponse(root *xmltree.Node) []write {
	var out []write
	fault := root.Child("FaultResponse")
	for n := range fault.Children() {
		if n.Name == "AssignVariable" {
			out = append(out, r.readAssignVariable(n)...)
		}
	}
	return append(out, append(responseWrites(), below("fault.", "error.")...)...)
}

// readAssignVariable makes certain what a variable becomes where it has a single source: text in Value, which is never a
// template, a variable in Ref, a template without references or of one reference, or a property set of the bundle.
func (r *programReader) readAssignVariable(n *xmltree.Node) []write {
	name := strings.Clone(n.Child("Name").String())
	if name == "" {
		return nil
	}
	w := write{name: name}
	sources := 0
	for _, source := range []string{"Value", "Ref", "Template", "PropertySetRef", "ResourceURL"} {
		c := n.Child(source)
		if c == nil {
			continue
		}
		sources++
		switch text := strings.Clone(c.Text); source {
		case "Value":
			w.literal = &text
		case "Ref":
			w.copyOf, w.from = text, text
		case "Template":
			readTemplate(&w, c, text)
		case "PropertySetRef":
			w.literal = r.property(text)
		}
	}
	if sources > 1 { // one is the fallback of the other
		w.literal, w.copyOf = nil, ""
	}
	return []write{w, {name: name + ".", prefix: true}}
}

// readTemplate makes the value of a template certain where it can be.
func readTemplate(w *write, n *xmltree.Node, text string) {
	if ref, has := n.Attr("ref"); has && ref != "" { // the template itself is in a variable
		return
	}
	refs := references(text, "{", "}")
	switch {
	case len(refs) == 0 && !strings.Contains(text, "{"):
		w.literal = &text
	case wholeReference(text) != "":
		w.copyOf = wholeReference(text)
	}
	w.from = firstTaken(refs)
}

// firstTaken is the variable whose whole value a template puts in first, "" when there is none.
func firstTaken(refs []reference) string {
	for _, ref := range refs {
		for _, t := range ref.taken {
			if t.Field == "" {
				return strings.Clone(t.Variable)
			}
		}
	}
	return ""
}

// readMessageChange reads Copy, Set, Add and Remove of a message.
func readMessageChange(n *xmltree.Node, message string) []write {
	switch n.Name {
	case "Copy":
		return readCopy(n, message)
	case "Set", "Add", "Remove":
		return readMessageParts(n, message)
	}
	return nil
}

// readCopy reads which parts of a message are taken from another one; all of it where no part is named.
func readCopy(n *xmltree.Node, message string) []write {
	source, _ := n.Attr("source")
	if source == "" {
		source = "message"
	}
	source = strings.Clone(source) + "."
	var out []write
	parts := 0
	take := func(part, name string, prefix bool) {
		from := source + part
		if name != "" || prefix {
			from += "."
		}
		out = append(out, fromVariable(messageWrites(message, part, name, prefix, nil), from+name)...)
	}
	for part := range n.Children() {
		parts++
		if strings.EqualFold(part.Text, "false") {
			continue
		}
		switch part.Name {
		case "FormParams", "QueryParams", "Headers":
			kind, params := strings.ToLower(strings.TrimSuffix(part.Name, "s")), 0
			for param := range part.Children() {
				name, _ := param.Attr("name")
				params++
				take(kind, strings.Clone(name), name == "")
			}
			if params == 0 {
				take(kind, "", true)
			}
		case "Payload":
			take("content", "", false)
			take("formparam", "", true)
		default:
			out = append(out, messageWrites(message, partVariable(part.Name), "", false, nil)...)
		}
	}
	if parts == 0 {
		return fromVariable(messageWrites(message, "", "", true, nil), source)
	}
	return out
}

// fromVariable notes where writes take their value from.
func fromVariable(writes []write, from string) []write {
	for i := range writes {
		writes[i].from = strings.Clone(from)
	}
	return writes
}

// partVariable is how variables of messages spell an element of Set.
func partVariable(element string) string {
	switch element {
	case "StatusCode":
		return "status.code"
	case "ReasonPhrase":
		return "reason.phrase"
	}
	return strings.ToLower(element)
}

// readMessageParts reads Set, Add and Remove of a message. Only Set with plain text makes a value certain.
func readMessageParts(n *xmltree.Node, message string) []write {
	var out []write
	for part := range n.Children() {
		switch part.Name {
		case "FormParams", "QueryParams", "Headers":
			kind, params := strings.ToLower(strings.TrimSuffix(part.Name, "s")), 0
			for param := range part.Children() {
				params++
				out = append(out, readParam(n.Name, kind, param, message)...)
			}
			if params == 0 {
				out = append(out, messageWrites(message, kind, "", true, nil)...)
			}
			switch kind { // what holds them all
			case "formparam":
				out = append(out, messageWrites(message, "formstring", "", false, nil)...)
				out = append(out, messageWrites(message, "content", "", false, nil)...)
			case "queryparam":
				out = append(out, messageWrites(message, "querystring", "", false, nil)...)
				out = append(out, messageWrites(message, "uri", "", false, nil)...)
			}
		case "Payload":
			out = append(out, contentWrites(message)...)
			if n.Name != "Remove" {
				out = append(out, readForm(part, message)...)
			}
		case "Path":
			out = append(out, messageWrites(message, "path", "", false, nil)...)
			out = append(out, messageWrites(message, "uri", "", false, nil)...)
		case "Authentication": // puts a Google token in a header
			out = append(out, messageWrites(message, "header", "", true, nil)...)
		default: // Verb, StatusCode, Version, ReasonPhrase
			out = append(out, messageWrites(message, partVariable(part.Name), "", false, nil)...)
		}
	}
	return out
}

func readParam(action, kind string, param *xmltree.Node, message string) []write {
	name, _ := param.Attr("name")
	if name == "" || strings.Contains(name, "{") {
		return messageWrites(message, kind, "", true, nil)
	}
	var literal *string
	if action == "Set" && !strings.Contains(param.Text, "{") {
		v := strings.Clone(param.Text)
		literal = &v
	}
	set := messageWrites(message, kind, name, false, literal)
	if action == "Remove" {
		return set
	}
	if ref := wholeReference(param.Text); ref != "" && action == "Set" && message != "" {
		set[len(set)-1].copyOf = ref
	}
	return fromVariable(set, firstTaken(references(param.Text, "{", "}")))
}

// readForm reads the fields of a payload that is a form: grant_type=refresh_token&refresh_token={request.queryparam.token}.
func readForm(payload *xmltree.Node, message string) []write {
	text := payload.Text
	if !strings.Contains(text, "=") || strings.ContainsAny(text, "<\"\n") {
		return nil
	}
	var out []write
	prefix, suffix := delimiters(payload)
	for field := range strings.SplitSeq(text, "&") {
		name, value, ok := strings.Cut(field, "=")
		if !ok || !isVariable(name) {
			return nil
		}
		if from := firstTaken(references(value, prefix, suffix)); from != "" {
			out = append(out, fromVariable(messageWrites(message, "formparam", name, false, nil), from)...)
		}
	}
	return out
}

// messageWrites names a part of a message, the message itself last. Without AssignTo the message is the request or the
// response, by where the policy is attached; then both may change and neither value is certain. The variable message is
// one of the two.
func messageWrites(message, part, name string, prefix bool, literal *string) []write {
	messages := []string{message}
	switch message {
	case "":
		messages, literal = []string{"message", "response", "request"}, nil
	case "request", "response":
		messages = []string{"message", message}
	}
	below := "." + part
	if part != "" && (name != "" || prefix) {
		below += "." + name
	}
	out := make([]write, 0, len(messages))
	for i, m := range messages {
		w := write{name: m + below, prefix: prefix}
		if i == len(messages)-1 {
			w.literal = literal
		}
		out = append(out, w)
	}
	return out
}
