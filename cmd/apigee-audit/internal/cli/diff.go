package cli

import (
	"context"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"apigee-audit/audit/rules"
	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/report"
	"apigee-audit/report/format"
)

func newDiff(a *app) *cobra.Command {
	var choice *config.FileChoice
	name := format.ComparisonFormats()[0]
	flags := config.Flags(config.FailFlags, config.PartialFlags, config.LogFlags, config.ColorFlags)
	cmd := &cobra.Command{
		Use:   "diff OLD.json NEW.json [flags]",
		Short: "Show what is new, fixed and unchanged between two reports",
		Long: `Show what is new, fixed and unchanged between two JSON reports. Two findings are the same if organization and
fingerprint match; redeploying or reformatting changes neither. A finding that is gone counts as fixed only if the new
audit would have shown it; what it did not look at, or was asked to leave out, is listed as not looked at.

Exit status: 0 nothing new at or above --fail-on, 1 new findings, 2 usage error, 3 the new report is incomplete.`,
		Example: `  apigee-audit diff last-week.json today.json
  apigee-audit diff last-week.json today.json --fail-on high -f markdown >> "$GITHUB_STEP_SUMMARY"`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usagef("diff needs two reports made with --format json, the older one first")
			}
			return nil
		},
		RunE: perform(func(cmd *cobra.Command, args []string) error {
			l, err := a.settings(flags, *choice)
			if err != nil {
				return err
			}
			c, err := l.Comparison()
			if err != nil {
				return usagef("%w", err)
			}
			if known := format.ComparisonFormats(); !slices.Contains(known, name) {
				return usagef("unknown format %q%s (a comparison can be written as %s)", name, config.DidYouMean(name, known), strings.Join(known, ", "))
			}
			if err := a.checkOutputs(c); err != nil {
				return err
			}
			return a.diff(cmd.Context(), c, name, args[0], args[1])
		}),
	}
	cmd.Flags().StringVarP(&name, "format", "f", name, "`FORMAT` of the comparison on stdout: "+strings.Join(format.ComparisonFormats(), ", "))
	choice = accept(cmd, flags)
	return cmd
}

func (a *app) diff(ctx context.Context, c *config.Choices, name, older, newer string) error {
	if older == "-" && newer == "-" {
		return usagef("only one report can be read from stdin")
	}
	old, err := a.readReport(ctx, older)
	if err != nil {
		return err
	}
	new, err := a.readReport(ctx, newer)
	if err != nil {
		return err
	}
	changes := report.Compare(old, new)
	options := report.Options{Width: a.tableWidth(), Color: a.colored(c.NoColor), Links: a.links(c.NoColor)}
	if options.WorkingDirectory, err = os.Getwd(); err != nil {
		return err
	}
	if err := format.WriteComparison(a.out, name, changes, options); err != nil {
		return err
	}
	a.sayAliases(used(changes.Aliases, "the old report"), rules.All())
	switch {
	case !new.Complete && !c.AllowPartial:
		return ended(exitFailed)
	case slices.ContainsFunc(changes.Added, decides(c.FailOn)):
		return ended(exitFindings)
	}
	return nil
}
