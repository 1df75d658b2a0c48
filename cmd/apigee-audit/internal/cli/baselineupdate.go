package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"apigee-audit/internal/text"
	"apigee-audit/report"
	"apigee-audit/report/format"
)

func newBaseline(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "baseline",
		Short: "Keep the baseline that scans are compared with",
		Args:  noCommand,
		RunE:  a.needsCommand,
	}
	cmd.AddCommand(newBaselineUpdate(a))
	return cmd
}

func newBaselineUpdate(a *app) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "update REPORT.json --baseline FILE",
		Short: "Write the next baseline from a report",
		Long: `Make everything that a JSON report (- for stdin) found known to later scans: write it to FILE, which is created or
replaced as a whole. What the report did not look at, or leaves out, and FILE knows, stays known. A report that is older
than FILE is refused, and so is one about a change that is not deployed.`,
		Example: `  apigee-audit scan --org acme-prod --baseline baseline.json -o json=audit.json
  apigee-audit baseline update audit.json --baseline baseline.json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("baseline update needs one report made with --format json")
			}
			return nil
		},
		RunE: perform(func(cmd *cobra.Command, args []string) error {
			if file == "" {
				return usagef("name the baseline to write with --baseline FILE")
			}
			return a.updateBaseline(cmd.Context(), args[0], file)
		}),
	}
	cmd.Flags().StringVar(&file, "baseline", "", "the baseline `FILE` to create or replace")
	return cmd
}

// updateBaseline writes the report as the baseline, with what only the earlier baseline knows, and says what changed.
func (a *app) updateBaseline(ctx context.Context, name, file string) error {
	doc, err := a.readReport(ctx, name)
	if err != nil {
		return err
	}
	if doc.Change != nil {
		return usagef("%s is about a change that is not deployed: its findings may never come", name)
	}
	said := fmt.Sprintf("%s: %s", file, text.Count(doc.Summary.Findings.Total, "known finding"))
	switch _, err := os.Stat(file); {
	case errors.Is(err, fs.ErrNotExist):
	default: // whatever else is wrong with it, reading says
		earlier, err := loadBaseline(ctx, file)
		if err != nil {
			return err
		}
		if doc.StartedAt.Before(earlier.StartedAt) {
			return usagef("%s was made before %s: update a baseline from a later report", name, file)
		}
		said += whatChanged(doc.CompareWith(earlier))
	}
	if err := a.writeFile(file, func(w io.Writer) error { return format.Write(w, "json", doc, report.Options{}) }); err != nil {
		return err
	}
	a.say("%s", said)
	return nil
}

// whatChanged says what a new baseline knows that the earlier one did not, and the other way round.
func whatChanged(c *report.Comparison) string {
	return fmt.Sprintf(": %d new since the last one, %d unchanged; %d fixed and forgotten; %d not looked at, which stay known",
		len(c.Added), len(c.Unchanged), len(c.Fixed), len(c.NotLookedAt))
}
