package flow

import (
	"slices"
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

// fill is a copy as the document spells it: what is filled, and from what.
type fill struct {
	holder
	from []Taken
	// template is what from is to be read out of once somebody asks: bodies may have dozens of references, and hardly one matters.
	template         string
	opening, closing string // of its references
	sure             bool
	// count is how many of the names of what is filled count: see [maxPerPolicy].
	count int
}

// sources is what the fill takes its value from.
func (f *fill) sources() []Taken {
	if f.template != "" {
		f.from, f.template = allTaken(references(f.template, f.opening, f.closing)), ""
	}
	return f.from
}

// maySpeak reports whether a token or a body can be among the sources by its name. silent says that the file names neither.
func (f *fill) maySpeak(silent bool) bool { return f.template == "" || !silent && speaks(f.template) }

// speaks reports whether a text names a refresh token or a body.
func speaks(text string) bool {
	return containsFold(text, "refresh") || strings.Contains(text, ".content") || strings.Contains(text, ".formstring")
}

// takesField reports whether the fill takes a token out of a body. silent is as for maySpeak.
func (f *fill) takesField(silent bool) bool {
	return f.maySpeak(silent) && slices.ContainsFunc(f.sources(), func(t Taken) bool { return t.Field != "" })
}

// copies adds those under the names that are wanted, by their place in the spelling, for which the document need not be kept.
func (f *fill) copies(out []Copy, s *spelling, wanted func(i int) bool) []Copy {
	var from []Taken
	for i, name := range s.names[:f.count] {
		if !wanted(i) {
			continue
		}
		if from == nil {
			from = cloned(f.sources())
		}
		out = append(out, Copy{To: strings.Clone(name), From: from, Sure: f.sure})
	}
	return out
}

// cloned are variables without the text that they were read from.
func cloned(list []Taken) []Taken {
	out := slices.Clone(list)
	for i := range out {
		out[i] = Taken{strings.Clone(out[i].Variable), strings.Clone(out[i].Field)}
	}
	return out
}

// appendFills adds what a policy fills from what: the ways on which a token gets to variables whose names do not tell.
func appendFills(out []fill, d *xmltree.Document) []fill {
	switch d.Root.Name {
	case bundle.TypeAssignMessage, bundle.TypeHTTPModifier:
		return assigned(out, d.Root)
	case bundle.TypeRaiseFault:
		return assigned(out, d.Root.Child("FaultResponse"))
	case bundle.TypeExtractVariables:
		return extracted(out, d.Root)
	case bundle.TypeFlowCallout:
		return handedOver(out, d.Root)
	}
	return out
}

// assigned reads AssignVariable, and what Set and Add put in messages.
func assigned(out []fill, root *xmltree.Node) []fill {
	message := root.Child("AssignTo").String()
	for n := range root.Children() {
		switch n.Name {
		case "AssignVariable":
			if name := n.Child("Name").String(); name != "" {
				out = append(out, fill{holder: variable(name).holder, from: assignedFrom(n), sure: true})
			}
		case "Set", "Add":
			for part := range n.Children() {
				out = putIn(out, part, message)
			}
		case "Copy":
			for _, c := range appendCopy(nil, n, message) {
				if c.from != "" && !c.prefix {
					out = append(out, fill{holder: c.holder, from: []Taken{{Variable: c.from}}})
				}
			}
		}
	}
	return out
}

func assignedFrom(n *xmltree.Node) []Taken {
	var out []Taken
	if ref := n.Child("Ref").String(); ref != "" {
		out = append(out, Taken{Variable: ref})
	}
	if template := n.Child("Template"); template != nil {
		if ref, _ := template.Attr("ref"); ref != "" {
			out = append(out, Taken{Variable: ref})
		}
		out = append(out, allTaken(references(template.Text, "{", "}"))...)
	}
	return out
}

// putIn reads a part of Set or Add. Without AssignTo it goes in the request or the response.
func putIn(out []fill, part *xmltree.Node, message string) []fill {
	put := func(c change, n *xmltree.Node) {
		f := fill{holder: c.holder, sure: message != ""}
		if f.opening, f.closing = delimiters(n); strings.Contains(n.Text, f.opening) {
			f.template = n.Text
		}
		out = append(out, f)
	}
	switch part.Name {
	case "FormParams", "QueryParams", "Headers":
		for param := range part.Children() {
			if name, _ := param.Attr("name"); name != "" {
				put(partOf(message, strings.ToLower(strings.TrimSuffix(part.Name, "s")), name), param)
			}
		}
	case "Payload":
		put(partOf(message, "content", ""), part)
	}
	return out
}

// extracted reads ExtractVariables. What does not match leaves its variable alone.
func extracted(out []fill, root *xmltree.Node) []fill {
	source := root.Child("Source").String()
	if source == "" {
		source = "message"
	}
	prefix := root.Child("VariablePrefix").String()
	put := func(name string, from ...Taken) {
		if name = strings.TrimPrefix(prefix+"."+name, "."); name != "" {
			out = append(out, fill{holder: variable(name).holder, from: from})
		}
	}
	for n := range root.Children() {
		for v := range n.Children() {
			if v.Name == "Pattern" {
				for _, name := range patternVariables(v.Text) {
					put(name, Taken{Variable: extractedFrom(n, source)})
				}
			}
			if name, _ := v.Attr("name"); v.Name == "Variable" && name != "" {
				put(name, pathTaken(v, source+".content")...)
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
		return source + "." + strings.ToLower(n.Name) + "." + name
	case "URIPath":
		return pathSuffix
	}
	return name
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
			out = append(out, Taken{Variable: body, Field: c.Text})
		case selectsAll:
			out = append(out, Taken{Variable: body})
		}
	}
	return out
}

// handedOver reads the parameters that a FlowCallout gives to its shared flow.
func handedOver(out []fill, root *xmltree.Node) []fill {
	for n := range root.Child("Parameters").Children() {
		name, _ := n.Attr("name")
		if name == "" {
			continue
		}
		f := fill{holder: variable(name).holder, sure: true}
		if ref, _ := n.Attr("ref"); ref != "" {
			f.from = append(f.from, Taken{Variable: ref})
		}
		value, _ := n.Attr("value")
		for _, text := range []string{n.Text, value, n.Child("Value").String()} {
			f.from = append(f.from, allTaken(references(text, "{", "}"))...)
		}
		out = append(out, f)
	}
	return out
}

// copyTo is how the policy fills a variable, nil when it does not. The last one counts.
func (p *Policy) copyTo(variable string) *Copy {
	for i := len(p.Copies()) - 1; i >= 0; i-- {
		if canonical(p.Copies()[i].To) == variable {
			return &p.Copies()[i]
		}
	}
	return nil
}

// CopiesInto reports whether the policy puts a value of another variable in one that starts so.
func (p *Policy) CopiesInto(prefix string) bool {
	for _, c := range p.Copies() {
		if len(c.From) > 0 && strings.HasPrefix(c.To, prefix) {
			return true
		}
	}
	return false
}

// findAliases notes the variables of a bundle that a refresh token or a whole body is copied to and whose names do not
// tell.
func (r *programReader) findAliases() {
	if r.speaks = r.speaksOfRefresh(); !r.speaks {
		return
	}
	r.aliases = map[string]alias{}
	again := true
	for pass := 0; again && pass < maxCopies; pass++ { // a copy may itself be copied
		again = false
		for i := range r.drafts {
			d := &r.drafts[i]
			fills := r.fillsOf(d)
			for k := range fills {
				again = r.noteAlias(&fills[k], d.silent) || again
			}
		}
	}
}

// noteAlias notes what is filled if it is filled with a token or a body, and reports whether that was not known.
func (r *programReader) noteAlias(f *fill, silent bool) bool {
	if len(r.aliases) == 0 && !f.maySpeak(silent) {
		return false
	}
	from := f.sources()
	i := slices.IndexFunc(from, func(t Taken) bool { return r.aliasOf(t) != alias{} })
	if i < 0 {
		return false
	}
	a, noted := r.aliasOf(from[i]), false
	names, _ := f.names()
	for _, to := range names[:f.count] {
		if _, known := r.aliases[to]; known || HoldsRefreshToken(to) || bodyOf(to) != "" {
			continue // parts of messages have readers of their own
		}
		r.aliases[to], noted = a, true
	}
	return noted
}

// aliasOf is what a copy holds of what is taken, as far as is known.
func (r *programReader) aliasOf(t Taken) alias {
	switch {
	case t.Field != "" || HoldsRefreshToken(t.Variable):
		return alias{token: true}
	case bodyOf(t.Variable) != "":
		return alias{body: bodyOf(t.Variable)}
	}
	return r.aliases[t.Variable]
}

// maxPerPolicy bounds the copies and the outputs of one policy that are looked at.
const maxPerPolicy = 1000

// fillsOf is appendFills for a policy of the bundle, remembered.
func (r *programReader) fillsOf(d *draft) []fill {
	if d.filled {
		return d.fills
	}
	n := len(r.fills)
	r.fills = appendFills(r.fills, d.src.Doc)
	d.fills, d.filled = r.fills[n:], true
	if len(d.fills) > 0 {
		d.silent = !speaks(d.src.Doc.Source) && !strings.Contains(d.src.Doc.Source, "&") // which may stand for any character
	}
	left := maxPerPolicy
	for i := range d.fills {
		d.fills[i].count = min(d.fills[i].countNames(), left)
		left -= d.fills[i].count
	}
	return d.fills
}

// alias is what a variable holds by a copy: a refresh token, or the body of a message.
type alias struct {
	token bool
	body  string
}

// speaksOfRefresh reports whether any policy of the bundle has the word; most bundles have none.
func (r *programReader) speaksOfRefresh() bool {
	return slices.ContainsFunc(r.drafts, func(d draft) bool { return containsFold(d.src.Doc.Source, "refresh") })
}
