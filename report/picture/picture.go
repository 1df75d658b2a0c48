// Package picture turns the edges of a report into what pictures show: nodes, arrows between them, and groups where there would be too
// many. Writers of pictures have only to draw it, each in its language, so that all of them show the same.
package picture

import (
	"fmt"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
)

// Picture is a report as something to draw.
type Picture struct {
	// Parts are the environments, by organization; those that look the same are one part.
	Parts []Part
	// Notes say what the picture does not show, in sentences.
	Notes []string
}

// Part is a picture of its own: no arrow leads to another one.
type Part struct {
	Organization string
	Environments []string
	Offline      bool // bundles from disk, which are in no environment
	Nodes        []Node
	Arrows       []Arrow
	// Grouped reports whether some nodes stand for several bundles.
	Grouped bool
}

// NodeKind is what a node stands for.
type NodeKind uint8

// The kinds of nodes.
const (
	Proxy NodeKind = iota
	SharedFlow
	DeadPolicy // a refresh policy that cannot run
	Nothing    // what refreshes the tokens that nothing refreshes
)

// Node is a bundle, or several that look the same.
type Node struct {
	Kind NodeKind
	// Names are those of the bundles, sorted; of dead policies, those of the policies.
	Names []string
	// Of is the bundle of a dead policy, "" where they are of several.
	Of string
	// Environment is where it is deployed, if that is another environment than the part's.
	Environment string
	// Source is the path of a bundle on disk of which there are other copies.
	Source string
	// Does is what its own policies do with refresh tokens, in words: "issues (password)".
	Does []string
	// Rules are those of its findings that no arrow stands for, sorted.
	Rules []string
	// Asked reports whether the report is narrowed to it by name.
	Asked bool
	// Issues and Refreshes report whether the flows of the bundle do, whoever's policy it is.
	Issues, Refreshes bool
	// Linked reports whether some arrow begins or ends here.
	Linked bool
}

// Arrow is an edge from one node of a part to another, or several that say the same.
type Arrow struct {
	From, To  int // indices of nodes
	Relations []finding.Relation
	Label     string
	Full      string // the label without anything left out
	RuleID    string // of the finding that it stands for, "" for none
	// Finding is that finding; nil for none, and where the arrow stands for several.
	Finding *finding.Finding
	// Severe reports whether a finding of severity high is among those that it stands for.
	Severe bool
	// Accepted reports whether the finding is accepted.
	Accepted bool
	// Edges is how many edges of the report it stands for.
	Edges int
}

// Finds reports whether the arrow stands for a finding that counts.
func (a *Arrow) Finds() bool { return a.RuleID != "" && !a.Accepted }

// Limits bound a picture. What does not fit is grouped; what does not fit even then is left out and noted.
type Limits struct {
	Nodes  int // of a part
	Arrows int // of the whole picture
	Parts  int
}

// Readable is as much as people can take in and drawing programs accept.
func Readable() Limits { return Limits{Nodes: 36, Arrows: 400, Parts: 60} }

// New makes the picture of a report.
func New(d *report.Document, most Limits) *Picture { return NewSketch(d).Picture(most) }

// Sketch is all that can be drawn of a report, of which pictures of several sizes are made.
type Sketch struct {
	document *report.Document
	graphs   []*graph
}

// NewSketch makes the sketch of a report.
func NewSketch(d *report.Document) *Sketch { return &Sketch{d, mergeAlike(graphsOf(d))} }

// Picture makes a picture of the sketch.
func (s *Sketch) Picture(most Limits) *Picture {
	p := &Picture{}
	for _, g := range s.graphs {
		p.Parts = append(p.Parts, g.part(most.Nodes))
	}
	p.fit(s.graphs, most)
	p.note(s.document)
	return p
}

// Title names a part: "acme · prod, test".
func (p *Part) Title() string {
	title := report.OrganizationTitle(p.Organization)
	if p.Offline {
		return title
	}
	const most = 6
	names := p.Environments
	if len(names) > most {
		names = append(slices.Clone(names[:most-1]), fmt.Sprintf("%d more", len(names)-most+1))
	}
	return title + " · " + strings.Join(names, ", ")
}

// kindOf is the kind of node that a bundle is.
func kindOf(n finding.Endpoint) NodeKind {
	switch {
	case n.Policy != "":
		return DeadPolicy
	case n.Kind == apigee.KindSharedFlow:
		return SharedFlow
	}
	return Proxy
}
