package flow

import (
	"strings"

	"apigee-audit/apigee/xmltree"
)

// appendAssignMessage follows literals and copies, because they decide grants: a proxy may force grant_type to one value.
// HTTPModifier changes messages in the same words.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/policies/assign-message-policy and httpmodifier-policy.
func (r *programReader) appendAssignMessage(out []change, d *xmltree.Document) []change {
	root := d.Root
	message, fresh := "", false
	if to := root.Child("AssignTo"); to != nil {
		message = to.Text
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
		out = append(out, below(message+"."))
	}
	for n := range root.Children() {
		if n.Name == "AssignVariable" {
			out = append(out, r.readAssignVariable(n)...)
			continue
		}
		out = appendMessageChange(out, n, message)
	}
	return out
}

// readFaultResponse reads what RaiseFault and MonetizationLimitsCheck do besides stopping the flow: variables that they
// assign, and the response of the fault.
func (r *programReader) readFaultResponse(root *xmltree.Node) []change {
	var out []change
	fault := root.Child("FaultResponse")
	for n := range fault.Children() {
		if n.Name == "AssignVariable" {
			out = append(out, r.readAssignVariable(n)...)
		}
	}
	out = append(out, responseWrites()...)
	return append(out, below("fault."), below("error."))
}

// readAssignVariable makes certain what a variable becomes where it has a single source: text in Value, which is never a
// template, a variable in Ref, a template without references or of one reference, or a property set of the bundle.
func (r *programReader) readAssignVariable(n *xmltree.Node) []change {
	name := n.Child("Name").String()
	if name == "" {
		return nil
	}
	c := variable(name)
	sources := 0
	for _, source := range []string{"Value", "Ref", "Template", "PropertySetRef", "ResourceURL"} {
		s := n.Child(source)
		if s == nil {
			continue
		}
		sources++
		switch source {
		case "Value":
			c = c.certain(s.Text)
		case "Ref":
			c.copyOf, c.from = s.Text, s.Text
		case "Template":
			c = readTemplate(c, s)
		case "PropertySetRef":
			c.literal, c.isLiteral = r.property(s.Text)
		}
	}
	if sources > 1 { // one is the fallback of the other
		c.isLiteral, c.copyOf = false, ""
	}
	return []change{c, below(name + ".")}
}

// readTemplate makes the value of a template certain where it can be.
func readTemplate(c change, n *xmltree.Node) change {
	if ref, has := n.Attr("ref"); has && ref != "" { // the template itself is in a variable
		return c
	}
	if !strings.Contains(n.Text, "{") {
		return c.certain(n.Text).takenFrom("")
	}
	if ref := wholeReference(n.Text); ref != "" {
		c.copyOf = ref
	}
	return c.takenFrom(firstTaken(references(n.Text, "{", "}")))
}

// appendMessageChange reads Copy, Set, Add and Remove of a message.
func appendMessageChange(out []change, n *xmltree.Node, message string) []change {
	switch n.Name {
	case "Copy":
		return appendCopy(out, n, message)
	case "Set", "Add", "Remove":
		return appendMessageParts(out, n, message)
	}
	return out
}

// appendCopy reads which parts of a message are taken from another one; all of it where no part is named.
func appendCopy(out []change, n *xmltree.Node, message string) []change {
	source, _ := n.Attr("source")
	if source == "" {
		source = "message"
	}
	source += "."
	parts := 0
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
				if name == "" {
					out = append(out, partsOf(message, kind).takenFrom(source+kind+"."))
				} else {
					out = append(out, partOf(message, kind, name).takenFrom(source+kind+"."+name))
				}
			}
			if params == 0 {
				out = append(out, partsOf(message, kind).takenFrom(source+kind+"."))
			}
		case "Payload":
			out = append(out, partOf(message, "content", "").takenFrom(source+"content"), partsOf(message, "formparam").takenFrom(source+"formparam."))
		default:
			out = append(out, partOf(message, partVariable(part.Name), ""))
		}
	}
	if parts == 0 {
		out = append(out, partsOf(message, "").takenFrom(source))
	}
	return out
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

// appendMessageParts reads Set, Add and Remove of a message. Only Set with plain text makes a value certain.
func appendMessageParts(out []change, n *xmltree.Node, message string) []change {
	for part := range n.Children() {
		switch part.Name {
		case "FormParams", "QueryParams", "Headers":
			kind, params := strings.ToLower(strings.TrimSuffix(part.Name, "s")), 0
			for param := range part.Children() {
				params++
				out = append(out, readParam(n.Name, kind, param, message))
			}
			if params == 0 {
				out = append(out, partsOf(message, kind))
			}
			switch kind { // what holds them all
			case "formparam":
				out = append(out, partOf(message, "formstring", ""), partOf(message, "content", ""))
			case "queryparam":
				out = append(out, partOf(message, "querystring", ""), partOf(message, "uri", ""))
			}
		case "Payload":
			out = appendContent(out, message)
			if n.Name != "Remove" {
				out = append(out, readForm(part, message)...)
			}
		case "Path":
			out = append(out, partOf(message, "path", ""), partOf(message, "uri", ""))
		case "Authentication": // puts a Google token in a header
			out = append(out, partsOf(message, "header"))
		default: // Verb, StatusCode, Version, ReasonPhrase
			out = append(out, partOf(message, partVariable(part.Name), ""))
		}
	}
	return out
}

func readParam(action, kind string, param *xmltree.Node, message string) change {
	name, _ := param.Attr("name")
	if name == "" || strings.Contains(name, "{") {
		return partsOf(message, kind)
	}
	c := partOf(message, kind, name)
	sure := action == "Set" && message != "" // else it may be that of another message
	switch plain := !strings.Contains(param.Text, "{"); {
	case action == "Remove":
		return c
	case plain && sure:
		return c.certain(param.Text)
	case plain:
		return c
	case sure:
		c.copyOf = wholeReference(param.Text)
	}
	return c.takenFrom(firstTaken(references(param.Text, "{", "}")))
}

// readForm reads the fields of a payload that is a form: grant_type=refresh_token&refresh_token={request.queryparam.token}.
func readForm(payload *xmltree.Node, message string) []change {
	text := payload.Text
	if !strings.Contains(text, "=") || strings.ContainsAny(text, "<\"\n") {
		return nil
	}
	var out []change
	prefix, suffix := delimiters(payload)
	for field := range strings.SplitSeq(text, "&") {
		name, value, ok := strings.Cut(field, "=")
		if !ok || !isVariable(name) {
			return nil
		}
		if from := firstTaken(references(value, prefix, suffix)); from != "" {
			out = append(out, partOf(message, "formparam", name).takenFrom(from))
		}
	}
	return out
}
