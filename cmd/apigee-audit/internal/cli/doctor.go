package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/cmd/apigee-audit/internal/doctor"
	"apigee-audit/report/table"
)

func newDoctor(a *app) *cobra.Command {
	var choice *config.FileChoice
	flags := config.Flags(config.SubjectFlags, config.RecordsFlags, config.CopyFlags, config.ConnectionFlags, config.DownloadFlags, config.LogFlags, config.ColorFlags)
	flags.Lookup("output").Usage = "check that a scan can write its report to a file, as `FORMAT=FILE` (repeatable)"
	format := "table"
	cmd := &cobra.Command{
		Use:   "doctor [flags]",
		Short: "Check what an audit needs: credentials, permissions, network, folders",
		Long: `Check, before the first audit, what a scan with the same flags needs: the configuration, the folders of reports and
cache, the network proxy, the management API, the clock, the credentials, and of each organization every kind of call that
the audit makes, once. That is about a dozen GET requests for each organization; nothing is changed.

Each check is ok, a warning (an audit works all the same), failed (it fails or is incomplete) or skipped (something that it
depends on failed), with what to do about it.

Exit status: 0 nothing failed, 2 usage or configuration error, 3 something that an audit needs failed, 130 interrupted.`,
		Example: `  apigee-audit doctor --org acme-prod
  apigee-audit doctor --all-orgs
  apigee-audit doctor --org acme-prod --traffic 30d --reach --debug-masks
  apigee-audit doctor --platform edge --org acme
  apigee-audit doctor --org acme-prod -f json`,
		Args: noArguments,
		RunE: perform(func(cmd *cobra.Command, _ []string) error {
			if format != "table" && format != "json" {
				return usagef("unknown format %q: use table or json", format)
			}
			l, err := a.load(flags, *choice)
			if err != nil {
				return err
			}
			c, err := l.Doctor(a.env)
			if err != nil {
				return usagef("%w", err)
			}
			return a.doctor(cmd.Context(), c, format)
		}),
	}
	choice = accept(cmd, flags)
	cmd.Flags().StringVarP(&format, "format", "f", format, "`FORMAT`: table or json")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"table", "json"}, cobra.ShellCompDirectiveNoFileComp)) // the flag is there
	completeScan(cmd)
	return cmd
}

// doctor makes the checks and writes what they came to.
func (a *app) doctor(interrupted context.Context, c *config.Choices, format string) error {
	ctx, cancel := a.bounded(interrupted, c)
	defer cancel()
	if _, err := loadBaseline(ctx, c.Baseline); err != nil {
		return ranOut(ctx, c.At("baseline", err))
	}
	checks := []doctor.Check{a.checkConfiguration(), a.checkTerminal(c)}
	outputs, err := a.checkCopies(c)
	if err != nil {
		return err
	}
	checks = append(checks, outputs...)
	checks = append(checks, a.checkCache(ctx, c)...)
	live, err := a.checkLive(ctx, c)
	if err != nil {
		return err
	}
	report := doctor.NewReport(toolName, version(), append(checks, live...))
	if err := a.writeChecks(c, report, format); err != nil {
		return fmt.Errorf("write the checks: %w", err)
	}
	if interrupted.Err() != nil {
		a.sayError("interrupted: only what was checked until then is listed")
	}
	if report.State == doctor.Failed {
		return ended(exitFailed)
	}
	return nil
}

// writeChecks writes what the checks came to.
func (a *app) writeChecks(c *config.Choices, r *doctor.Report, format string) error {
	if format == "json" {
		return writeJSON(a.out, r)
	}
	var groups []table.Group
	for i, check := range r.Checks {
		if i == 0 || check.Organization != r.Checks[i-1].Organization {
			title := "This machine"
			if check.Organization != "" {
				title = "Organization " + check.Organization
			}
			groups = append(groups, table.Group{Title: title})
		}
		last := &groups[len(groups)-1]
		last.Items = append(last.Items, table.Item{State: string(check.State), Name: check.Name, Text: check.Text, Advice: check.Advice})
	}
	return table.Checklist(a.out, groups, r.Summary(), a.tableWidth(), a.colored(c.NoColor))
}
