package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/inventory"
	"apigee-audit/apigee/snapshot"
	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/internal/text"
)

func newPull(a *app) *cobra.Command {
	var choice *config.FileChoice
	flags := config.Flags(config.SubjectFlags, config.PartialFlags, config.ConnectionFlags, config.DownloadFlags,
		config.LogFlags, config.QuietFlags, config.ColorFlags, config.ProgressFlags)
	path := ""
	cmd := &cobra.Command{
		Use:   "pull -o PATH [flags]",
		Short: "Save everything a scan needs in a snapshot, to scan it elsewhere",
		Long: `Save everything a scan of live organizations needs in a snapshot: a folder, or a single file if PATH ends in .zip.
"scan PATH" then finds the same, offline, on any machine. pull judges nothing and never overwrites anything.

A snapshot contains the proxies as deployed, including any secrets written into them. Only you can read it.

Exit status: 0 complete, 2 usage or configuration error, 3 failed or incomplete (an incomplete snapshot is written and
marked as such), 130 interrupted.`,
		Example: `  apigee-audit pull --org acme-prod -o acme-2026-11.zip
  apigee-audit scan acme-2026-11.zip
  apigee-audit pull --all-orgs -o snapshots/2026-11-23`,
		Args: noArguments,
		RunE: perform(func(cmd *cobra.Command, _ []string) error {
			l, err := a.settings(flags, *choice)
			if err != nil {
				return err
			}
			c, err := l.Pull(a.env)
			if err != nil {
				return usagef("%w", err)
			}
			if path == "" || path == "-" {
				return usagef("name the snapshot with --output: a folder, or a file name ending in .zip")
			}
			return a.pull(cmd.Context(), c, c.Share.Named(path))
		}),
	}
	cmd.Flags().StringVarP(&path, "output", "o", "", "write the snapshot to `PATH`, which must not exist yet: a folder, or a zip file if it ends in .zip")
	choice = accept(cmd, flags)
	return cmd
}

// pull writes the snapshot. interrupted is the user's context, which --timeout leaves alone.
func (a *app) pull(interrupted context.Context, c *config.Choices, path string) error {
	ctx, cancel := a.bounded(interrupted, c)
	defer cancel()
	var part *snapshot.Shard
	if !c.Share.All() {
		part = &snapshot.Shard{Index: c.Share.Index, Of: c.Share.Of}
	}
	// Before anything is asked: that it cannot be written must not be found out after minutes.
	w, err := snapshot.Create(path, snapshot.Tool{Name: toolName, Version: version()}, part, time.Now())
	if err != nil {
		return snapshotError(path, err)
	}
	defer a.unfinished.add(w.Abort)()
	for _, name := range w.Removed() {
		a.say("removed %s, left behind by an earlier pull that was killed", name)
	}
	s, err := a.subject(ctx, c)
	if err != nil {
		return errors.Join(ranOut(ctx, err), w.Abort())
	}
	defer s.stop()
	saw, problems := a.pullAll(ctx, c, w, s.targets)
	if err := w.Failure(); err != nil {
		return errors.Join(err, w.Abort()) // what follows from it adds nothing
	}
	a.warn(slog.LevelWarn, a.sayUnread(problems))
	if !saw && len(s.targets) > 0 {
		return errors.Join(w.Abort(), errors.New("no deployment was visible, so no snapshot was written"))
	}
	complete, err := w.Commit(time.Now())
	if err != nil {
		return snapshotError(path, err)
	}
	switch {
	case interrupted.Err() != nil:
		a.sayError("interrupted: %s contains only what had been fetched by then, and is marked incomplete", path)
	case !complete:
		a.sayWarning("%s is incomplete: scan it to see what is missing", path)
	case !c.Quiet:
		a.say("wrote %s; audit it with: apigee-audit scan %s", path, path)
	}
	if !complete && !c.AllowPartial {
		return ended(exitFailed)
	}
	return nil
}

// pullAll fetches the organizations side by side. saw is whether anything deployed was seen.
func (a *app) pullAll(ctx context.Context, c *config.Choices, w *snapshot.Writer, targets []target) (saw bool, problems []apigee.Problem) {
	p := a.startProgress(c, "pulling", targets)
	inventories := handedOver(ctx, len(targets), func(i int) *pulled {
		inv, err := a.pullOne(ctx, c, w, targets[i], p)
		return &pulled{inv, err}
	})
	for i, t := range targets {
		got := inventories[i]
		if got == nil {
			got = &pulled{err: ctx.Err()}
			noteUnread(ctx, w, t, ctx.Err())
		}
		if got.err != nil {
			problems = append(problems, apigee.Problem{Organization: t.name, Operation: readOrganization, Error: reason(ctx, got.err)})
			continue
		}
		found := slices.Concat(got.inventory.Problems, got.inventory.Partly)
		reword(ctx, found)
		for j := range found {
			found[j].Organization = t.name
		}
		slices.SortFunc(found, apigee.CompareProblems)
		problems = append(problems, found...)
		saw = saw || len(got.inventory.Deployments) > 0
		if len(got.inventory.Deployments) == 0 {
			problems = append(problems, apigee.Problem{Organization: t.name, Operation: readOrganization, Error: "no deployment is visible"})
		}
	}
	return saw, problems
}

// pulled is what the pull of one organization came to.
type pulled struct {
	inventory *inventory.Inventory
	err       error
}

func (a *app) pullOne(ctx context.Context, c *config.Choices, w *snapshot.Writer, t target, p *progress) (*inventory.Inventory, error) {
	src, err := alone(a, t.name, func() (*opened, error) { return t.open(ctx) })
	if err == nil {
		defer src.close()
		err = cmp.Or(ctx.Err(), w.Failure())
	}
	if err != nil {
		noteUnread(ctx, w, t, err)
		return nil, err
	}
	r := w.Record(t.name, src.source, time.Now())
	mine, said := p.start(t.name), ""
	src.waiting.tell(mine.wait)
	defer func() { mine.end(said) }()
	kept := 0
	options := inventory.CollectOptions{Concurrency: c.Concurrency, Progress: func(done, total int) {
		kept = done
		mine.step(done, total)
	}}
	inv, err := alone(a, t.name, func() (*inventory.Inventory, error) {
		return inventory.Collect(ctx, r, options, func(apigee.Revision, *bundle.Archive) {})
	})
	r.Done(snapshot.End{Inventory: inv, Failure: err, Stopped: ctx.Err(), Explain: explaining(ctx), At: time.Now()})
	if err == nil {
		said = fmt.Sprintf("%s of %s", text.Count(kept, "revision"), text.Count(len(inv.Organization.Environments), "environment"))
		if n := a.cacheHits(c, src.cache); n > 0 {
			said += fmt.Sprintf(", %d from the cache", n)
		}
		if n := len(inv.Problems) + len(inv.Partly); n > 0 {
			said += ", " + text.Count(n, "problem")
		}
	}
	return inv, err
}

// noteUnread notes in the snapshot why an organization could not be read.
func noteUnread(ctx context.Context, w *snapshot.Writer, t target, err error) {
	w.Record(t.name, nil, time.Now()).Done(snapshot.End{Failure: err, Explain: explaining(ctx), At: time.Now()})
}

// explaining is how errors are put, as [reason] does.
func explaining(ctx context.Context) func(error) string {
	return func(err error) string { return reason(ctx, err) }
}

// snapshotError says what is wrong with the path of a snapshot.
func snapshotError(path string, err error) error {
	var pe *fs.PathError
	switch {
	case errors.Is(err, fs.ErrExist):
		return usagef("%s already exists: choose another name or remove it", path)
	case errors.Is(err, fs.ErrNotExist):
		return usagef("folder %s, in which to write the snapshot, does not exist", filepath.Dir(filepath.Clean(path)))
	case errors.As(err, &pe):
		return fmt.Errorf("write snapshot %s: %w", path, pe.Err)
	}
	return err
}
