package cli

import (
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/report"
)

func newMerge(a *app) *cobra.Command {
	var choice *config.FileChoice
	var wait, maxAge time.Duration
	flags := config.Flags(config.ReportFlags, config.FailFlags, config.PartialFlags, config.DetailFlags, config.LogFlags, config.ColorFlags)
	cmd := &cobra.Command{
		Use:   "merge REPORT.json|FOLDER|PATTERN... [flags]",
		Short: "Combine several reports into one",
		Long: `Combine several JSON reports into one: reports on several organizations, or on the shares (--shard) of a fleet. If the
report of a share is missing, the combined report is incomplete. Two reports may cover the same organization only if
they say the same about it.

A FOLDER stands for the reports in it, files that end in .json, except those that --output replaces. A PATTERN (* ? [a-z])
is for where no shell expands it. A job that merges the shares of a fleet can start with the fleet: --wait has it wait for
all shares, and --max-age has it leave out what the fleet wrote the last time.

The exit status is that of a scan with the same result: 0 clean, 1 findings, 2 usage error, 3 incomplete.`,
		Example: `  apigee-audit merge reports/*.json -o json=audit.json
  apigee-audit merge /reports --wait 2h --max-age 6h -o json=/reports/audit.json
  apigee-audit merge shard-1.json shard-2.json -f sarif --fail-on high`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("name the reports to merge, made with --format json, or a folder of them")
			}
			return nil
		},
		RunE: perform(func(cmd *cobra.Command, args []string) error {
			if wait < 0 || maxAge < 0 {
				return usagef("--wait and --max-age must not be negative")
			}
			g := &gathering{args: args, wait: wait, maxAge: maxAge, read: map[string]readShare{}}
			c, err := a.storedChoices(flags, *choice, g.named())
			if err != nil {
				return err
			}
			g.own = c.Copies
			stored, err := a.gather(cmd.Context(), g)
			if err != nil {
				return err
			}
			doc, err := report.Merge(report.Tool{Name: toolName, Version: version()}, stored)
			if err != nil {
				return usagef("%w", err)
			}
			if err := a.writeReports(c, doc, nil, true); err != nil {
				return err
			}
			if c.Format != "table" {
				a.warn(slog.LevelWarn, doc.Problems)
			}
			return ended(judge(c, doc, showsSomething(doc)))
		}),
	}
	config.DurationVar(cmd.Flags(), &wait, "wait", 0, "wait up to this `DURATION` until the reports of all shares are there")
	config.DurationVar(cmd.Flags(), &maxAge, "max-age", 0, "leave out reports that were finished longer ago than this `DURATION`: those of an earlier run (0 for any)")
	choice = accept(cmd, flags)
	return cmd
}
