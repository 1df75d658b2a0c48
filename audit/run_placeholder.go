package audit

import (
	"context"
	"time"

	"apigee-audit/apigee"
)

func runPlaceholder(ctx context.Context, src apigee.Source, o Options) (*Result, error) {
	org, err := src.Organization(ctx)
	if err != nil {
		return nil, err
	}
	ds, ps, err := src.Deployments(ctx)
	if err != nil {
		return nil, err
	}
	r := &Result{Organization: *org, StartedAt: time.Now(), Deployments: len(ds), Revisions: len(ds), Problems: ps}
	for i, d := range ds {
		if _, err := src.Bundle(ctx, d.Revision); err != nil {
			r.Problems = append(r.Problems, apigee.Problem{Organization: org.Name, Kind: d.Kind, Name: d.Name, Revision: d.Number, Operation: "download bundle", Error: err.Error()})
			continue
		}
		r.Audited++
		r.Inventory = append(r.Inventory, Evidence{Organization: org.Name, Environment: d.Environment, Kind: d.Kind, Name: d.Name})
		for _, rule := range o.Rules {
			if rule.ID == "RT101" && rule.Severity >= o.MinSeverity {
				r.Findings = append(r.Findings, Finding{RuleID: rule.ID, Severity: rule.Severity, Confidence: HighConfidence, Name: d.Name, Message: "refresh tokens are never refreshed", Fingerprint: "f" + d.Name, Status: StatusNew})
			}
		}
		if o.Progress != nil {
			o.Progress(i+1, len(ds))
		}
	}
	r.FinishedAt = time.Now()
	return r, nil
}
