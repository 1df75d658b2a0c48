package inventory

import (
	"slices"
	"sync"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
)

// misfiled finds shared flows that are listed among the proxies, as some servers of Apigee Edge do. The download tells, and
// the same revision is deployed as a shared flow, so nothing is missed.
// Source: github.com/apigee/apigee-deploy-maven-plugin, issues 90 and 94.
type misfiled struct {
	sharedFlows map[apigee.Revision]bool // that are deployed

	mu    sync.Mutex
	found map[apigee.Revision]bool
}

func newMisfiled(deployments []apigee.Deployment) *misfiled {
	m := &misfiled{sharedFlows: map[apigee.Revision]bool{}, found: map[apigee.Revision]bool{}}
	for _, d := range deployments {
		if d.Kind == apigee.KindSharedFlow && d.Root == "" {
			m.sharedFlows[d.Revision] = true
		}
	}
	return m
}

// sort hands on what is what it was listed as.
func (m *misfiled) sort(keep func(apigee.Revision, *bundle.Archive)) func(apigee.Revision, *bundle.Archive) {
	return func(r apigee.Revision, a *bundle.Archive) {
		as := r
		as.Kind = apigee.KindSharedFlow
		if r.Kind != apigee.KindProxy || !m.sharedFlows[as] || a.Holds(apigee.KindProxy) || !a.Holds(apigee.KindSharedFlow) {
			keep(r, a)
			return
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		m.found[r] = true
	}
}

// takeOutMisfiled takes the shared flows out from among the proxies and says so.
func (inv *Inventory) takeOutMisfiled(m *misfiled) {
	if len(m.found) == 0 {
		return
	}
	_, environments := distinct(inv.Deployments)
	for r := range m.found {
		as := r
		as.Kind = apigee.KindSharedFlow
		inv.Notices = append(inv.Notices, as.About(apigee.Problem{
			Operation: "list deployments", Error: "the server lists it among the proxies as well, and sends a shared flow for it; it was audited as the shared flow that it is",
		}).Within(environments[r]))
	}
	slices.SortStableFunc(inv.Notices, apigee.CompareProblems)
	inv.Deployments = slices.DeleteFunc(inv.Deployments, func(d apigee.Deployment) bool { return m.found[d.Revision] })
}
