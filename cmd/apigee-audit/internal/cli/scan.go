package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"apigee-audit/apigee"
	"apigee-audit/apigee/disk"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/rules"
	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/internal/text"
	"apigee-audit/report"
	"apigee-audit/report/format"
	"apigee-audit/report/table"
)

func newScan(a *app) *cobra.Command {
	var choice *config.FileChoice
	cmd := &cobra.Command{
		Use:   "scan [PATH...] [flags]",
		Short: "Audit live organizations, or bundles on disk",
		Long: `Audit live organizations (--org, or --all-orgs for all that the credentials can see), the built-in sample
organizations (--demo), bundles on disk (PATHs: folders, zips, or a folder with many of them), or snapshots made by pull.

With --with, --without or --hook, one of these organizations is audited as it would be with a change deployed. The
findings that the change introduces are new, those that it mends are fixed, the rest are known; only new ones decide the
exit status. --org names the organization of a snapshot or of the sample.

Every flag is also a key of the configuration file (--config FILE, or .apigee-audit.yaml in the working directory
unless --no-config is set) and an environment variable: --fail-on is fail-on and APIGEE_AUDIT_FAIL_ON. Flags take
precedence over the environment, and the environment over the file.

Exit status: 0 complete and nothing at or above --fail-on, 1 findings, 2 usage or configuration error, 3 the audit failed
or is incomplete, 130 interrupted.`,
		Example: `  apigee-audit scan --demo
  apigee-audit scan --org acme-prod --org acme-test
  apigee-audit scan --all-orgs -o json=audit.json
  apigee-audit scan ./proxies ./exports/login.zip
  apigee-audit scan acme-2026-11.zip         a snapshot, from: apigee-audit pull --org acme-prod -o acme-2026-11.zip
  apigee-audit scan --org acme-prod --with ./login --without old-login=prod
  apigee-audit scan --org acme-prod --fail-on high -o sarif=audit.sarif -o json=audit.json
  gcloud auth print-access-token | apigee-audit scan --org acme-prod --token-file -`,
		Args: cobra.ArbitraryArgs,
		RunE: perform(func(cmd *cobra.Command, args []string) error {
			l, err := a.settings(cmd.Flags(), *choice)
			if err != nil {
				return err
			}
			c, err := l.Scan(args, a.env)
			if err != nil {
				return usagef("%w", err)
			}
			return a.scan(cmd.Context(), c)
		}),
	}
	choice = accept(cmd, config.ScanFlags())
	completeScan(cmd)
	return cmd
}

// completeScan offers the fixed values of flags to the shell. Errors are for flags that do not exist.
func completeScan(cmd *cobra.Command) {
	for flag, values := range config.Values() {
		_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
	for flag, complete := range map[string]completion{
		"env":    completeNames(func(d apigee.Deployment) string { return d.Environment }),
		"proxy":  completeNames(func(d apigee.Deployment) string { return d.Name }),
		"output": completeCopies(format.Formats()),
	} {
		_ = cmd.RegisterFlagCompletionFunc(flag, complete)
	}
}

// scan audits, reports and judges. interrupted is the user's context, which --timeout leaves alone.
func (a *app) scan(interrupted context.Context, c *config.Choices) error {
	ctx, cancel := a.bounded(interrupted, c)
	defer cancel()
	if err := a.checkOutputs(c, a.inputs(c)...); err != nil {
		return err
	}
	baseline, err := loadBaseline(ctx, c.Baseline)
	if err != nil {
		return ranOut(ctx, c.At("baseline", err))
	}
	s, err := a.subject(ctx, c)
	if err != nil {
		return ranOut(ctx, err)
	}
	defer s.stop()
	o, err := a.look(ctx, c, s.targets)
	if err != nil {
		return err
	}
	if s.share.All() { // else a pattern may be about another share
		if err := o.checkNarrowing(c); err != nil {
			return err
		}
	}
	doc, aliases := a.document(c, s.share, o, baseline)
	status := judge(c, doc, o.saw())
	if err := a.narrow(c, doc); err != nil {
		return err
	}
	if err := a.writeReports(c, doc, nil, o.saw()); err != nil {
		return err
	}
	a.advise(c, doc, o)
	a.sayAliases(aliases, rules.All())
	if interrupted.Err() != nil {
		a.sayError("interrupted: the report contains only what was finished")
	}
	return ended(status)
}

// narrow lists only the findings and notices that were asked for. What decides the exit status is said where the report does not
// list it.
func (a *app) narrow(c *config.Choices, doc *report.Document) error {
	if len(c.Environments)+len(c.Proxies)+len(c.Statuses) == 0 {
		return nil
	}
	decide := func() (n int) {
		for _, f := range doc.Findings {
			if decides(c.FailOn)(f) {
				n++
			}
		}
		return n
	}
	before := decide()
	if err := doc.Filter(finding.Filter{Environments: c.Environments, Proxies: c.Proxies, Statuses: c.Statuses}); err != nil {
		return err
	}
	if n := before - decide(); n > 0 {
		a.sayWarning("--status leaves out %s, which still decide the exit status", text.Count(n, "new finding"))
	}
	return nil
}

// inputs are the files that a scan reads.
func (a *app) inputs(c *config.Choices) []string {
	return append([]string{c.Baseline, c.TokenFile, c.Credentials, a.env["GOOGLE_APPLICATION_CREDENTIALS"], a.netrc(), a.config.Name}, c.Paths...)
}

// bounded puts --timeout on a context. It is counted from the start of the program.
func (a *app) bounded(ctx context.Context, c *config.Choices) (context.Context, context.CancelFunc) {
	if c.Timeout == 0 {
		return ctx, func() {}
	}
	ctx, cancel := context.WithDeadlineCause(ctx, a.started.Add(c.Timeout), fmt.Errorf("--timeout %s was reached", c.Timeout))
	stop := a.limit(ctx, context.DeadlineExceeded, exitFailed)
	return ctx, func() { stop(); cancel() }
}

// writeReports writes the copies first: a reader of stdout may go away. stored is the file that the report was read from, nil
// where it is new; saw is whether there is anything to show.
func (a *app) writeReports(c *config.Choices, doc *report.Document, stored *report.JSONFile, saw bool) error {
	options := report.Options{Verbose: c.Details, Rules: audit.Metadata(c.Rules), SARIFPath: c.SARIFPath, JSONReport: stored}
	if stored == nil {
		var err error
		if options.JSONReport, err = jsonCopy(c, doc); err != nil {
			return err
		}
	}
	if doc.Change != nil || slices.ContainsFunc(doc.Organizations, func(o report.Organization) bool { return o.Offline }) {
		dir, err := os.Getwd()
		if err != nil {
			return fmt.Errorf("find the working directory: %w", err)
		}
		options.WorkingDirectory = dir
	}
	failed := a.writeCopies(c, func(w io.Writer, format string) error { return a.writeReport(w, format, doc, options) })
	options.Width, options.Color, options.Links = a.tableWidth(), a.colored(c.NoColor), a.links(c.NoColor)
	switch {
	case c.Explain != "":
		if err := table.Explain(a.out, doc, c.Explain, options); err != nil {
			failed = append(failed, usagef("%w", err))
		}
	case c.Format == "table" && !saw:
		// An empty table would look like a clean result; advise says what is wrong.
	default:
		if err := a.writeReport(a.out, c.Format, doc, options); err != nil {
			failed = append(failed, fmt.Errorf("write the report: %w", err))
		}
	}
	return errors.Join(failed...)
}

// advise says on stderr what people must know and the report on stdout does not show.
func (a *app) advise(c *config.Choices, doc *report.Document, o *outcome) {
	others := a.sayUnread(doc.Problems)
	switch {
	case !o.saw():
		a.warn(slog.LevelError, others) // it is all that can be said
	case c.Format != "table" || c.Explain != "":
		a.warn(slog.LevelWarn, others)
	}
}

// sayUnread says on stderr which organizations could not be read as a whole, and returns the other problems.
func (a *app) sayUnread(problems []apigee.Problem) (others []apigee.Problem) {
	said := map[string]bool{}
	for _, p := range problems {
		switch {
		case p.Operation != readOrganization:
			others = append(others, p)
		case !said[p.Error]: // missing credentials fail every organization alike
			said[p.Error] = true
			a.write(slog.LevelError, []slog.Attr{ofOrganization(p.Organization)}, "organization %s: %s", p.Organization, p.Error)
		}
	}
	return others
}

// judge turns the document into the exit status.
func judge(c *config.Choices, doc *report.Document, saw bool) int {
	switch {
	case !saw:
		return exitFailed
	case !doc.Complete && !c.AllowPartial:
		return exitFailed
	}
	if slices.ContainsFunc(doc.Findings, decides(c.FailOn)) {
		return exitFindings
	}
	return exitClean
}

// decides reports whether a finding determines the exit status, given --fail-on; 0 is none.
func decides(failOn finding.Severity) func(finding.Finding) bool {
	return func(f finding.Finding) bool {
		return failOn > 0 && f.Severity >= failOn && f.Status != finding.StatusKnown && f.Status != finding.StatusSuppressed
	}
}

// warn says the first problems on stderr.
func (a *app) warn(level slog.Level, problems []apigee.Problem) {
	const most = 10
	for i, p := range problems {
		if i == most {
			a.write(level, nil, "%d more problems in the report", len(problems)-most)
			return
		}
		about := []slog.Attr{ofOrganization(p.Organization)}
		if p.Organization == disk.Name && p.Environment == disk.Name && p.Name == "" {
			a.write(level, about, "%s", p.Error) // about a path, which it names
			continue
		}
		a.write(level, about, "%s: %s: %s", p.Subject(), p.Operation, p.Error)
	}
}
