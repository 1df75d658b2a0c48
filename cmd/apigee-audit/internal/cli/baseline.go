package cli

import (
	"bytes"
	"context"
	"io"
	"slices"
	"time"

	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/internal/files"
	"apigee-audit/report"
	"apigee-audit/report/format"
	"apigee-audit/report/sarif"
)

// loadBaseline reads the earlier report before the audit starts, which costs minutes and quota; nil where none is named.
func loadBaseline(ctx context.Context, name string) (*report.Document, error) {
	if name == "" {
		return nil, nil
	}
	f, _, err := files.Open(name)
	if err != nil {
		return nil, usagef("baseline %s cannot be read: %w", name, files.Reason(err))
	}
	defer f.Close()
	return awaitReport(ctx, "baseline "+name, f, io.Discard)
}

// document makes the report from the outcome, notes which suppressions matched nothing, and compares it with the
// baseline. aliases are all the places where a rule was named by the ID of the rule that it was split from.
func (a *app) document(c *config.Choices, share config.Shard, o *outcome, baseline *report.Document) (doc *report.Document, aliases []finding.Alias) {
	doc = a.assemble(c, o.results)
	if !share.All() {
		doc.Shard = &report.Shard{Index: share.Index, Of: share.Of}
	}
	if doc.FinishedAt.IsZero() { // an empty share: merge asks how old its report is
		doc.StartedAt, doc.FinishedAt = a.started.UTC(), time.Now().UTC()
	}
	doc.Suppressions = audit.SuppressionUses(o.results, auditOptions(c), c.Everywhere)
	doc.NoteUnused()
	doc.Normalize()
	a.compareChange(c, doc, o)
	aliases = slices.Clone(c.Aliases)
	if baseline != nil {
		aliases = append(aliases, used(doc.CompareWith(baseline).Aliases, "the baseline")...)
	}
	for _, r := range o.results {
		aliases = append(aliases, r.Aliases...)
	}
	return doc, aliases
}

// assemble makes a report of results, with what was asked for.
func (a *app) assemble(c *config.Choices, results []*finding.Result) *report.Document {
	doc := report.New(report.Tool{Name: toolName, Version: version()}, results)
	doc.Rules, doc.Catalogue = ruleIDs(c.Rules), report.Describe(audit.Metadata(c.Rules))
	doc.Scope = a.scope(c)
	doc.Scope.Offline = slices.ContainsFunc(doc.Organizations, func(o report.Organization) bool { return o.Offline })
	if doc.LeftOut == nil { // no organization was audited, so nothing was
		doc.LeftOut = []finding.LeftOut{}
	}
	return doc
}

// writeReport writes one report. What GitHub would cut off or refuse in a SARIF report is said on stderr.
func (a *app) writeReport(w io.Writer, name string, doc *report.Document, o report.Options) error {
	if name != "sarif" {
		return format.Write(w, name, doc, o)
	}
	var b bytes.Buffer
	if err := format.Write(&b, name, doc, o); err != nil {
		return err
	}
	for _, excess := range sarif.Excess(doc, b.Bytes()) {
		a.sayWarning("%s", excess)
	}
	_, err := w.Write(b.Bytes())
	return err
}
