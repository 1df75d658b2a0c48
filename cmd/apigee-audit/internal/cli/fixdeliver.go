package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"apigee-audit/apigee/bundle"
	"apigee-audit/audit/fix"
	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/cmd/apigee-audit/internal/patch"
	"apigee-audit/internal/text"
)

// delivery takes edited bundles to where they were asked for: into a diff on stdout, in place, or into a folder.
type delivery struct {
	app    *app
	c      *config.Choices
	r      fixRequest
	export *patch.Export // nil without --output
	forget func()
}

// delivery prepares for what is to be written, before anything is asked: that it cannot be written must not be found out after
// minutes.
func (a *app) delivery(c *config.Choices, r fixRequest) (*delivery, error) {
	d := &delivery{app: a, c: c, r: r, forget: func() {}}
	if r.output == "" {
		return d, nil
	}
	e, err := patch.NewExport(r.output)
	if err != nil {
		return nil, exportError(r.output, err)
	}
	d.export, d.forget = e, a.unfinished.add(e.Abort)
	return d, nil
}

// abort removes what was not delivered.
func (d *delivery) abort() {
	if d.export != nil {
		_ = d.export.Abort() // what it was written for failed
	}
	d.forget()
}

// deliver writes everything. What cannot be written is said, and noted in what it is of.
func (d *delivery) deliver(ctx context.Context, all []*repaired) error {
	switch {
	case d.export != nil:
		return d.toFolder(all)
	case d.r.write:
		return d.inPlace(ctx, all)
	}
	return d.toStdout(all)
}

// refuse says that a bundle is left alone, and notes it.
func (d *delivery) refuse(one *repaired, b *fix.Bundle, why error) {
	one.refuse(b)
	d.app.sayError("%s is not changed: %v", title(b.Revision), why)
}

// toStdout writes one diff of everything that a diff can change.
func (d *delivery) toStdout(all []*repaired) error {
	var out strings.Builder
	w := patch.NewWorkspace(d.c.Paths)
	for _, one := range all {
		bundles := one.bundles()
		folders, errs := patch.Folders(d.within(one, all), bundles)
		for i := range bundles {
			b := &bundles[i]
			var diff string
			err := errs[i]
			if one.whole != nil {
				diff, err = d.local(w, one, b)
			} else if err == nil {
				diff = patch.Listed(folders[i], b)
			}
			if err != nil {
				d.refuse(one, b, err)
			}
			out.WriteString(diff)
		}
	}
	if _, err := io.WriteString(d.app.out, d.app.shownDiff(d.c, out.String())); err != nil {
		return fmt.Errorf("write the diff: %w", err)
	}
	return nil
}

// local is the diff of a bundle on disk.
func (d *delivery) local(w *patch.Workspace, one *repaired, b *fix.Bundle) (diff string, err error) {
	copies, err := d.locate(w, one, b)
	if err != nil {
		return "", err
	}
	if diff, err = patch.Diff(copies); err != nil {
		return "", fmt.Errorf("%w: run fix there, or use --write or --output", err)
	}
	return diff, nil
}

// locate finds the copies of a bundle in folders. It refuses those in zips.
func (d *delivery) locate(w *patch.Workspace, one *repaired, b *fix.Bundle) (copies []patch.Copy, err error) {
	copies, zips, err := w.Locate(b)
	if err != nil {
		return nil, err
	}
	for _, zip := range zips {
		one.refuse(b)
		d.app.sayError("%s in %s is not changed: zips are left alone, and --output writes new ones", b.Revision, zip)
	}
	return copies, nil
}

// within is the organization in front of the folders of its bundles.
func (d *delivery) within(one *repaired, all []*repaired) string {
	if len(all) < 2 && !d.c.AllOrgs {
		return ""
	}
	return one.result.Organization.Name
}

// inPlace changes the bundles where they lie.
func (d *delivery) inPlace(ctx context.Context, all []*repaired) (err error) {
	type located struct {
		of     *repaired
		bundle *fix.Bundle
		copies []patch.Copy
	}
	w := patch.NewWorkspace(d.c.Paths)
	var todo []located
	var every []patch.Copy
	for _, one := range all {
		bundles := one.bundles()
		for i := range bundles {
			b := &bundles[i]
			copies, err := d.locate(w, one, b)
			if err != nil {
				d.refuse(one, b, err)
				continue
			}
			todo, every = append(todo, located{one, b, copies}), append(every, copies...)
		}
	}
	uncommitted := map[string]error{}
	if !d.r.force {
		if uncommitted, err = patch.Uncommitted(ctx, d.environ(), every); err != nil {
			return err
		}
	}
	for _, l := range todo {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := d.write(l.copies, uncommitted); err != nil {
			d.refuse(l.of, l.bundle, err)
		}
	}
	return nil
}

// write writes the copies of one bundle.
func (d *delivery) write(copies []patch.Copy, uncommitted map[string]error) error {
	for i := range copies {
		err := copies[i].Check(uncommitted)
		if _, ok := errors.AsType[*patch.UncommittedError](err); ok {
			return fmt.Errorf("%w; --force changes it all the same", err)
		} else if err != nil {
			return err
		}
	}
	if err := patch.Write(copies, d.app.unfinished.add); err != nil {
		return err
	}
	if !d.c.Quiet {
		for i := range copies {
			for _, name := range copies[i].Names() {
				d.app.say("wrote %s", name)
			}
		}
	}
	return nil
}

// environ is the environment as the system gives it.
func (d *delivery) environ() []string {
	var all []string
	for name, value := range d.app.env {
		all = append(all, name+"="+value)
	}
	return all
}

// toFolder writes the changed bundles of all organizations.
func (d *delivery) toFolder(all []*repaired) error {
	written := 0
	for _, one := range all {
		bundles := one.bundles()
		folders, errs := patch.Folders(d.within(one, all), bundles)
		for i := range bundles {
			err := errs[i]
			if err == nil {
				err = d.export.Add(folders[i], &bundles[i], one.whole, bundle.DefaultLimits())
			}
			if err != nil {
				d.refuse(one, &bundles[i], err)
				continue
			}
			written++
		}
	}
	if written == 0 {
		d.app.say("nothing was changed, so %s was not written", d.r.output)
		return nil
	}
	if err := d.export.Commit(); err != nil {
		return exportError(d.r.output, err)
	}
	d.export = nil
	if !d.c.Quiet {
		d.app.say("wrote %s to %s; %s shows what has changed", text.Count(written, "bundle"), d.r.output, filepath.Join(d.r.output, patch.DiffName))
	}
	return nil
}

// exportError says what is wrong with the folder for bundles.
func exportError(name string, err error) error {
	var pe *fs.PathError
	switch {
	case errors.Is(err, fs.ErrExist):
		return usagef("%s already exists and is not empty: choose another name, or remove it", name)
	case errors.Is(err, fs.ErrNotExist):
		return usagef("folder %s, in which to write %s, does not exist", filepath.Dir(filepath.Clean(name)), filepath.Base(name))
	case errors.As(err, &pe):
		return fmt.Errorf("write %s: %w", name, pe.Err)
	}
	return err
}
