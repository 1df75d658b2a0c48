package cli

import (
	"log/slog"

	"github.com/spf13/cobra"

	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/report"
)

func newMerge(a *app) *cobra.Command {
	var choice *config.FileChoice
	flags := config.Flags(config.ReportFlags, config.FailFlags, config.PartialFlags, config.DetailFlags, config.LogFlags, config.ColorFlags)
	cmd := &cobra.Command{
		Use:   "merge REPORT.json... [flags]",
		Short: "Combine several reports into one",
		Long: `Combine several JSON reports into one: reports on several organizations, or on the shares (--shard) of a fleet. If the
report of a share is missing, the combined report is incomplete. Two reports may cover the same organization only if
they say the same about it.

The exit status is that of a scan with the same result: 0 clean, 1 findings, 2 usage error, 3 incomplete.`,
		Example: `  apigee-audit merge reports/*.json -o json=audit.json
  apigee-audit merge shard-1.json shard-2.json -f sarif --fail-on high`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("name the reports to merge, made with --format json")
			}
			return nil
		},
		RunE: perform(func(cmd *cobra.Command, args []string) error {
			c, err := a.storedChoices(flags, *choice, args)
			if err != nil {
				return err
			}
			var stored []report.Stored
			for _, name := range args {
				d, err := a.readReport(cmd.Context(), name)
				if err != nil {
					return err
				}
				stored = append(stored, report.Stored{Name: name, Document: d})
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
	choice = accept(cmd, flags)
	return cmd
}
