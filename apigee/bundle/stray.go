package bundle

import (
	"fmt"
	"iter"
	"strings"

	"apigee-audit/apigee/xmltree"
)

// Stray is a step that stands where Apigee looks for none, so that it never runs.
type Stray struct {
	Policy xmltree.Text
	Span   xmltree.Span
	// Where says what it stands in, in words that follow "its step": `is in flow "refresh", which is outside <Flows>`.
	Where string
}

// findStrays collects the steps of the file that no list of the endpoint has: in a Flow beside Flows, directly in a flow
// without Request or Response, in the Request of a shared flow.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/api-proxy-configuration-reference, which nests them.
func (e *Endpoint) findStrays(r *endpointReader) {
	doc, known := r.doc, 0
	for list := range e.stepLists() {
		known += len(list)
	}
	if countSteps(doc.Root) == known { // nearly always, and then every one of them is in a list
		return
	}
	type place struct{ line, column int32 } // no two elements begin at one
	begin := func(s xmltree.Span) place { return place{s.Line, s.Column} }
	read := map[place]bool{}
	for list := range e.stepLists() {
		for i := range list {
			read[begin(list[i].Span)] = true
		}
	}
	var walk func(n *xmltree.Node, depth int, flow *xmltree.Node, outside bool)
	walk = func(n *xmltree.Node, depth int, flow *xmltree.Node, outside bool) {
		for c := range n.Children() {
			switch c.Name {
			case "FaultRules", "DefaultFaultRule": // all that they hold is read
			case "Step":
				if !read[begin(doc.TagSpan(c))] {
					step := r.step(c)
					step.Policy.Value = strings.Clone(step.Policy.Value)
					e.Strays = append(e.Strays, Stray{step.Policy, step.Span, strayIn(n, flow, outside)})
				}
			case "Flow":
				walk(c, depth+1, c, n.Name != "Flows" || depth != 1)
			default:
				walk(c, depth+1, flow, outside)
			}
		}
	}
	walk(doc.Root, 0, nil, false)
}

// countSteps counts the elements below one that could be steps, but for those of fault rules.
func countSteps(n *xmltree.Node) int {
	count := 0
	for c := range n.Children() {
		switch c.Name {
		case "FaultRules", "DefaultFaultRule":
			continue
		case "Step", "Policy":
			count++
		}
		count += countSteps(c)
	}
	return count
}

// stepLists yields the lists of steps that run, but for those of fault rules.
func (e *Endpoint) stepLists() iter.Seq[[]Step] {
	return func(yield func([]Step) bool) {
		both := func(f *Flow) bool { return yield(f.Request) && yield(f.Response) }
		if !yield(e.Steps) || !both(&e.PreFlow) || !both(&e.PostFlow) || !both(&e.PostClientFlow) {
			return
		}
		for _, list := range [][]Flow{e.Flows, e.EventFlows} {
			for i := range list {
				if !both(&list[i]) {
					return
				}
			}
		}
	}
}

// strayIn says where a step stands that never runs.
func strayIn(in, flow *xmltree.Node, outside bool) string {
	if flow == nil {
		return "is in <" + strings.Clone(in.Name) + ">"
	}
	name := "a flow"
	if n, _ := flow.Attr("name"); n != "" {
		name = fmt.Sprintf("flow %q", n)
	}
	if outside {
		return "is in " + name + ", which is outside <Flows>"
	}
	return "is in " + name + ", outside its <Request> and <Response>"
}

// noteStrays says once for a file that it has some.
func (b *Bundle) noteStrays(e *Endpoint) {
	if len(e.Strays) == 0 {
		return
	}
	first, more := e.Strays[0], ""
	switch n := len(e.Strays) - 1; n {
	case 0:
	case 1:
		more = ", nor does 1 other step of the file"
	default:
		more = fmt.Sprintf(", nor do %d other steps of the file", n)
	}
	b.notice(e.File, first.Span, "step of policy %q %s, where Apigee does not look for steps: it never runs%s", first.Policy.Value, first.Where, more)
}

// strayDirectives says that directives outside policies have no effect: a finding always points at a policy.
func (b *Bundle) strayDirectives(d *xmltree.Document) {
	for _, t := range d.Directives {
		b.notice(d.File, t.Span, "the comment %q has no effect here; write it in the policy's own file", t.Value)
	}
}
