package cli

import (
	"github.com/spf13/cobra"

	"apigee-audit/audit/finding"
	"apigee-audit/audit/rules"
	"apigee-audit/cmd/apigee-audit/internal/config"
)

func newRender(a *app) *cobra.Command {
	var choice *config.FileChoice
	flags := config.Flags(config.NarrowingFlags, config.FilterFlags, config.StatusFlags, config.ReportFlags, config.ExplainFlags, config.DetailFlags, config.LogFlags, config.ColorFlags)
	cmd := &cobra.Command{
		Use:   "render REPORT.json [flags]",
		Short: "Write a stored JSON report in another format",
		Long: `Write a stored JSON report (- for stdin) in another format, whole or only what the filters leave of it. A filtered JSON
report says in scope and leftOut what was left out, so that nothing in it counts as fixed later. Findings do not change
the exit status: it is 0 if the report was written.`,
		Example: `  apigee-audit render audit.json
  apigee-audit render audit.json -f sarif > audit.sarif
  apigee-audit render audit.json --proxy login --min-severity medium
  apigee-audit render audit.json --status new -f markdown
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
			if err := doc.Filter(asked(c)); err != nil {
				return usagef("%s: %w", args[0], err)
			}
			a.sayAliases(c.Aliases, rules.All())
			return a.writeReports(c, doc, stored, true)
		}),
	}
	choice = accept(cmd, flags)
	return cmd
}

// asked are the findings that the settings ask for.
func asked(c *config.Choices) finding.Filter {
	f := finding.Filter{
		Environments: c.Environments, Proxies: c.Proxies, MinSeverity: c.MinSeverity, MinConfidence: c.MinConfidence, Statuses: c.Statuses,
	}
	if c.Chosen {
		f.Rules = ruleIDs(c.Rules)
	}
	return f
}

func oneReport(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usagef("render needs one report made with --format json; use merge to combine several")
	}
	return nil
}
