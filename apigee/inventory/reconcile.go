package inventory

import (
	"context"
	"fmt"
	"slices"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
)

// lost is a revision that was listed as deployed and not found, with the source's words for it.
type lost struct {
	apigee.Revision
	err error
}

// reconcile explains revisions that were listed as deployed and then not found, by listing once more: most often another
// revision was deployed in the meantime, which is then read in the place of the old one. What is still deployed and
// still not found is a problem.
func (inv *Inventory) reconcile(ctx context.Context, src Source, o CollectOptions, gone []lost, keep func(apigee.Revision, *bundle.Archive)) {
	if len(gone) == 0 {
		return
	}
	_, before := distinct(inv.Deployments)
	again, err := src.Deployments(ctx)
	if err != nil || len(again.Problems) > 0 { // then nothing can be said about what is no longer in the list
		for _, r := range gone {
			inv.failed = append(inv.failed, unread(r.Revision, before[r.Revision], r.err))
		}
		return
	}
	now := apigee.SortDeployments(slices.Clone(again.Deployments))
	_, after := distinct(now)
	for _, r := range gone {
		if environments, still := after[r.Revision]; still {
			inv.failed = append(inv.failed, unread(r.Revision, environments, fmt.Errorf("%w; it is still listed as deployed", r.err)))
			continue
		}
		inv.Notices = append(inv.Notices, apigee.Problem{
			Kind: r.Kind, Name: r.Name, Revision: r.Number, Operation: "download bundle",
			Error: "the revision was undeployed and deleted while the audit ran; what is deployed in its place, if anything, was audited instead",
		}.Within(before[r.Revision]))
	}
	inv.replace(ctx, src, o, gone, now, keep)
}

// replace takes the deployments of the bundles that changed from the newer list, and reads their revisions.
func (inv *Inventory) replace(ctx context.Context, src Source, o CollectOptions, gone []lost, now []apigee.Deployment, keep func(apigee.Revision, *bundle.Archive)) {
	changed := func(d apigee.Deployment) bool {
		return slices.ContainsFunc(gone, func(r lost) bool { return r.Ref() == d.Ref() })
	}
	_, read := distinct(inv.Deployments)
	inv.Deployments = slices.DeleteFunc(inv.Deployments, changed)
	var fresh []apigee.Deployment
	for _, d := range now {
		if !changed(d) {
			continue
		}
		inv.Deployments = append(inv.Deployments, d)
		if _, tried := read[d.Revision]; !tried {
			fresh = append(fresh, d)
		}
	}
	inv.Deployments = apigee.SortDeployments(inv.Deployments)
	revisions, environments := distinct(fresh)
	errs, _ := fetch(ctx, src, CollectOptions{Concurrency: o.Concurrency, Listed: o.Listed, Done: o.Done}, revisions, keep)
	for i, err := range errs {
		if err != nil {
			inv.failed = append(inv.failed, unread(revisions[i], environments[revisions[i]], err))
		}
	}
}
