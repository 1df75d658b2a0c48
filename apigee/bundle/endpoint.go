package bundle

import (
	"iter"
	"slices"
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
	e := &Endpoint{Role: role, Name: strings.Clone(name), File: doc.File, Span: doc.TagSpan(root)}
	for n := range root.Children() {
		switch n.Name {
		case "PreFlow":
			mergeFlow(&e.PreFlow, readFlow(doc, n))
		case "PostFlow":
			mergeFlow(&e.PostFlow, readFlow(doc, n))
		case "PostClientFlow":
			mergeFlow(&e.PostClientFlow, readFlow(doc, n))
		case "Flows":
			for f := range n.Children() {
				if f.Name == "Flow" {
					e.Flows = append(e.Flows, readFlow(doc, f))
				}
			}
		case "EventFlow":
			e.EventFlows = append(e.EventFlows, readFlow(doc, n))
		case "FaultRules":
			e.FaultRules = append(e.FaultRules, readFaultRules(doc, n)...)
		case "DefaultFaultRule":
			f := readFaultRule(doc, n)
			e.DefaultFaultRule = &f
		case "HTTPProxyConnection":
			e.BasePath = doc.TextOf(n.Child("BasePath"))
		case "RouteRule":
			e.Routes = append(e.Routes, readRoute(doc, n))
		}
	}
	switch role {
	case SharedFlow:
		e.Steps = readSteps(doc, root)
	case TargetEndpoint:
		e.Target = ReadConnection(root)
	}
	e.findStrays(doc)
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

func readFlow(doc *xmltree.Document, n *xmltree.Node) Flow {
	f := Flow{Span: doc.TagSpan(n), Condition: doc.TextIn(n.Child("Condition"))}
	name, _ := n.Attr("name")
	f.Name = strings.Clone(name)
	for c := range n.Children() {
		switch c.Name {
		case "Request":
			f.Request = appendSteps(f.Request, doc, c)
		case "Response":
			f.Response = appendSteps(f.Response, doc, c)
		}
	}
	return f
}

func readSteps(doc *xmltree.Document, n *xmltree.Node) []Step { return appendSteps(nil, doc, n) }

// appendSteps makes room for all steps at once: a step is large, and most lists begin here.
func appendSteps(steps []Step, doc *xmltree.Document, n *xmltree.Node) []Step {
	count := 0
	for range stepsIn(n) {
		count++
	}
	steps = slices.Grow(steps, count)
	for c := range stepsIn(n) {
		steps = append(steps, readStep(doc, c))
	}
	return steps
}

// stepsIn also yields <Policy> instead of <Step>, which the Edge schema allows.
func stepsIn(n *xmltree.Node) iter.Seq[*xmltree.Node] {
	return func(yield func(*xmltree.Node) bool) {
		for c := range n.Children() {
			if (c.Name == "Step" || c.Name == "Policy") && !yield(c) {
				return
			}
		}
	}
}

func readStep(doc *xmltree.Document, n *xmltree.Node) Step {
	s := Step{Span: doc.Span(n), Condition: doc.TextIn(n.Child("Condition"))}
	if name := n.Child("Name"); name != nil {
		s.Policy = doc.TextIn(name)
	} else if name, ok := n.Attr("name"); ok {
		s.Policy = xmltree.Text{Value: name, Span: doc.AttrSpan(n, "name")}
	} else {
		s.Policy = doc.TextIn(n)
	}
	if rules := n.Child("FaultRules"); rules != nil {
		s.FaultRules = readFaultRules(doc, rules)
	}
	return s
}

func readFaultRules(doc *xmltree.Document, n *xmltree.Node) []FaultRule {
	var rules []FaultRule
	for c := range n.Children() {
		if c.Name == "FaultRule" {
			rules = append(rules, readFaultRule(doc, c))
		}
	}
	return rules
}

func readFaultRule(doc *xmltree.Document, n *xmltree.Node) FaultRule {
	name, _ := n.Attr("name")
	f := FaultRule{
		Name: strings.Clone(name), Span: doc.TagSpan(n),
		Condition: doc.TextIn(n.Child("Condition")), Steps: readSteps(doc, n),
	}
	// PROXYCFG writes AlwaysEnforce as a child element.
	f.AlwaysEnforce = strings.EqualFold(n.Child("AlwaysEnforce").String(), "true") || n.IsTrue("alwaysEnforce")
	return f
}

func readRoute(doc *xmltree.Document, n *xmltree.Node) Route {
	name, _ := n.Attr("name")
	r := Route{Name: strings.Clone(name), Span: doc.TagSpan(n), Condition: doc.TextIn(n.Child("Condition"))}
	r.Target = strings.Clone(n.Child("TargetEndpoint").String())
	r.URL = strings.Clone(n.Child("URL").String())
	r.External = n.Child("URL") != nil || n.Child("IntegrationEndpoint") != nil
	return r
}
