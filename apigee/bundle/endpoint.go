package bundle

import (
	"strings"

	"apigee-audit/apigee/xmltree"
)

// Role is which of the three things that policies are attached to an endpoint is.
type Role string

// The roles, spelled as their root elements.
const (
	ProxyEndpoint  Role = "ProxyEndpoint"
	TargetEndpoint Role = "TargetEndpoint"
	SharedFlow     Role = "SharedFlow"
)

// Endpoint is one proxy endpoint, target endpoint or shared flow with everything attached to it.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/api-proxy-configuration-reference.
type Endpoint struct {
	Role Role
	Name string
	File string
	Span xmltree.Span // the start tag

	PreFlow, PostFlow, PostClientFlow Flow
	Flows                             []Flow // conditional flows in document order; the first true one runs
	EventFlows                        []Flow // server-sent events of targets
	FaultRules                        []FaultRule
	DefaultFaultRule                  *FaultRule

	BasePath xmltree.Text // proxy endpoints
	Routes   []Route      // proxy endpoints, in evaluation order
	Target   Connection   // target endpoints
	Steps    []Step       // shared flows

	Strays []Stray // steps that never run
}

// Flow is a pair of request and response step lists.
type Flow struct {
	Name              string
	Span              xmltree.Span // the start tag; unknown when the flow is not in the file
	Condition         xmltree.Text
	Request, Response []Step
}

// Step attaches a policy. Its texts, and the conditions of all else, are parts of the file, which stays in memory as long as they do.
type Step struct {
	Policy    xmltree.Text // the policy's name attribute
	Condition xmltree.Text
	Span      xmltree.Span
	// FaultRules of a step are a legacy form; they run when its policy faults.
	FaultRules []FaultRule
}

// FaultRule is a step list that runs after a fault.
type FaultRule struct {
	Name          string
	Span          xmltree.Span
	Condition     xmltree.Text
	Steps         []Step
	AlwaysEnforce bool // DefaultFaultRule only: it runs even when another rule did
}

// Route decides which target endpoint a request goes to; a null route has no target at all.
type Route struct {
	Name      string
	Span      xmltree.Span
	Condition xmltree.Text
	Target    string // target endpoint name; "" for a null route, a URL or an integration
	External  bool   // a URL or an integration endpoint: a target without flows in this bundle
	URL       string // where a route leads that names no target endpoint
}

func (b *Bundle) addEndpoint(doc *xmltree.Document, role Role) {
	root := doc.Root
	if root.Name != string(role) {
		b.notice(doc.File, doc.TagSpan(root), "root element is <%s> where <%s> was expected; its flows are not read", root.Name, role)
		return
	}
	name, _ := root.Attr("name")
	e := b.memory.endpoints.Put(Endpoint{Role: role, Name: strings.Clone(name), File: doc.File, Span: doc.TagSpan(root)})
	r := endpointReader{doc, b.memory}
	for n := range root.Children() {
		switch n.Name {
		case "PreFlow":
			mergeFlow(&e.PreFlow, r.flow(n))
		case "PostFlow":
			mergeFlow(&e.PostFlow, r.flow(n))
		case "PostClientFlow":
			mergeFlow(&e.PostClientFlow, r.flow(n))
		case "Flows":
			e.Flows = r.flows(e.Flows, n)
		case "EventFlow":
			e.EventFlows = append(e.EventFlows, r.flow(n))
		case "FaultRules":
			e.FaultRules = append(e.FaultRules, r.faultRules(n)...)
		case "DefaultFaultRule":
			f := r.faultRule(n)
			e.DefaultFaultRule = &f
		case "HTTPProxyConnection":
			e.BasePath = doc.TextOf(n.Child("BasePath"))
		case "RouteRule":
			e.Routes = append(e.Routes, r.route(n))
		}
	}
	switch role {
	case SharedFlow:
		e.Steps = r.steps(nil, root)
	case TargetEndpoint:
		e.Target = ReadConnection(root)
	}
	e.findStrays(&r)
	b.noteStrays(e)
	b.Endpoints = append(b.Endpoints, e)
}

// mergeFlow keeps the steps of a PreFlow or PostFlow that is written twice.
func mergeFlow(dst *Flow, f Flow) {
	if dst.Span == (xmltree.Span{}) {
		*dst = f
		return
	}
	dst.Request = append(dst.Request, f.Request...)
	dst.Response = append(dst.Response, f.Response...)
}

// endpointReader reads what is in an endpoint's file.
type endpointReader struct {
	doc    *xmltree.Document
	memory *memory
}

// flows appends the conditional flows in an element.
func (r *endpointReader) flows(flows []Flow, n *xmltree.Node) []Flow {
	isFlow := func(c *xmltree.Node) bool { return c.Name == "Flow" }
	if len(flows) == 0 { // as nearly always; more of them grow by themselves
		flows = r.memory.flows.Take(count(n, isFlow))
	}
	for c := range n.Children() {
		if isFlow(c) {
			flows = append(flows, r.flow(c))
		}
	}
	return flows
}

// count counts the children of an element that are something.
func count(n *xmltree.Node, is func(*xmltree.Node) bool) int {
	out := 0
	for c := range n.Children() {
		if is(c) {
			out++
		}
	}
	return out
}

func (r *endpointReader) flow(n *xmltree.Node) Flow {
	f := Flow{Span: r.doc.TagSpan(n), Condition: r.doc.TextIn(n.Child("Condition"))}
	name, _ := n.Attr("name")
	f.Name = strings.Clone(name)
	for c := range n.Children() {
		switch c.Name {
		case "Request":
			f.Request = r.steps(f.Request, c)
		case "Response":
			f.Response = r.steps(f.Response, c)
		}
	}
	return f
}

// steps appends the steps in an element.
func (r *endpointReader) steps(steps []Step, n *xmltree.Node) []Step {
	if len(steps) == 0 { // as nearly always
		steps = r.memory.steps.Take(count(n, isStep))
	}
	for c := range n.Children() {
		if isStep(c) {
			steps = append(steps, r.step(c))
		}
	}
	return steps
}

// isStep is also true of <Policy> instead of <Step>, which the Edge schema allows.
func isStep(n *xmltree.Node) bool { return n.Name == "Step" || n.Name == "Policy" }

func (r *endpointReader) step(n *xmltree.Node) Step {
	s := Step{Span: r.doc.Span(n), Condition: r.doc.TextIn(n.Child("Condition"))}
	if name := n.Child("Name"); name != nil {
		s.Policy = r.doc.TextIn(name)
	} else if name, ok := n.Attr("name"); ok {
		s.Policy = xmltree.Text{Value: name, Span: r.doc.AttrSpan(n, "name")}
	} else {
		s.Policy = r.doc.TextIn(n)
	}
	if rules := n.Child("FaultRules"); rules != nil {
		s.FaultRules = r.faultRules(rules)
	}
	return s
}

func (r *endpointReader) faultRules(n *xmltree.Node) []FaultRule {
	var rules []FaultRule
	for c := range n.Children() {
		if c.Name == "FaultRule" {
			rules = append(rules, r.faultRule(c))
		}
	}
	return rules
}

func (r *endpointReader) faultRule(n *xmltree.Node) FaultRule {
	name, _ := n.Attr("name")
	f := FaultRule{
		Name: strings.Clone(name), Span: r.doc.TagSpan(n),
		Condition: r.doc.TextIn(n.Child("Condition")), Steps: r.steps(nil, n),
	}
	// PROXYCFG writes AlwaysEnforce as a child element.
	f.AlwaysEnforce = strings.EqualFold(n.Child("AlwaysEnforce").String(), "true") || n.IsTrue("alwaysEnforce")
	return f
}

func (r *endpointReader) route(n *xmltree.Node) Route {
	name, _ := n.Attr("name")
	return Route{
		Name: strings.Clone(name), Span: r.doc.TagSpan(n), Condition: r.doc.TextIn(n.Child("Condition")),
		Target:   strings.Clone(n.Child("TargetEndpoint").String()),
		URL:      strings.Clone(n.Child("URL").String()),
		External: n.Child("URL") != nil || n.Child("IntegrationEndpoint") != nil,
	}
}
