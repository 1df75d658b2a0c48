package report

import (
	"slices"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
)

// InventoryVersion is the major version of the JSON form of an [Inventory]; changes within it only add fields.
const InventoryVersion = 1

// Inventory is what the deployments of a report do with refresh tokens, those that were asked for. It is no report: nothing in it
// says that the rest is clean.
type Inventory struct {
	InventoryVersion int             `json:"inventoryVersion"`
	Tool             Tool            `json:"tool"`
	StartedAt        time.Time       `json:"startedAt"`
	FinishedAt       time.Time       `json:"finishedAt"`
	Complete         bool            `json:"complete"`
	Change           *Change         `json:"change,omitempty"`
	Filter           InventoryFilter `json:"filter"`
	Organizations    []Organization  `json:"organizations"`
	// Total is how many deployments there are, listed or not.
	Total       int              `json:"total"`
	Deployments []InventoryEntry `json:"inventory"`
	// NotCompared are deployments with refresh tokens whose lifetime is not known, so that the filter could not compare it; none of
	// them is listed for it.
	NotCompared []NotCompared `json:"notCompared"`
	// Problems are what could not be looked at: what such a deployment does is not known.
	Problems []apigee.Problem `json:"problems"`

	// Document is what all of this is from.
	Document *Document `json:"-"`
}

// InventoryEntry is a deployment with what was found there.
type InventoryEntry struct {
	finding.Evidence
	// Findings counts the findings; nil where the report was narrowed to something else.
	Findings *InventoryFindings `json:"findings,omitempty"`
	// Revocable says of one that issues whether a flow of the organization can revoke its refresh tokens, and which; nil for
	// others, and where the report does not tell.
	Revocable *Revocability `json:"revocable,omitempty"`
}

// InventoryFindings are how many findings a deployment has.
type InventoryFindings struct {
	Counts
	Accepted int `json:"accepted"`
	// Reasons say why findings are accepted.
	Reasons []string `json:"-"`
}

// Worst is the highest severity; ok is false where there is no finding.
func (f *InventoryFindings) Worst() (s finding.Severity, ok bool) {
	for _, s := range finding.Severities() {
		if f.Of(s) > 0 {
			return s, true
		}
	}
	return 0, false
}

// NotCompared is a deployment whose refresh tokens live for an unknown time.
type NotCompared struct {
	Organization string      `json:"organization"`
	Environment  string      `json:"environment"`
	Kind         apigee.Kind `json:"kind"`
	Name         string      `json:"name"`
	Revision     string      `json:"revision"`
	Why          string      `json:"why"`
}

// InventoryFilter is which deployments are asked for; what it leaves empty, it does not ask about.
type InventoryFilter struct {
	Organizations []string `json:"organizations,omitempty"`
	// Environments and Proxies are patterns (path.Match); Proxies are for shared flows too.
	Environments []string `json:"environments,omitempty"`
	Proxies      []string `json:"proxies,omitempty"`
	// Each is what a deployment has to do, or with false must not do. With Grant, Issues is about that grant alone.
	Issues    *bool  `json:"issues,omitempty"`
	Grant     string `json:"grant,omitempty"`
	Refreshes *bool  `json:"refreshes,omitempty"`
	Imports   *bool  `json:"imports,omitempty"`
	Reads     *bool  `json:"reads,omitempty"`
	Revokes   *bool  `json:"revokes,omitempty"`
	// RefreshLifetimeOver asks for refresh tokens that live longer than this many milliseconds; those without an end do.
	RefreshLifetimeOver int64 `json:"refreshLifetimeOver,omitempty"`
}

// Asks reports whether the filter asks about what deployments do, rather than which they are.
func (x *InventoryFilter) Asks() bool {
	return x.Issues != nil || x.Refreshes != nil || x.Imports != nil || x.Reads != nil || x.Revokes != nil || x.RefreshLifetimeOver > 0
}

// named reports whether a deployment is among those that are asked for, whatever it does.
func (x *InventoryFilter) named(e *finding.Evidence) bool {
	return x.concerns(e.Organization) && finding.MatchesAny(x.Environments, e.Environment) && finding.MatchesAny(x.Proxies, e.Name)
}

func (x *InventoryFilter) concerns(organization string) bool {
	return len(x.Organizations) == 0 || slices.Contains(x.Organizations, organization)
}

// does reports whether a deployment does what is asked for, but for lifetimes.
func (x *InventoryFilter) does(e *finding.Evidence) bool {
	issues := len(e.Grants) > 0
	if x.Grant != "" {
		issues = slices.Contains(e.Grants, x.Grant)
	}
	for _, ask := range []struct {
		wanted *bool
		is     bool
	}{{x.Issues, issues}, {x.Refreshes, e.Refreshes}, {x.Imports, e.Imports}, {x.Reads, e.Reads}, {x.Revokes, e.Revokes}} {
		if ask.wanted != nil && *ask.wanted != ask.is {
			return false
		}
	}
	return true
}

// lives compares the lifetimes of a deployment's refresh tokens. why says why that is not possible, where none is known to be over.
func (x *InventoryFilter) lives(e *finding.Evidence) (over bool, why string) {
	bound := time.Duration(x.RefreshLifetimeOver) * time.Millisecond
	if e.Operations == nil && (len(e.Grants) > 0 || e.Imports || e.Refreshes) {
		return false, notRecorded
	}
	for i := range e.Operations {
		l := e.Operations[i].RefreshLifetime
		switch {
		case l == nil || l.Kind == finding.LifetimeKept:
		case !l.Known():
			why = LifetimeText(l) + " in " + e.Operations[i].Policy
		case l.Over(bound):
			return true, ""
		}
	}
	return false, why
}

// NewInventory narrows what a report says of deployments. The report stays as it is.
func NewInventory(d *Document, x InventoryFilter) *Inventory {
	v := &Inventory{
		InventoryVersion: InventoryVersion, Tool: d.Tool, StartedAt: d.StartedAt, FinishedAt: d.FinishedAt, Change: d.Change, Filter: x,
		Deployments: []InventoryEntry{}, NotCompared: []NotCompared{}, Document: d,
	}
	v.Organizations, v.Problems, v.Complete = x.lookedAt(d)
	counts, revocability := countDeployed(d), newRevocability(d)
	for i := range d.Inventory {
		e := &d.Inventory[i]
		if !x.concerns(e.Organization) {
			continue
		}
		v.Total++
		if !x.named(e) || !x.does(e) {
			continue
		}
		if x.RefreshLifetimeOver > 0 {
			over, why := x.lives(e)
			if why != "" {
				v.NotCompared = append(v.NotCompared, NotCompared{e.Organization, e.Environment, e.Kind, e.Name, e.Revision, why})
			}
			if !over {
				continue
			}
		}
		entry := InventoryEntry{Evidence: *e, Revocable: revocability.of(e)}
		if d.Reported(e) {
			entry.Findings = counts.of(e)
		}
		v.Deployments = append(v.Deployments, entry)
	}
	return v
}

// lookedAt are the organizations that the filter asks for, and the problems there; complete reports whether nothing is missing of them.
func (x *InventoryFilter) lookedAt(d *Document) (organizations []Organization, problems []apigee.Problem, complete bool) {
	part := &Document{
		Organizations: present(only(d.Organizations, func(o Organization) bool { return x.concerns(o.Name) })),
		Problems:      present(only(d.Problems, func(p apigee.Problem) bool { return p.Organization == "" || x.concerns(p.Organization) })),
	}
	// What is missing may belong to organizations that nobody asked for.
	return part.Organizations, part.Problems, d.Complete || part.whole() && !d.whole()
}

// deployedKey is a deployment as findings name it.
type deployedKey struct{ organization, kind, name, environment, revision, source string }

// deployedCounts are the findings of each deployment.
type deployedCounts map[deployedKey]*InventoryFindings

func countDeployed(d *Document) deployedCounts {
	counts := deployedCounts{}
	for i := range d.Findings {
		f := &d.Findings[i]
		for _, at := range f.Deployments {
			key := deployedKey{f.Organization, string(f.Kind), f.Name, at.Environment, at.Revision, at.Source}
			n := counts[key]
			if n == nil {
				n = &InventoryFindings{}
				counts[key] = n
			}
			if f.Status == finding.StatusSuppressed {
				n.Accepted++
				n.Reasons = append(n.Reasons, f.RuleID+" "+Acceptance(f))
				continue
			}
			n.Add(f.Severity, 1)
		}
	}
	return counts
}

// of is the count of a deployment; copies on disk have the findings of one.
func (c deployedCounts) of(e *finding.Evidence) *InventoryFindings {
	sources := e.Sources
	if len(sources) == 0 {
		sources = []string{""}
	}
	for _, source := range sources {
		if n := c[deployedKey{e.Organization, string(e.Kind), e.Name, e.Environment, e.Revision, source}]; n != nil {
			return n
		}
	}
	return &InventoryFindings{}
}
