package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"apigee-audit/apigee"
	"apigee-audit/apigee/disk"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/fix"
	"apigee-audit/audit/rules"
	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/cmd/apigee-audit/internal/patch"
)

// fixRequest is what the command line of fix asks for beside settings.
type fixRequest struct {
	fingerprints []string // beginnings
	write, force bool
	output       string // a folder
}

func newFix(a *app) *cobra.Command {
	var choice *config.FileChoice
	flags := config.Flags(config.SubjectFlags, config.NarrowingFlags, config.RecordsFlags, config.FilterFlags, config.FailFlags, config.PartialFlags,
		config.GradingFlags, config.FixFlags, config.ConnectionFlags, config.DownloadFlags, config.LogFlags, config.QuietFlags, config.ColorFlags, config.ProgressFlags)
	var r fixRequest
	cmd := &cobra.Command{
		Use:   "fix [PATH...] [flags]",
		Short: "Show or write the edits that mend findings, each confirmed by another audit",
		Long: `Audit what scan would audit, and change the bundles so that as many findings as possible are gone. Every change is made in
memory first and everything audited again: only what mends its finding, and makes no other of the same or a higher severity
appear, is kept. Nothing is ever uploaded.

Of bundles on disk, a unified diff on stdout shows what would change; git apply takes it in the same folder. --write changes
the folders in place instead; --output writes each changed bundle to a new folder, as files and as a zip to import, with
one changes.diff. stderr says what was mended and how, what stays and why, and what else changes.

--rule, --proxy and the other filters choose the findings to mend; the whole organization is still searched.

Exit status: 0 nothing at or above --fail-on is left of these findings (except accepted ones), 1 some have no fix,
2 usage or configuration error, 3 the audit failed or is incomplete, or something could not be written, 130 interrupted.`,
		Example: `  apigee-audit fix ./proxies                               show what would change
  apigee-audit fix ./proxies -q | git apply                apply it
  apigee-audit fix ./proxies --write --rule RT104          mend the findings of one rule in place
  apigee-audit fix ./proxies --write --fingerprint 3f2a91  mend one finding
  apigee-audit fix --org acme-prod -o fixed                write the changed bundles of an organization, to import`,
		Args: cobra.ArbitraryArgs,
		RunE: perform(func(cmd *cobra.Command, args []string) error {
			l, err := a.settings(flags, *choice)
			if err != nil {
				return err
			}
			c, err := l.Fix(args, a.env)
			if err == nil {
				err = r.check(c)
			}
			if err != nil {
				return usagef("%w", err)
			}
			r.output = c.Share.Named(r.output)
			return a.fix(cmd.Context(), c, r)
		}),
	}
	cmd.Flags().StringSliceVar(&r.fingerprints, "fingerprint", nil, "mend only the finding with this `FINGERPRINT`, or the beginning of it (repeatable)")
	cmd.Flags().BoolVar(&r.write, "write", false, "change the bundle folders in place")
	cmd.Flags().BoolVar(&r.force, "force", false, "with --write, also change files that have changes which are not committed to Git")
	cmd.Flags().StringVarP(&r.output, "output", "o", "", "write the changed bundles to folder `DIR`, which must not exist yet or be empty: each as files and as a zip")
	choice = accept(cmd, flags)
	completeFix(cmd)
	return cmd
}

// completeFix offers the fixed values of flags to the shell.
func completeFix(cmd *cobra.Command) {
	completeScan(cmd) // whatever of its flags there is here
	_ = cmd.RegisterFlagCompletionFunc("output", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return nil, cobra.ShellCompDirectiveFilterDirs
	})
}

// check judges what is asked for.
func (r *fixRequest) check(c *config.Choices) error {
	switch {
	case r.write && r.output != "":
		return errors.New("use --write, which changes the bundles in place, or --output, which writes them elsewhere, not both")
	case r.write && len(c.Paths) == 0:
		return errors.New("--write changes bundle folders: name them as PATHs. Nothing is ever written to an organization: use --output DIR, and deploy what is in it as you deploy everything else")
	case r.force && !r.write:
		return errors.New("--force goes with --write")
	case r.output == "-":
		return errors.New("--output is a folder; without it, the changes are shown as a diff on stdout")
	}
	return checkFingerprints(r.fingerprints)
}

// repaired is what became of one organization.
type repaired struct {
	result  *finding.Result
	matched matches                  // of the fingerprints
	mended  *fix.Mended              // nil where nothing is known
	refused map[apigee.Revision]bool // bundles that could not be changed as asked, be it in one of the places where they lie
	whole   patch.Whole              // for bundles on disk
	close   func()                   // nil for nothing
}

// fix mends findings, and says or writes what that takes. interrupted is the user's context, which --timeout leaves alone.
func (a *app) fix(interrupted context.Context, c *config.Choices, r fixRequest) error {
	ctx, cancel := a.bounded(interrupted, c)
	defer cancel()
	if a.outClosed && !r.write && r.output == "" {
		return errors.New("stdout is closed, so the diff would be lost: redirect it, or use --write or --output")
	}
	out, err := a.delivery(c, r)
	if err != nil {
		return err
	}
	defer out.abort()
	s, err := a.subject(ctx, c)
	if err != nil {
		return ranOut(ctx, err)
	}
	defer s.stop()
	if r.write && len(s.targets) > 0 && !s.targets[0].loose {
		return usagef("--write changes bundle folders, and snapshots are what an organization has deployed: use --output DIR")
	}
	all := a.repair(ctx, c, r, s.targets)
	o := &outcome{}
	for _, one := range all {
		if one.close != nil {
			defer one.close()
		}
		o.results = append(o.results, one.result)
	}
	if s.share.All() {
		if err := o.checkNarrowing(c); err != nil {
			return err
		}
	}
	doc, aliases := a.document(c, s.share, o, nil)
	if err := resolve(r.fingerprints, all, doc.Complete); err != nil {
		return err
	}
	a.warn(slog.LevelWarn, a.sayUnread(doc.Problems))
	if !doc.Complete && interrupted.Err() != nil { // half of what was asked for is not to be written without a word
		return interrupted.Err()
	}
	if err := out.deliver(ctx, all); err != nil {
		return err
	}
	left := a.sayRepaired(c, r, all)
	a.sayAliases(aliases, rules.All())
	switch {
	case !o.saw(), !doc.Complete && !c.AllowPartial, slices.ContainsFunc(all, func(one *repaired) bool { return len(one.refused) > 0 }):
		return ended(exitFailed)
	case left > 0:
		return ended(exitFindings)
	}
	return nil
}

// repair mends the findings of organizations side by side.
func (a *app) repair(ctx context.Context, c *config.Choices, r fixRequest, targets []target) []*repaired {
	started := time.Now()
	p := a.startProgress(c, "auditing", targets)
	all := handedOver(ctx, len(targets), func(i int) *repaired {
		one, err := alone(a, targets[i].name, func() (*repaired, error) { return a.repairOne(ctx, c, r, targets[i], p) })
		if err != nil {
			return &repaired{result: unread(c, targets[i], started, reason(ctx, err))}
		}
		return one
	})
	for i, one := range all {
		if one == nil {
			all[i] = &repaired{result: unread(c, targets[i], started, reason(ctx, ctx.Err()))}
		}
	}
	slices.SortFunc(all, func(x, y *repaired) int {
		return strings.Compare(x.result.Organization.Name, y.result.Organization.Name)
	})
	return all
}

// repairOne mends the findings of one organization.
func (a *app) repairOne(ctx context.Context, c *config.Choices, r fixRequest, t target, p *progress) (one *repaired, err error) {
	src, err := t.start(ctx)
	if err != nil {
		return nil, err
	}
	defer func() {
		if one == nil {
			src.close()
		}
	}()
	mine, said := p.start(t.name), ""
	defer func() { mine.end(said) }()
	read, result, err := readAndJudge(ctx, c, src, mine)
	if err != nil {
		return nil, err
	}
	defer read.Close()
	one = &repaired{result: result, close: src.close}
	if local, ok := src.source.(*disk.Source); ok {
		one.whole = local.Whole
	}
	said = summary(one.result, a.cacheHits(c, src.cache))
	complete(ctx, one.result)
	var goals []finding.Finding
	goals, one.matched = choose(one.result.Findings, r.fingerprints)
	choices := fixOptions(c)
	choices.Follow = len(r.fingerprints) == 0
	if one.mended, err = fix.Mend(ctx, read, goals, choices); err != nil {
		one.result.Problems = append(one.result.Problems, apigee.Problem{Organization: t.name, Operation: "mend findings", Error: reason(ctx, err)})
	}
	return one, nil
}

// bundles are those that change.
func (r *repaired) bundles() []fix.Bundle {
	if r.mended == nil {
		return nil
	}
	return r.mended.Bundles
}

// refuse notes that a bundle could not be changed as asked.
func (r *repaired) refuse(b *fix.Bundle) {
	if r.refused == nil {
		r.refused = map[apigee.Revision]bool{}
	}
	r.refused[b.Revision] = true
}

// delivered are the findings that are mended by what was written, and those that stay because not all of it could be. A finding for
// which the audit needed all changes together is mended by nothing less.
func (r *repaired) delivered(all []fix.Fixed) (mended []fix.Fixed, stays []fix.Left) {
	for i := range all {
		f := &all[i]
		if slices.ContainsFunc(f.In, func(in apigee.Revision) bool { return r.refused[in] }) || len(f.In) == 0 && len(r.refused) > 0 {
			stays = append(stays, fix.Left{Finding: f.Finding, Why: "its fix could not be written"})
			continue
		}
		mended = append(mended, *f)
	}
	return mended, stays
}

// title names a bundle for people, with its place on disk.
func title(r apigee.Revision) string {
	if r.Root == "" {
		return r.String()
	}
	return fmt.Sprintf("%s in %s", r, r.Root)
}
