package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/spf13/pflag"

	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/internal/files"
	"apigee-audit/report"
	"apigee-audit/report/format"
)

// maxReport bounds a stored report; ten thousand findings take about 30 MB.
const maxReport = 128 << 20

// readReport reads a stored JSON report; "-" is stdin. What is wrong with it is a usage error: it is an argument. Waiting
// for it ends with the context.
func (a *app) readReport(ctx context.Context, name string) (*report.Document, error) {
	d, _, err := a.readDigested(ctx, name)
	return d, err
}

// readDigested reads a stored JSON report as [app.readReport] does, and says which bytes it was made from.
func (a *app) readDigested(ctx context.Context, name string) (*report.Document, *report.JSONFile, error) {
	of, base := sha256.New(), ""
	if name != "-" {
		base = filepath.Base(name)
	}
	d, err := a.readHashed(ctx, name, of)
	if err != nil {
		return nil, nil, err
	}
	return d, &report.JSONFile{Name: base, SHA256: hex.EncodeToString(of.Sum(nil))}, nil
}

func (a *app) readHashed(ctx context.Context, name string, of io.Writer) (*report.Document, error) {
	if name == "-" {
		return awaitReport(ctx, "stdin", a.in, of)
	}
	f, _, err := files.Open(name)
	switch {
	case files.IsPipe(name):
		return nil, usagef("%s is a pipe: redirect it to stdin, and use - as the name", name)
	case err != nil:
		return nil, pathError(err, "name a report made with --format json")
	}
	defer f.Close()
	return awaitReport(ctx, name, f, of)
}

// awaitReport reads a report to its end, for as long as the context lasts, and hands what it read to of.
func awaitReport(ctx context.Context, name string, in io.Reader, of io.Writer) (*report.Document, error) {
	d, err := files.Await(ctx, func() (*report.Document, error) {
		bounded := &io.LimitedReader{R: io.TeeReader(in, of), N: maxReport + 1}
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

// jsonCopy is the JSON report that is written beside an HTML page, which names it: nil where one of them is not written.
func jsonCopy(c *config.Choices, doc *report.Document) (*report.JSONFile, error) {
	written := map[string]string{c.Format: ""}
	for _, copy := range c.Copies {
		if written[copy.Format] == "" {
			written[copy.Format] = filepath.Base(copy.File)
		}
	}
	name, asJSON := written["json"]
	if _, asHTML := written["html"]; !asHTML || !asJSON {
		return nil, nil
	}
	of := sha256.New()
	if err := format.Write(of, "json", doc, report.Options{}); err != nil {
		return nil, fmt.Errorf("write the report: %w", err)
	}
	return &report.JSONFile{Name: name, SHA256: hex.EncodeToString(of.Sum(nil))}, nil
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
