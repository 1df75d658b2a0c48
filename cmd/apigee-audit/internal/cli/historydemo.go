package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"apigee-audit/apigee/simulator"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/internal/files"
	"apigee-audit/report"
	"apigee-audit/report/format"
	"apigee-audit/report/history"
)

// demoWeeks audits the sample as it was in each of five weeks, with the week before as baseline, as a scheduled job would have. The
// reports are written to a folder too, where one is named.
func (a *app) demoWeeks(ctx context.Context, folder string) (*reportFiles, error) {
	flags := config.ScanFlags()
	if err := flags.Set("demo", "true"); err != nil {
		return nil, err
	}
	l, err := config.Load(nil, flags, config.FileChoice{None: true})
	if err != nil {
		return nil, err
	}
	c, err := l.Scan(nil, nil)
	if err != nil {
		return nil, err
	}
	if folder != "" {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, usagef("--keep %s: %w", folder, files.Reason(err))
		}
	}
	found, outlines := &reportFiles{}, report.NewOutlines()
	var before *report.Document
	for i, w := range simulator.DemoWeeks() {
		doc, err := a.demoWeek(ctx, c, i, w)
		if err != nil {
			return nil, err
		}
		if before != nil {
			doc.CompareWith(before)
		}
		before = doc
		var text bytes.Buffer
		if err := format.Write(&text, "json", doc, report.Options{}); err != nil {
			return nil, err
		}
		name := filepath.Join(folder, history.Date(w.At)+".json")
		outline, err := outlines.Read(text.Bytes())
		if err != nil {
			return nil, fmt.Errorf("read the report of %s: %w", history.Date(w.At), err)
		}
		found.reports = append(found.reports, history.Report{Name: name, Outline: outline})
		if folder == "" {
			continue
		}
		if err := a.writeFile(name, func(w io.Writer) error { _, err := w.Write(text.Bytes()); return err }); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// demoWeek is the report of a week. The clock of its audit stands still.
func (a *app) demoWeek(ctx context.Context, c *config.Choices, n int, w simulator.Week) (*report.Document, error) {
	var refused []simulator.Fault
	if w.Unreachable != "" {
		refused = append(refused, simulator.Fault{Match: "*/organizations/" + w.Unreachable + "*", Status: http.StatusForbidden})
	}
	s, err := a.sample(ctx, c, w.Organizations, simulator.Options{Faults: refused})
	if err != nil {
		return nil, err
	}
	defer s.stop()
	week := *c
	week.Exceptions = demoExceptions(n)
	results := make([]*finding.Result, len(s.targets))
	for i, t := range s.targets {
		r, err := auditAt(ctx, &week, t, w.At)
		if ctx.Err() != nil {
			return nil, errors.New(reason(ctx, ctx.Err()))
		}
		if err != nil {
			r = unread(&week, t, w.At, err.Error())
		}
		r.FinishedAt = w.At.Add(time.Minute)
		results[i] = r
	}
	doc := a.assemble(&week, results)
	doc.Scope.Config, doc.Scope.Command = nil, toolName+" history --demo"
	doc.Normalize()
	return doc, nil
}

// auditAt audits one organization at a set time.
func auditAt(ctx context.Context, c *config.Choices, t target, at time.Time) (*finding.Result, error) {
	src, err := t.start(ctx)
	if err != nil {
		return nil, err
	}
	defer src.close()
	options := auditOptions(c)
	options.Now = func() time.Time { return at }
	return audit.Run(ctx, src.source, options)
}

// demoExceptions are what was accepted from the fourth week on.
func demoExceptions(week int) []audit.Exception {
	if week < 3 {
		return nil
	}
	return []audit.Exception{{
		Rule: finding.RefreshInAnotherProxy, Organization: "harbor-retail", Environment: "*", Name: "issue-member-token", Policy: "*",
		Reason: "member-app refreshes for the web shop until it has a flow of its own", Ticket: "HF-212", Owner: "member team",
		Expires: time.Date(2026, 12, 11, 0, 0, 0, 0, time.UTC), Source: finding.FromConfiguration, Label: "suppression 1 (RT106)",
	}}
}
