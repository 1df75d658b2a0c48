package picture

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
)

// graph is what is known of one environment, or of several that look the same, before anything is grouped.
type graph struct {
	organization string
	environments []string
	offline      bool
	nodes        []*node
	arrows       []*arrow
	classified   [levels][]int // what [graph.classes] found, by level
}

// node is a bundle, a policy that cannot run, or nothing.
type node struct {
	Node
	key  nodeKey
	does map[finding.Relation]bool
	// revokedBy are proxies that can revoke its tokens. They are words in the node: most of an environment have the same one, and
	// arrows to it would hide all others.
	revokedBy []*finding.Endpoint
	rank      int // its index in the graph
}

type nodeKey struct {
	kind NodeKind
	finding.Endpoint
}

// arrow is an edge between two nodes, or several that are drawn as one.
type arrow struct {
	from, to  *node
	relations []finding.Relation
	through   []finding.Via
	label     string
	short     string // the label without what is of one edge alone
	rule      string
	finding   *finding.Finding
	severe    bool
	accepted  bool
	edges     int
}

// builder makes the graphs of a report.
type builder struct {
	d        *report.Document
	findings finding.EdgeFindings
	grants   map[bundleIn][]string
	rules    map[bundleIn][]string // of findings that no arrow stands for
	graphs   []*graph
	nodes    map[nodeKey]*node // of the last graph
	running  map[runKey]*arrow // of the last graph, those about what requests can run
	asked    func(organization, name string) bool
}

// runKey is what arrows about what requests can run are joined by.
type runKey struct {
	from, to *node
	rule     string
}

type bundleIn struct{ organization, environment, kind, name string }

// graphsOf are the graphs of all environments, in the order of the edges.
func graphsOf(d *report.Document) []*graph {
	b := &builder{d: d, findings: finding.NewEdgeFindings(d.Findings), grants: map[bundleIn][]string{}, rules: map[bundleIn][]string{}, asked: d.AskedFor}
	for _, ev := range d.Inventory {
		at := bundleIn{ev.Organization, ev.Environment, string(ev.Kind), ev.Name}
		b.grants[at] = append(b.grants[at], ev.Grants...)
	}
	b.takeRules()
	for i := range d.Edges {
		e := &d.Edges[i]
		if n := len(b.graphs); n == 0 || b.graphs[n-1].organization != e.Organization || b.graphs[n-1].environments[0] != e.Environment {
			b.begin(e)
		}
		b.take(e)
	}
	for _, g := range b.graphs {
		b.finish(g)
	}
	return b.graphs
}

// takeRules notes the rules of findings by bundle and environment, apart from those that an arrow can stand for.
func (b *builder) takeRules() {
	for i := range b.d.Findings {
		f := &b.d.Findings[i]
		if f.Status == finding.StatusSuppressed || finding.InCoreFamily(f.RuleID) {
			continue
		}
		for _, at := range f.Deployments {
			key := bundleIn{f.Organization, at.Environment, string(f.Kind), f.Name}
			b.rules[key] = append(b.rules[key], f.RuleID)
		}
	}
}

func (b *builder) begin(e *finding.Edge) {
	g := &graph{organization: e.Organization, environments: []string{e.Environment}}
	for _, org := range b.d.Organizations {
		g.offline = g.offline || org.Name == e.Organization && org.Offline
	}
	b.graphs, b.nodes, b.running = append(b.graphs, g), map[nodeKey]*node{}, map[runKey]*arrow{}
}

// node is the node of an end, made where there is none.
func (b *builder) node(g *graph, end finding.Endpoint) *node {
	if end.Environment == g.environments[0] {
		end.Environment = ""
	}
	key := nodeKey{kindOf(end), end}
	n := b.nodes[key]
	if n == nil {
		n = &node{key: key, does: map[finding.Relation]bool{}}
		n.Kind, n.Names, n.Environment, n.Source = key.kind, []string{end.Name}, end.Environment, end.Source
		if n.Kind == DeadPolicy {
			n.Names, n.Of = []string{end.Policy}, apigee.Ref{Kind: end.Kind, Name: end.Name}.String()
		}
		n.Asked = n.Kind != DeadPolicy && b.asked(g.organization, end.Name)
		b.nodes[key] = n
		g.nodes = append(g.nodes, n)
	}
	return n
}

// nothing is the node of what does not exist.
func (b *builder) nothing(g *graph) *node {
	key := nodeKey{kind: Nothing}
	n := b.nodes[key]
	if n == nil {
		n = &node{key: key, does: map[finding.Relation]bool{}, Node: Node{Kind: Nothing}}
		b.nodes[key] = n
		g.nodes = append(g.nodes, n)
	}
	return n
}

// take draws an edge: as an arrow, or, where a proxy does something by a policy of its own, as words in its node.
func (b *builder) take(e *finding.Edge) {
	g := b.graphs[len(b.graphs)-1]
	from := b.node(g, e.From)
	var to *node
	switch {
	case e.Relation == finding.RelationRevokedBy:
		to = from
	case e.To == nil:
		to = b.nothing(g)
	default:
		to = b.node(g, *e.To)
	}
	from.note(to, e)
	if from == to {
		return
	}
	a := &arrow{from: from, to: to, relations: []finding.Relation{e.Relation}, through: e.Through, rule: e.RuleID, finding: b.findings.Of(e), edges: 1}
	if f := a.finding; f != nil {
		a.severe, a.accepted = f.Severity >= finding.High, f.Status == finding.StatusSuppressed
	}
	a.label, a.short = labels(e, a.accepted)
	if e.Relation.Runs() {
		key := runKey{from, to, e.RuleID}
		if other := b.running[key]; other != nil {
			other.join(a)
			return
		}
		b.running[key] = a
	}
	g.arrows = append(g.arrows, a)
}

// note says in both nodes what an edge tells about them.
func (n *node) note(to *node, e *finding.Edge) {
	switch e.Relation {
	case finding.RelationIssues, finding.RelationImports:
		n.Issues, to.Issues = true, true
		to.does[e.Relation] = true
	case finding.RelationRefreshes:
		n.Refreshes, to.Refreshes = true, true
		to.does[e.Relation] = true
	case finding.RelationReads, finding.RelationRevokes:
		to.does[e.Relation] = true
	case finding.RelationRefreshedBy, finding.RelationBarred:
		to.Refreshes = true
		if to.Environment != "" { // nothing else tells here
			to.does[finding.RelationRefreshes] = true
		}
	case finding.RelationRevokedBy:
		if e.To != nil {
			n.revokedBy = append(n.revokedBy, e.To)
		}
	}
}

// join takes in another arrow between the same nodes that tells what requests can run and stands for the same finding.
func (a *arrow) join(b *arrow) {
	a.edges += b.edges
	a.relations = append(a.relations, b.relations...)
	if !slices.Equal(a.through, b.through) {
		a.through = nil
	}
	a.label, a.short = runLabel(a.relations, a.through, a.to.Kind, a.accepted), runLabel(a.relations, nil, a.to.Kind, a.accepted)
}

// finish says what the nodes do, and puts everything in order.
func (b *builder) finish(g *graph) {
	copies := map[finding.Endpoint]int{}
	bundle := func(n *node) finding.Endpoint {
		return finding.Endpoint{Kind: n.key.Endpoint.Kind, Name: n.key.Name, Environment: n.Environment, Policy: n.key.Policy}
	}
	for _, n := range g.nodes {
		copies[bundle(n)]++
	}
	for _, n := range g.nodes {
		if copies[bundle(n)] < 2 {
			n.Source = ""
		}
		at := bundleIn{g.organization, g.environments[0], string(n.key.Endpoint.Kind), n.key.Name}
		for _, r := range finding.Relations() {
			if n.does[r] {
				n.Does = append(n.Does, doing(r, b.grants[at]))
			}
		}
		for _, by := range n.revokedBy {
			n.Does = append(n.Does, revokedBy(by))
		}
		if n.Kind != DeadPolicy && n.Environment == "" {
			n.Rules = slices.Compact(slices.Sorted(slices.Values(b.rules[at])))
		}
	}
	for _, a := range g.arrows {
		a.from.Linked, a.to.Linked = true, true
	}
	slices.SortStableFunc(g.nodes, compareNodes)
	for i, n := range g.nodes {
		n.rank = i
	}
	slices.SortStableFunc(g.arrows, func(a, b *arrow) int {
		return cmp.Or(cmp.Compare(a.from.rank, b.from.rank), cmp.Compare(a.to.rank, b.to.rank), cmp.Compare(a.label, b.label))
	})
}

func compareNodes(a, b *node) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), slices.Compare(a.Names, b.Names), cmp.Compare(a.Of, b.Of), cmp.Compare(a.Environment, b.Environment),
		apigee.CompareRoots(a.key.Source, b.key.Source))
}

// doing is what a policy does, in words.
func doing(r finding.Relation, grants []string) string {
	if grants = slices.Compact(slices.Sorted(slices.Values(grants))); r == finding.RelationIssues && len(grants) > 0 {
		return "issues (" + strings.Join(grants, ", ") + ")"
	}
	return string(r)
}

func revokedBy(by *finding.Endpoint) string {
	s := "revoked by " + by.Name
	if by.Environment != "" {
		s += " in " + by.Environment
	}
	return s
}

// mergeAlike makes one graph of those of an organization that differ in nothing but their environment.
func mergeAlike(graphs []*graph) []*graph {
	var out []*graph
	seen := map[string]*graph{}
	for _, g := range graphs {
		looks := g.signature()
		if same := seen[looks]; same != nil {
			same.environments = append(same.environments, g.environments...)
			continue
		}
		seen[looks] = g
		out = append(out, g)
	}
	return out
}

// signature is everything about a graph but its environment.
func (g *graph) signature() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q\n", g.organization)
	for _, n := range g.nodes {
		fmt.Fprintf(&b, "%d %q %q %q %q %q %q\n", n.Kind, n.Names, n.Of, n.Environment, n.key.Source, n.Does, n.Rules)
	}
	for _, a := range g.arrows {
		fmt.Fprintf(&b, "%d %d %q %q %q %t %d\n", a.from.rank, a.to.rank, a.relations, a.label, a.rule, a.accepted, a.edges)
	}
	return b.String()
}
