package finding

import (
	"cmp"
	"slices"

	"apigee-audit/apigee"
)

// Edge is one relation that the audit found between what is deployed in an environment: what the flows of a proxy do with refresh
// tokens and which bundle's policy does it, or who refreshes and revokes the tokens that a bundle issues.
type Edge struct {
	Organization string   `json:"organization"`
	Environment  string   `json:"environment"`
	From         Endpoint `json:"from"`
	// To is nil where nothing refreshes.
	To       *Endpoint `json:"to,omitempty"`
	Relation Relation  `json:"relation"`
	// Through is what lies between the two, in order: a flow hook, shared flows, or proxies of a chain.
	Through []Via `json:"through,omitempty"`
	// Tie is why the clients of the issuer are thought to refresh there; nil where nothing ties the two.
	Tie *Tie `json:"tie,omitempty"`
	// Cause is why a refresh cannot run.
	Cause CauseKind `json:"cause,omitempty"`
	// RuleID is the rule of the finding in the report that the edge stands for, "" where there is none.
	RuleID string `json:"ruleId,omitempty"`
	// Others is how many more there are that no edge names: only the best few do.
	Others int `json:"others,omitempty"`
}

// Endpoint is one end of an edge: a proxy or a shared flow, or one of its policies.
type Endpoint struct {
	Kind apigee.Kind `json:"kind"`
	Name string      `json:"name"`
	// Environment is where it is deployed, "" for that of the edge.
	Environment string `json:"environment,omitempty"`
	// Source is where the bundle lies, for bundles on disk.
	Source string `json:"source,omitempty"`
	// Policy is the refresh policy that cannot run, "" for the bundle as a whole.
	Policy string `json:"policy,omitempty"`
}

// Via is what an edge passes.
type Via struct {
	Kind ViaKind `json:"kind"`
	// Name is that of the shared flow or proxy, or the point of the flow hook.
	Name string `json:"name"`
}

// ViaKind is what sort of thing an edge passes.
type ViaKind string

// What edges pass.
const (
	ViaFlowHook   ViaKind = "flowhook"
	ViaSharedFlow ViaKind = ViaKind(apigee.KindSharedFlow)
	ViaProxy      ViaKind = ViaKind(apigee.KindProxy)
)

// ViaKinds are all of them.
func ViaKinds() []ViaKind { return []ViaKind{ViaFlowHook, ViaSharedFlow, ViaProxy} }

// Relation is what an edge says.
type Relation string

// Those from a proxy to the bundle whose policy its requests can run; for both ends the same where the policy is its own.
const (
	RelationIssues    Relation = "issues"
	RelationImports   Relation = "imports"
	RelationRefreshes Relation = "refreshes" // also from an issuing proxy to one that it is chained to, and that refreshes
	RelationReads     Relation = "reads"
	RelationRevokes   Relation = "revokes"
)

// Those from a bundle that issues, of its tokens that are not refreshed or revoked where they are issued.
const (
	RelationRefreshedBy    Relation = "refreshed-by"    // another proxy, or the same one in another environment, could
	RelationCannotRefresh  Relation = "cannot-refresh"  // a refresh policy that cannot run
	RelationNeverRefreshed Relation = "never-refreshed" // nothing does
	RelationBarred         Relation = "barred"          // a refresher that no API product opens together with the issuer
	RelationRevokedBy      Relation = "revoked-by"      // another proxy can
)

// Relations are all of them, in the order in which edges are listed.
func Relations() []Relation {
	return []Relation{
		RelationIssues, RelationImports, RelationRefreshes, RelationReads, RelationRevokes,
		RelationRefreshedBy, RelationCannotRefresh, RelationNeverRefreshed, RelationBarred, RelationRevokedBy,
	}
}

// Runs reports whether the relation is about what the requests of a proxy can run, and not about what becomes of the tokens that a
// bundle issues.
func (r Relation) Runs() bool {
	switch r {
	case RelationIssues, RelationImports, RelationRefreshes, RelationReads, RelationRevokes:
		return true
	}
	return false
}

// Holder is the bundle that has the finding which the edge stands for, if there is one: the one that holds the policy, which for
// what an issuer lacks is the issuer.
func (e *Edge) Holder() Endpoint {
	if e.Relation.Runs() && e.To != nil {
		return *e.To
	}
	return e.From
}

// StandsFor reports whether the edge stands for a finding.
func (e *Edge) StandsFor(f *Finding) bool {
	holder := e.Holder()
	return e.RuleID == f.RuleID && e.Organization == f.Organization && holder.Kind == f.Kind && holder.Name == f.Name &&
		slices.ContainsFunc(f.Deployments, func(at Deployed) bool {
			return at.Environment == e.Environment && (holder.Source == "" || holder.Source == at.Source)
		})
}

// CompareEdges is the order of edges in reports. Of those who could refresh, the best tied comes first.
func CompareEdges(a, b Edge) int {
	rank := func(r Relation) int { return slices.Index(Relations(), r) }
	return cmp.Or(cmp.Compare(a.Organization, b.Organization), cmp.Compare(a.Environment, b.Environment), cmp.Compare(rank(a.Relation), rank(b.Relation)),
		compareEndpoints(a.From, b.From), a.tie().Kind.Compare(b.tie().Kind), compareTargets(a.To, b.To), slices.CompareFunc(a.Through, b.Through, compareVia),
		cmp.Compare(a.tie().Words, b.tie().Words), cmp.Compare(a.Cause, b.Cause), cmp.Compare(a.RuleID, b.RuleID), cmp.Compare(a.Others, b.Others))
}

func compareEndpoints(a, b Endpoint) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Environment, b.Environment),
		apigee.CompareRoots(a.Source, b.Source), cmp.Compare(a.Policy, b.Policy))
}

func compareTargets(a, b *Endpoint) int {
	if a == nil || b == nil {
		return compareAbsent(a == nil, b == nil)
	}
	return compareEndpoints(*a, *b)
}

func compareVia(a, b Via) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
}

// tie is what ties the ends, the zero value for nothing.
func (e *Edge) tie() Tie {
	if e.Tie == nil {
		return Tie{}
	}
	return *e.Tie
}

// compareAbsent puts what is there first.
func compareAbsent(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// EdgeFindings finds the findings that edges stand for.
type EdgeFindings map[edgePlace][]*Finding

type edgePlace struct{ organization, rule, kind, name string }

// NewEdgeFindings indexes findings.
func NewEdgeFindings(findings []Finding) EdgeFindings {
	out := EdgeFindings{}
	for i := range findings {
		f := &findings[i]
		key := edgePlace{f.Organization, f.RuleID, string(f.Kind), f.Name}
		out[key] = append(out[key], f)
	}
	return out
}

// Of is the finding that an edge stands for, nil for none. Of one that is accepted in some environments only, and of copies on disk, it
// is the one of the edge.
func (x EdgeFindings) Of(e *Edge) *Finding {
	if e.RuleID == "" {
		return nil
	}
	holder := e.Holder()
	for _, f := range x[edgePlace{e.Organization, e.RuleID, string(holder.Kind), holder.Name}] {
		if e.StandsFor(f) {
			return f
		}
	}
	return nil
}

// Neighbourhood keeps the edges in the environments that the filter asks for, and of those the ones that lead to or from a bundle
// that it asks for, however many others lie between: a picture of some proxies shows what refreshes their tokens, and whose tokens
// they refresh. They keep the rules of the findings that the filter shows, and of those that it would show if it asked for the
// neighbours too, unless somebody accepted them. Of some bundles, nil for none, the findings are not among those given; edges keep
// their rules too. The list itself is changed.
func (x Filter) Neighbourhood(edges []Edge, findings []Finding, unlisted func(*Edge) bool) []Edge {
	found, everybody := NewEdgeFindings(findings), x
	everybody.Proxies = nil
	edges = slices.DeleteFunc(edges, func(e Edge) bool { return !MatchesAny(x.Environments, e.Environment) })
	for i := range edges {
		e := &edges[i]
		f := found.Of(e)
		if f == nil && unlisted != nil && unlisted(e) {
			continue
		}
		if f == nil || !everybody.Shows(f) || f.Status == StatusSuppressed && !MatchesAny(x.Proxies, f.Name) {
			e.RuleID = ""
		}
	}
	if len(x.Proxies) == 0 {
		return edges
	}
	leading, led := map[node][]node{}, map[node][]node{}
	var asked []node
	for i := range edges {
		from, to, ok := edges[i].nodes()
		for _, n := range []node{from, to} {
			if MatchesAny(x.Proxies, n.name) {
				asked = append(asked, n)
			}
		}
		if ok {
			leading[to], led[from] = append(leading[to], from), append(led[from], to)
		}
	}
	before, behind := reached(asked, leading), reached(asked, led)
	return slices.DeleteFunc(edges, func(e Edge) bool {
		from, to, ok := e.nodes()
		return !behind[from] && (!ok || !before[to])
	})
}

// node is a bundle in an environment, as an end of edges.
type node struct{ organization, environment, source, kind, name string }

// nodes are the ends of the edge; ok is false where there is only the first.
func (e *Edge) nodes() (from, to node, ok bool) {
	of := func(n Endpoint) node {
		return node{e.Organization, cmp.Or(n.Environment, e.Environment), n.Source, string(n.Kind), n.Name}
	}
	if e.To == nil {
		return of(e.From), of(e.From), false
	}
	return of(e.From), of(*e.To), true
}

// reached are the nodes to which edges lead from some, and those.
func reached(from []node, next map[node][]node) map[node]bool {
	seen := map[node]bool{}
	for list := slices.Clone(from); len(list) > 0; {
		n := list[len(list)-1]
		list = list[:len(list)-1]
		if !seen[n] {
			seen[n] = true
			list = append(list, next[n]...)
		}
	}
	return seen
}
