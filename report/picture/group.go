package picture

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// How nodes are grouped, the least first.
const (
	each     = iota // every node for itself
	twins           // those with the same arrows from and to the same nodes
	alike           // those with arrows of the same kinds to groups that are alike themselves
	sameKind        // those that do the same, with arrows of the same kinds
	sameLook        // those that look the same
	levels
)

// part groups a graph as little as leaves so many nodes.
func (g *graph) part(mostNodes int) Part {
	for level := each; ; level++ {
		classes := g.classes(level)
		if countDistinct(classes) <= mostNodes || level == levels-1 {
			return g.grouped(classes)
		}
	}
}

// classes says which nodes are one, by the class of each.
func (g *graph) classes(level int) []int {
	if g.classified[level] == nil {
		g.classified[level] = g.classify(level)
	}
	return g.classified[level]
}

func (g *graph) classify(level int) []int {
	switch level {
	case each:
		return g.refine(func(n *node) string { return fmt.Sprint(n.rank) }, 0, false)
	case twins:
		return g.mergeTwins()
	case alike:
		return g.refine((*node).role, 4, false)
	case sameKind:
		return g.refine((*node).role, 1, true)
	}
	return g.refine((*node).Class, 0, false)
}

// role is what decides whether two nodes can be one.
func (n *node) role() string {
	return fmt.Sprintf("%s %t %q %q %t", n.Class(), n.Asked, n.Environment, n.Does, n.Linked)
}

// refine begins with classes by what nodes are, and tells apart by rounds those whose arrows lead to or come from other classes. With
// outward, only the kinds of the arrows that begin at a node count.
func (g *graph) refine(begin func(*node) string, rounds int, outward bool) []int {
	looks := make([]string, len(g.nodes))
	for i, n := range g.nodes {
		looks[i] = begin(n)
	}
	classes := number(looks)
	for range rounds {
		around := make([][]string, len(g.nodes))
		for _, a := range g.arrows {
			what := fmt.Sprintf("%q %s %t", a.relations, a.rule, a.accepted)
			if outward {
				around[a.from.rank] = append(around[a.from.rank], what)
				continue
			}
			around[a.from.rank] = append(around[a.from.rank], fmt.Sprintf("> %s %d", what, classes[a.to.rank]))
			around[a.to.rank] = append(around[a.to.rank], fmt.Sprintf("< %s %d", what, classes[a.from.rank]))
		}
		for i := range looks {
			slices.Sort(around[i])
			looks[i] = fmt.Sprint(classes[i], " ", strings.Join(slices.Compact(around[i]), "; "))
		}
		classes = number(looks)
	}
	return classes
}

// mergeTwins makes one of nodes that have the same neighbours, until no two do. A policy that cannot run belongs to the bundle that
// has it, so that many bundles with one each come together.
func (g *graph) mergeTwins() []int {
	looks := make([]string, len(g.nodes))
	classes := make([]int, len(g.nodes))
	for i := range classes {
		classes[i] = i
	}
	for before := -1; before != countDistinct(classes); {
		before = countDistinct(classes)
		around := make([][]string, len(g.nodes))
		for _, a := range g.arrows {
			to, from := fmt.Sprint(classes[a.to.rank]), fmt.Sprint(classes[a.from.rank])
			if a.to.Kind == DeadPolicy && a.from.Kind != Nothing {
				to, from = "dead", ""
			}
			around[a.from.rank] = append(around[a.from.rank], fmt.Sprintf("> %q %q %t %s", a.relations, a.label, a.accepted, to))
			around[a.to.rank] = append(around[a.to.rank], fmt.Sprintf("< %q %q %t %s", a.relations, a.label, a.accepted, from))
		}
		for i, n := range g.nodes {
			slices.Sort(around[i])
			looks[i] = n.role() + " " + strings.Join(slices.Compact(around[i]), "; ")
		}
		classes = number(looks)
	}
	return classes
}

// number gives equal texts equal numbers, in the order in which they first come.
func number(texts []string) []int {
	known := map[string]int{}
	out := make([]int, len(texts))
	for i, s := range texts {
		n, ok := known[s]
		if !ok {
			n = len(known)
			known[s] = n
		}
		out[i] = n
	}
	return out
}

func countDistinct(classes []int) int {
	seen := map[int]bool{}
	for _, c := range classes {
		seen[c] = true
	}
	return len(seen)
}

// grouped makes one node of each class, and one arrow of those between two classes that say the same.
func (g *graph) grouped(classes []int) Part {
	p := Part{Organization: g.organization, Environments: g.environments, Offline: g.offline}
	index := map[int]int{}
	for i, n := range g.nodes {
		at, known := index[classes[i]]
		if !known {
			index[classes[i]] = len(p.Nodes)
			one := n.Node
			one.Names, one.Does, one.Rules = slices.Clone(n.Names), slices.Clone(n.Does), slices.Clone(n.Rules)
			p.Nodes = append(p.Nodes, one)
			continue
		}
		p.Nodes[at].join(&n.Node)
		p.Grouped = true
	}
	type span struct {
		from, to int
		what     string
	}
	arrows := map[span]int{}
	for _, a := range g.arrows {
		from, to := index[classes[a.from.rank]], index[classes[a.to.rank]]
		key := span{from, to, fmt.Sprintf("%q %s %t", a.relations, a.rule, a.accepted)}
		at, known := arrows[key]
		if !known {
			arrows[key] = len(p.Arrows)
			p.Arrows = append(p.Arrows, Arrow{
				From: from, To: to, Relations: a.relations, Label: a.label, Full: a.label, RuleID: a.rule, Finding: a.finding, Severe: a.severe, Accepted: a.accepted, Edges: a.edges,
			})
			continue
		}
		joined := &p.Arrows[at]
		joined.Edges += a.edges
		joined.Severe = joined.Severe || a.severe
		if joined.Label != a.label {
			joined.Label, joined.Full = a.short, a.short
		}
		if joined.Finding != a.finding {
			joined.Finding = nil
		}
	}
	slices.SortStableFunc(p.Arrows, func(a, b Arrow) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	return p
}

// join takes in another node of the class.
func (n *Node) join(o *Node) {
	n.Names = append(n.Names, o.Names...)
	if n.Of != o.Of {
		n.Of = ""
	}
	if n.Source != o.Source {
		n.Source = ""
	}
	if n.Environment != o.Environment {
		n.Environment = "other environments"
	}
	n.Does = union(n.Does, o.Does)
	n.Rules = union(n.Rules, o.Rules)
	n.Asked, n.Linked = n.Asked || o.Asked, n.Linked || o.Linked
	n.Issues, n.Refreshes = n.Issues || o.Issues, n.Refreshes || o.Refreshes
}

func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// fit groups more, the largest parts first, until the picture has no more arrows than it may, and leaves out what is too much even
// then.
func (p *Picture) fit(graphs []*graph, most Limits) {
	level := make([]int, len(graphs))
	total := 0
	for i := range p.Parts {
		total += len(p.Parts[i].Arrows)
	}
	for total > most.Arrows {
		largest := -1
		for i := range p.Parts {
			if level[i] < levels-1 && (largest < 0 || len(p.Parts[i].Arrows) > len(p.Parts[largest].Arrows)) {
				largest = i
			}
		}
		if largest < 0 {
			break
		}
		level[largest]++
		total -= len(p.Parts[largest].Arrows)
		if smaller := graphs[largest].grouped(graphs[largest].classes(level[largest])); len(smaller.Nodes) <= len(p.Parts[largest].Nodes) {
			p.Parts[largest] = smaller
		}
		total += len(p.Parts[largest].Arrows)
	}
	kept, arrows := p.Parts[:0:0], 0
	for i := range p.Parts {
		if len(kept) == most.Parts || arrows+len(p.Parts[i].Arrows) > most.Arrows {
			continue
		}
		kept, arrows = append(kept, p.Parts[i]), arrows+len(p.Parts[i].Arrows)
	}
	if left := len(p.Parts) - len(kept); left > 0 {
		p.Notes = append(p.Notes, fmt.Sprintf("%d of %d pictures are left out: narrow the report with --env or --proxy.", left, len(p.Parts)))
	}
	p.Parts = kept
}
