package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/report"
	"apigee-audit/report/format"
	"apigee-audit/report/history"
)

// historyFlags are what only history asks for.
type historyFlags struct {
	ownFormats
	org   []string
	since string
	demo  bool
	keep  string
}

func newHistory(a *app) *cobra.Command {
	var choice *config.FileChoice
	own := historyFlags{ownFormats: ownFormats{known: format.HistoryFormats()}}
	flags := config.Flags(config.NarrowingFlags, config.FilterFlags, config.DetailFlags, config.LogFlags, config.ColorFlags)
	cmd := &cobra.Command{
		Use:   "history PATH... [flags]",
		Short: "Show findings over time, from stored reports",
		Long: `Show what became of findings over time: what is open after each audit, by severity, organization and rule; what is new,
fixed and reopened; how long findings have been open and how long it took to fix them; what is accepted, and until when.

PATHs are JSON reports and folders of them, in any order, of any organizations; reports of the shares of a fleet are put
together. A finding that is gone counts as fixed only if the audit would have shown it: an organization that was not
audited, a narrower scan or a bundle that could not be read leaves a gap. Reports about a change that is not deployed are
left out, and so are files that are no reports; both are named.

Exit status: 0 the history was written, 2 usage error, 3 a report could not be read, which the history then lacks.`,
		Example: `  apigee-audit history --demo
  apigee-audit history reports/
  apigee-audit history reports/ --since 90d --min-severity high
  apigee-audit history reports/ -f html > history.html
  apigee-audit history reports/ -o html=history.html -o csv=history.csv`,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case own.demo && len(args) > 0:
				return usagef("use either PATHs or --demo")
			case !own.demo && len(args) == 0:
				return usagef("name the reports, or a folder that holds them; --demo shows the history of the built-in sample organizations")
			}
			return nil
		},
		RunE: perform(func(cmd *cobra.Command, args []string) error {
			l, err := a.settings(flags, *choice)
			if err != nil {
				return err
			}
			c, err := l.History(own.format, own.outputs)
			if err != nil {
				return usagef("%w", err)
			}
			if own.keep != "" && !own.demo {
				return usagef("--keep is for --demo: other reports are there already")
			}
			return a.history(cmd.Context(), c, own, args)
		}),
	}
	choice = accept(cmd, flags)
	own.flags(cmd, " of the history", "the history")
	cmd.Flags().StringSliceVar(&own.org, "org", nil, "show only organization `NAME` (repeatable)")
	cmd.Flags().StringVar(&own.since, "since", "", "show only audits since `DAY` (2026-11-26), or of the last weeks or days before the newest (12w, 90d)")
	cmd.Flags().BoolVar(&own.demo, "demo", false, "show the history of the built-in sample organizations, from five weekly audits")
	cmd.Flags().StringVar(&own.keep, "keep", "", "with --demo, also write the five reports to folder `DIR`")
	return cmd
}

// history reads the reports and writes what became of the findings in them.
func (a *app) history(ctx context.Context, c *config.Choices, own historyFlags, paths []string) error {
	found, err := a.historyReports(ctx, own, paths)
	if err != nil {
		return err
	}
	if err := a.checkOutputs(c, found.inputs...); err != nil {
		return err
	}
	asked, err := askedOfHistory(c, own, found.reports)
	if err != nil {
		return err
	}
	h := history.New(report.Tool{Name: toolName, Version: version()}, found.reports, asked)
	h.Add(found.leftOut, found.broken)
	if err := a.writeHistory(c, h); err != nil {
		return err
	}
	for _, p := range found.broken {
		a.sayWarning("%s: %s", p.Name, p.Why)
	}
	if len(found.broken) > 0 {
		return ended(exitFailed)
	}
	return nil
}

// historyReports are those of the demonstration, or those at the paths.
func (a *app) historyReports(ctx context.Context, own historyFlags, paths []string) (*reportFiles, error) {
	if own.demo {
		return a.demoWeeks(ctx, own.keep)
	}
	found, err := readFolders(ctx, paths)
	switch {
	case err != nil:
		return nil, err
	case len(found.reports) > 0 || len(found.broken) > 0:
		return found, nil
	case len(found.leftOut) == 0:
		return nil, usagef("there is no file in %s: reports are made with --format json", strings.Join(paths, ", "))
	}
	return nil, usagef("there is no audit report in %s: reports are made with --format json, and %s is none", strings.Join(paths, ", "), found.leftOut[0].Name)
}

// askedOfHistory is what the history is narrowed to, nil for everything. What names nothing is refused: it would look like a clean
// result.
func askedOfHistory(c *config.Choices, own historyFlags, reports []history.Report) (*history.Filter, error) {
	asked := &history.Filter{Organizations: slices.Compact(slices.Sorted(slices.Values(own.org))), Environments: c.Environments, Proxies: c.Proxies}
	if c.MinSeverity > finding.Info {
		asked.MinSeverity = c.MinSeverity
	}
	if c.MinConfidence > finding.LowConfidence {
		asked.MinConfidence = c.MinConfidence
	}
	if c.Chosen {
		asked.Rules = ruleIDs(c.Rules)
	}
	newest := time.Time{}
	var organizations []string
	for _, r := range reports {
		if r.StartedAt.After(newest) {
			newest = r.StartedAt
		}
		for i := range r.Organizations {
			organizations = append(organizations, r.Organizations[i].Name)
		}
	}
	for _, name := range asked.Organizations {
		if !slices.Contains(organizations, name) {
			return nil, usagef("no report is about organization %s; there are %s", name, listed(organizations))
		}
	}
	if own.since != "" {
		var err error
		if asked.Since, err = sinceWhen(own.since, newest); err != nil {
			return nil, err
		}
	}
	if asked.Everything() {
		return nil, nil
	}
	return asked, nil
}

// sinceWhen reads a day, or a time before the newest audit.
func sinceWhen(said string, newest time.Time) (time.Time, error) {
	if day, err := time.Parse(finding.Date, said); err == nil {
		return day, nil
	}
	d, err := config.ParseDuration(said)
	if err != nil || d <= 0 {
		return time.Time{}, usagef("--since %s: use a day, such as 2026-11-26, or a time before the newest audit, such as 12w or 90d", said)
	}
	return newest.Add(-d).UTC(), nil
}

// writeHistory writes the copies first, as [app.writeReports] does.
func (a *app) writeHistory(c *config.Choices, h *history.History) error {
	options := report.Options{Verbose: c.Details, Rules: audit.Metadata(c.Rules)}
	var err error
	if options.WorkingDirectory, err = os.Getwd(); err != nil {
		return fmt.Errorf("find the working directory: %w", err)
	}
	failed := a.writeCopies(c, func(w io.Writer, name string) error { return format.WriteHistory(w, name, h, options) })
	options.Width, options.Color = a.tableWidth(), a.colored(c.NoColor)
	failed = append(failed, format.WriteHistory(a.out, c.Format, h, options))
	return errors.Join(failed...)
}
