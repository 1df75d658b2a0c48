package flow

import (
	"strings"

	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/xmltree"
)

// Copy is a variable that a policy fills, and the variables whose values get into it; none where it becomes something
// else, a hash say.
type Copy struct {
	To   string
	From []Taken
	// Sure is false where the policy may leave the variable alone.
	Sure bool
}

// readCopies lists what a policy fills from what: the ways on which a token gets to variables whose names do not tell.
func readCopies(d *xmltree.Document) []Copy {
	switch d.Root.Name {
	case bundle.TypeAssignMessage, bundle.TypeHTTPModifier:
		return assigned(d.Root)
	case bundle.TypeRaiseFault:
		return assigned(d.Root.Child("FaultResponse"))
	case bundle.TypeExtractVariables:
		return extracted(d.Root)
	case bundle.TypeFlowCallout:
		return handedOver(d.Root)
	}
	return nil
}

// assigned reads AssignVariable, and what Set and Add put in messages.
func assigned(root *xmltree.Node) []Copy {
	var out []Copy
	message := strings.Clone(root.Child("AssignTo").String())
	for n := range root.Children() {
		switch n.Name {
		case "AssignVariable":
			if name := n.Child("Name").String(); name != "" {
				out = append(out, Copy{To: strings.Clone(name), From: assignedFrom(n), Sure: true})
			}
		case "Set", "Add":
			for part := range n.Children() {
				out = append(out, putIn(part, message)...)
			}
		case "Copy":
			for _, w := range readCopy(n, message) {
				if w.from != "" && !w.prefix {
					out = append(out, Copy{To: w.name, From: []Taken{{Variable: w.from}}})
				}
			}
		}
	}
	return out
}

func assignedFrom(n *xmltree.Node) []Taken {
	var out []Taken
	if ref := n.Child("Ref").String(); ref != "" {
		out = append(out, Taken{Variable: strings.Clone(ref)})
	}
	if template := n.Child("Template"); template != nil {
		if ref, _ := template.Attr("ref"); ref != "" {
			out = append(out, Taken{Variable: strings.Clone(ref)})
		}
		out = append(out, allTaken(references(template.Text, "{", "}"))...)
	}
	return out
}

// putIn reads a part of Set or Add. Without AssignTo it goes in the request or the response.
func putIn(part *xmltree.Node, message string) []Copy {
	var out []Copy
	fill := func(kind, name string, n *xmltree.Node) {
		opening, closing := delimiters(n)
		from := allTaken(references(n.Text, opening, closing))
		for _, w := range messageWrites(message, kind, name, false, nil) {
			out = append(out, Copy{To: w.name, From: from, Sure: message != ""})
		}
	}
	switch part.Name {
	case "FormParams", "QueryParams", "Headers":
		for param := range part.Children() {
			if name, _ := param.Attr("name"); name != "" {
				fill(strings.ToLower(strings.TrimSuffix(part.Name, "s")), name, param)
			}
		}
	case "Payload":
		fill("content", "", part)
	}
	return out
}

// extracted reads ExtractVariables. What does not match leaves its variable alone.
func extracted(root *xmltree.Node) []Copy {
	var out []Copy
	source := root.Child("Source").String()
	if source == "" {
		source = "message"
	}
	prefix := root.Child("VariablePrefix").String()
	fill := func(name string, from ...Taken) {
		if name = strings.TrimPrefix(prefix+"."+name, "."); name != "" {
			out = append(out, Copy{To: strings.Clone(name), From: from})
		}
	}
	for n := range root.Children() {
		for v := range n.Children() {
			if v.Name == "Pattern" {
				for _, variable := range patternVariables(v.Text) {
					fill(variable, Taken{Variable: extractedFrom(n, source)})
				}
			}
			if name, _ := v.Attr("name"); v.Name == "Variable" && name != "" {
				fill(name, pathTaken(v, source+".content")...)
			}
		}
	}
	return out
}

// extractedFrom is the variable in which an element of ExtractVariables or DataCapture looks for its pattern.
func extractedFrom(n *xmltree.Node, source string) string {
	name, _ := n.Attr("name")
	switch n.Name {
	case "QueryParam", "FormParam", "Header":
		return strings.Clone(source) + "." + strings.ToLower(n.Name) + "." + strings.Clone(name)
	case "URIPath":
		return pathSuffix
	}
	return strings.Clone(name)
}

// pathTaken is what the JSONPath or XPath elements below a node take from a body.
func pathTaken(n *xmltree.Node, body string) []Taken {
	var out []Taken
	for c := range n.Children() {
		if c.Name != "JSONPath" && c.Name != "XPath" {
			continue
		}
		switch selects(c.Text) {
		case selectsToken:
			out = append(out, Taken{Variable: strings.Clone(body), Field: strings.Clone(c.Text)})
		case selectsAll:
			out = append(out, Taken{Variable: strings.Clone(body)})
		}
	}
	return out
}

// handedOver reads the parameters that a FlowCallout gives to its shared flow.
func handedOver(root *xmltree.Node) []Copy {
	var out []Copy
	for n := range root.Child("Parameters").Children() {
		name, _ := n.Attr("name")
		if name == "" {
			continue
		}
		c := Copy{To: strings.Clone(name), Sure: true}
		if ref, _ := n.Attr("ref"); ref != "" {
			c.From = append(c.From, Taken{Variable: strings.Clone(ref)})
		}
		value, _ := n.Attr("value")
		for _, text := range []string{n.Text, value, n.Child("Value").String()} {
			c.From = append(c.From, allTaken(references(text, "{", "}"))...)
		}
		out = append(out, c)
	}
	return out
}

// copyTo is how the policy fills a variable, nil when it does not. The last one counts.
func (p *Policy) copyTo(variable string) *Copy {
	for i := len(p.Copies) - 1; i >= 0; i-- {
		if canonical(p.Copies[i].To) == variable {
			return &p.Copies[i]
		}
	}
	return nil
}

// CopiesInto reports whether the policy puts a value of another variable in one that starts so.
func (p *Policy) CopiesInto(prefix string) bool {
	for _, c := range p.Copies {
		if len(c.From) > 0 && strings.HasPrefix(c.To, prefix) {
			return true
		}
	}
	return false
}

// findAliases notes the variables of a bundle that a refresh token or a whole body is copied to and whose names do not
// tell.
func (r *programReader) findAliases(names []string) {
	r.aliases, r.copies = map[string]alias{}, map[string][]Copy{}
	if !r.speaksOfRefresh(names) {
		return
	}
	var all []Copy
	for _, name := range names {
		all = append(all, r.copiesOf(name)...)
	}
	again := true
	for pass := 0; again && pass < maxCopies; pass++ { // a copy may itself be copied
		again = false
		for _, c := range all {
			if _, known := r.aliases[c.To]; known || HoldsRefreshToken(c.To) || bodyOf(c.To) != "" {
				continue // parts of messages have readers of their own
			}
			for _, from := range c.From {
				a := r.aliases[from.Variable]
				switch {
				case from.Field != "" || HoldsRefreshToken(from.Variable):
					a = alias{token: true}
				case bodyOf(from.Variable) != "":
					a = alias{body: bodyOf(from.Variable)}
				}
				if a != (alias{}) {
					r.aliases[c.To], again = a, true
					break
				}
			}
		}
	}
}

// maxPerPolicy bounds the copies and the outputs of one policy that are looked at.
const maxPerPolicy = 1000

// copiesOf is readCopies for a policy of the bundle, remembered.
func (r *programReader) copiesOf(name string) []Copy {
	copies, known := r.copies[name]
	if !known {
		copies = readCopies(r.bundle.Policies[name].Doc)
		copies = copies[:min(len(copies), maxPerPolicy)]
		r.copies[name] = copies
	}
	return copies
}

// alias is what a variable holds by a copy: a refresh token, or the body of a message.
type alias struct {
	token bool
	body  string
}

// speaksOfRefresh reports whether any policy of the bundle has the word; most bundles have none.
func (r *programReader) speaksOfRefresh(names []string) bool {
	for _, name := range names {
		if containsFold(r.bundle.Policies[name].Doc.Source, "refresh") {
			return true
		}
	}
	return false
}
