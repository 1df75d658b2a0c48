package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"github.com/spf13/pflag"

	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/internal/files"
	"apigee-audit/report"
)

// maxReport bounds a stored report; ten thousand findings take about 30 MB.
const maxReport = 128 << 20

// readReport reads a stored JSON report; "-" is stdin. What is wrong with it is a usage error: it is an argument. Waiting
// for it ends with the context.
func (a *app) readReport(ctx context.Context, name string) (*report.Document, error) {
	if name == "-" {
		return awaitReport(ctx, "stdin", a.in)
	}
	f, _, err := files.Open(name)
	var pe *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, usagef("%s does not exist: name a report made with --format json", name)
	case files.IsPipe(name):
		return nil, usagef("%s is a pipe: redirect it to stdin, and use - as the name", name)
	case errors.As(err, &pe):
		return nil, usagef("%s cannot be read: %w", name, pe.Err)
	case err != nil:
		return nil, err
	}
	defer f.Close()
	return awaitReport(ctx, name, f)
}

// awaitReport reads a report to its end, for as long as the context lasts.
func awaitReport(ctx context.Context, name string, in io.Reader) (*report.Document, error) {
	d, err := files.Await(ctx, func() (*report.Document, error) {
		bounded := &io.LimitedReader{R: in, N: maxReport + 1}
		d, err := report.Read(bounded)
		if bounded.N <= 0 {
			err = fmt.Errorf("it is larger than the limit of %d MB: make reports of fewer organizations, for example with --shard", maxReport>>20)
		}
		return d, err
	})
	switch {
	case err == nil:
		return d, nil
	case ctx.Err() != nil:
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return nil, usagef("%s: %w", name, err)
}

// showsSomething reports whether anything deployed was seen, as outcome.saw does during a scan.
func showsSomething(d *report.Document) bool {
	for _, o := range d.Organizations {
		if o.Deployments > 0 {
			return true
		}
	}
	return d.Shard != nil && len(d.Organizations) == 0
}

// storedChoices judges the settings of a command that reads stored reports, and whether its outputs can be written.
func (a *app) storedChoices(flags *pflag.FlagSet, choice config.FileChoice, reports []string) (*config.Choices, error) {
	l, err := a.settings(flags, choice)
	if err != nil {
		return nil, err
	}
	c, err := l.Stored()
	if err != nil {
		return nil, usagef("%w", err)
	}
	return c, a.checkOutputs(c, append(slices.Clone(reports), a.config.Name)...)
}
