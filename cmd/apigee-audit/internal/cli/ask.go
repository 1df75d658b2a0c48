package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"

	"github.com/spf13/pflag"

	"apigee-audit/apigee"
	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/internal/files"
	"apigee-audit/internal/text"
	"apigee-audit/report"
)

// aboutReport is what a command that asks a report about something is given: a report that was made before, or one of an audit of
// its own.
type aboutReport struct {
	choices *config.Choices
	stored  bool
	doc     *report.Document
	saw     bool // anything deployed was seen
}

// askingFlags are those of commands that ask about organizations, bundles, snapshots or stored reports; narrowing says what can be
// left out or shown.
func askingFlags(narrowing ...config.Group) *pflag.FlagSet {
	return config.Flags(slices.Concat([]config.Group{config.SubjectFlags}, narrowing, []config.Group{
		config.RecordsFlags, config.PartialFlags, config.GradingFlags, config.ConnectionFlags, config.DownloadFlags,
		config.LogFlags, config.QuietFlags, config.ColorFlags, config.ProgressFlags,
	})...)
}

// aboutChoices judges the settings of such a command.
func (a *app) aboutChoices(flags *pflag.FlagSet, choice config.FileChoice, paths []string) (*aboutReport, error) {
	stored, err := storedReports(paths)
	if err != nil {
		return nil, err
	}
	l, err := a.settings(flags, choice)
	if err != nil {
		return nil, err
	}
	r := &aboutReport{stored: stored}
	if stored {
		r.choices, err = l.StoredInventory(paths)
	} else {
		r.choices, err = l.Inventory(paths, a.env)
	}
	if err != nil {
		return nil, usagef("%w", err)
	}
	return r, nil
}

// storedReports reports whether the paths are stored reports.
func storedReports(paths []string) (bool, error) {
	var reports, others []string
	for _, p := range paths {
		if isReport(p) {
			reports = append(reports, p)
		} else {
			others = append(others, p)
		}
	}
	if len(reports) > 0 && len(others) > 0 {
		return false, usagef("%s is a stored report and %s is not: ask about them separately, or scan the bundles first and give both reports", reports[0], others[0])
	}
	return len(reports) > 0, nil
}

// isReport tells a stored report from a bundle and a snapshot, by its name or by how it begins. Whatever is wrong with it is for
// the reader to say.
func isReport(path string) bool {
	if path == "-" {
		return true
	}
	if namedJSON(path) {
		return !isFolder(path)
	}
	f, _, err := files.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	start := make([]byte, 512)
	n, _ := io.ReadFull(f, start) // what cannot be read has no beginning
	return bytes.HasPrefix(afterBlanks(start[:n]), []byte("{"))
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// ask gets the report, once it is sure that the copies of the answer can be written. interrupted is the user's context, which
// --timeout leaves alone.
func (a *app) ask(interrupted context.Context, about *aboutReport, o ownFormats) error {
	c := about.choices
	copies, err := config.ParseCopies(o.outputs, o.known)
	if err != nil {
		return usagef("%w", err)
	}
	c.Copies = copies
	if err := a.checkOutputs(c, a.inputs(c)...); err != nil {
		return err
	}
	ctx, cancel := a.bounded(interrupted, c)
	defer cancel()
	if err := a.readAbout(ctx, about); err != nil {
		return err
	}
	if err := about.doc.CheckPatterns(c.Environments, c.Proxies); err != nil {
		return usagef("%w", err)
	}
	return nil
}

// organizations are those that are asked about; none is all of the report.
func (r *aboutReport) organizations() []string {
	if r.stored || r.choices.Demo || len(r.choices.Paths) > 0 {
		return r.choices.Organizations
	}
	return nil // the report is about no others
}

// answer writes an answer in a format to stdout, after the copies: a reader of stdout may go away.
func answer[T any](a *app, about *aboutReport, write func(io.Writer, string, T, report.Options) error, name string, v T) error {
	c := about.choices
	options := report.Options{Verbose: c.Details}
	failed := a.writeCopies(c, func(w io.Writer, format string) error { return write(w, format, v, options) })
	options.Width, options.Color = a.tableWidth(), a.colored(c.NoColor)
	if name != "table" || about.saw { // an empty table would look like an answer
		if err := write(a.out, name, v, options); err != nil {
			failed = append(failed, fmt.Errorf("write to stdout: %w", err))
		}
	}
	return errors.Join(failed...)
}

// answered says what is missing, on stderr where what is on stdout is not for people, and ends the program.
func (a *app) answered(interrupted context.Context, about *aboutReport, format string, problems []apigee.Problem, complete bool) error {
	others := a.sayUnread(problems)
	switch {
	case !about.saw:
		a.warn(slog.LevelError, others)
	case format != "table":
		a.warn(slog.LevelWarn, others)
	}
	if interrupted.Err() != nil {
		a.sayError("interrupted: the answer rests only on what was finished")
	}
	if !about.saw || !complete && !about.choices.AllowPartial {
		return ended(exitFailed)
	}
	return nil
}

// readAbout gets the report: from files, or by an audit.
func (a *app) readAbout(ctx context.Context, r *aboutReport) error {
	c := r.choices
	if !r.stored {
		return a.auditAbout(ctx, r)
	}
	var stored []report.Stored
	for _, name := range c.Paths {
		if name == "-" && slices.ContainsFunc(stored, func(s report.Stored) bool { return s.Name == "-" }) {
			return usagef("only one report can be read from stdin")
		}
		d, err := a.readReport(ctx, name)
		if err != nil {
			return err
		}
		stored = append(stored, report.Stored{Name: name, Document: d})
	}
	r.doc = stored[0].Document
	if len(stored) > 1 {
		var err error
		if r.doc, err = report.Merge(report.Tool{Name: toolName, Version: version()}, stored); err != nil {
			return usagef("%w", err)
		}
	}
	r.saw = showsSomething(r.doc)
	return checkChosen(c, r.doc)
}

// auditAbout audits what was asked for.
func (a *app) auditAbout(ctx context.Context, r *aboutReport) error {
	c := *r.choices
	c.Environments, c.Proxies = nil, nil // of all deployments the findings are wanted; what is listed is narrowed later
	s, err := a.subject(ctx, &c)
	if err != nil {
		return ranOut(ctx, err)
	}
	defer s.stop()
	if c.Demo || len(c.Paths) > 0 {
		if err := s.choose(c.Organizations); err != nil {
			return err
		}
	}
	o := a.audit(ctx, &c, s.targets, asFound)
	r.doc, _ = a.document(&c, s.share, o, nil)
	r.doc.Scope.FailOn = "" // no findings decide anything
	r.saw = o.saw()
	return nil
}

// choose keeps the organizations that are asked for; no names keep all.
func (s *subject) choose(names []string) error {
	if err := checkKnown(names, namesOf(s.targets)); err != nil {
		return err
	}
	if len(names) > 0 {
		s.targets = slices.DeleteFunc(s.targets, func(t target) bool { return !slices.Contains(names, t.name) })
	}
	return nil
}

// noOrganization is for a name that --org gives and that none of the organizations has.
func noOrganization(name string, known []string) error {
	return usagef("no organization is called %s; there are %s", text.Quote(name), listed(known))
}

// checkChosen refuses organizations that a stored report says nothing about.
func checkChosen(c *config.Choices, d *report.Document) error {
	var known []string
	for _, o := range d.Subjects() {
		known = append(known, o.Name)
	}
	return checkKnown(c.Organizations, known)
}

// checkKnown refuses names of organizations that none of those that are known has.
func checkKnown(names, known []string) error {
	for _, name := range names {
		if !slices.Contains(known, name) {
			return noOrganization(name, known)
		}
	}
	return nil
}
