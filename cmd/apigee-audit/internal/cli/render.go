package cli

import (
	"github.com/spf13/cobra"

	"apigee-audit/cmd/apigee-audit/internal/config"
)

func newRender(a *app) *cobra.Command {
	var choice *config.FileChoice
	flags := config.Flags(config.ReportFlags, config.ExplainFlags, config.DetailFlags, config.ColorFlags)
	cmd := &cobra.Command{
		Use:   "render REPORT.json [flags]",
		Short: "Write a stored JSON report in another format",
		Long: `Write a stored JSON report (- for stdin) in another format. Findings do not change the exit status: it is 0 if the
report was written.`,
		Example: `  apigee-audit render audit.json
  apigee-audit render audit.json -f sarif > audit.sarif
  apigee-audit render audit.json --explain FINGERPRINT`,
		Args: oneReport,
		RunE: perform(func(cmd *cobra.Command, args []string) error {
			c, err := a.storedChoices(flags, *choice, args)
			if err != nil {
				return err
			}
			doc, stored, err := a.readDigested(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return a.writeReports(c, doc, stored, true)
		}),
	}
	choice = accept(cmd, flags)
	return cmd
}

func oneReport(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usagef("render needs one report made with --format json; use merge to combine several")
	}
	return nil
}
