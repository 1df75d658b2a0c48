package main

import (
	"bytes"
	"context"
	"io"
	"slices"

	"apigee-audit/audit"
	"apigee-audit/internal/files"
	"apigee-audit/report"
)

// loadBaseline reads the earlier report before the audit starts, which costs minutes and quota.
func (c *choices) loadBaseline(ctx context.Context) (err error) {
	if c.Baseline == "" {
		return nil
	}
	f, _, err := files.Open(c.Baseline)
	if err != nil {
		return usagef("read the baseline: %w", err)
	}
	defer f.Close()
	c.baseline, err = awaitReport(ctx, "baseline "+c.Baseline, f)
	return err
}

// document makes the report of the outcome: with what suppressions did not match, and compared with the baseline. aliases
// are all the places where a rule went by the ID of the one that it parted from.
func (a *app) document(c *choices, o *outcome) (doc *report.Document, aliases []audit.Alias) {
	doc = a.assemble(c, o.results)
	if !c.shard.all() {
		doc.Shard = &report.Shard{Index: c.shard.index, Of: c.shard.of}
	}
	doc.Suppressions = audit.SuppressionUses(o.results, c.auditOptions(), c.everywhere)
	doc.NoteUnused()
	doc.Normalize()
	a.compareChange(c, doc, o)
	aliases = slices.Clone(c.aliases)
	if c.baseline != nil {
		aliases = append(aliases, used(doc.CompareWith(c.baseline).Aliases, "the baseline")...)
	}
	for _, r := range o.results {
		aliases = append(aliases, r.Aliases...)
	}
	return doc, aliases
}

// assemble makes a report of results, as what was asked for.
func (a *app) assemble(c *choices, results []*audit.Result) *report.Document {
	doc := report.New(report.Tool{Name: toolName, Version: version()}, results)
	doc.Rules, doc.Catalogue = ruleIDs(c.rules), report.Describe(c.rules)
	doc.Scope = a.scope(c)
	doc.Scope.Offline = slices.ContainsFunc(doc.Organizations, func(o report.Organization) bool { return o.Offline })
	if doc.LeftOut == nil { // no organization was audited, so nothing was
		doc.LeftOut = []audit.LeftOut{}
	}
	return doc
}

// writeReport writes one report. What GitHub would cut off or refuse of a SARIF report is said on stderr.
func (a *app) writeReport(w io.Writer, format string, doc *report.Document, o report.Options) error {
	if format != "sarif" {
		return report.Write(w, format, doc, o)
	}
	var b bytes.Buffer
	if err := report.Write(&b, format, doc, o); err != nil {
		return err
	}
	for _, excess := range report.SARIFExcess(doc, b.Bytes()) {
		a.say("warning: %s", excess)
	}
	_, err := w.Write(b.Bytes())
	return err
}
