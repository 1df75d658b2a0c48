package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/internal/text"
	"apigee-audit/report"
)

// gathering is which reports merge takes.
type gathering struct {
	args   []string      // reports, folders of reports, and patterns
	wait   time.Duration // for the shares that are not there yet
	maxAge time.Duration // of a report; 0 for any
	// own are the reports that this merge writes: those of its last run lie in the same folder where they are kept there.
	own []config.ReportCopy
	// read are the reports of files that have not changed since they were read.
	read    map[string]readShare
	waiting bool // it was said that it waits
}

// readShare is a report as its file was when it was read.
type readShare struct {
	size     int64
	modified time.Time
	document *report.Document
	err      error
}

// gather reads the reports, and waits for the shares that are missing.
func (a *app) gather(ctx context.Context, g *gathering) ([]report.Stored, error) {
	until := time.Now().Add(g.wait)
	// Looking costs a list and a request for each file where they lie in a bucket.
	pause := min(max(g.wait/20, 100*time.Millisecond), 10*time.Second)
	for {
		stored, missing, err := a.gatherOnce(ctx, g)
		over := !time.Now().Before(until)
		switch {
		case ctx.Err() != nil:
			return nil, fmt.Errorf("wait for reports: %w", ctx.Err())
		case err == nil && len(stored) > 0 && len(missing) == 0 || over:
			if err == nil && len(stored) == 0 {
				err = fmt.Errorf("there is no report to merge in %s%s", text.List(g.args), g.young())
			}
			return stored, err
		}
		if !g.waiting {
			g.waiting = true
			a.say("waiting up to %s for %s", g.wait, awaited(missing))
		}
		select {
		case <-ctx.Done():
		case <-time.After(min(pause, time.Until(until))):
		}
	}
}

// young says which reports were wanted.
func (g *gathering) young() string {
	if g.maxAge == 0 {
		return ""
	}
	return fmt.Sprintf(" that was finished within the last %s", g.maxAge)
}

// awaited names the shares that are waited for.
func awaited(missing []int) string {
	if len(missing) == 0 {
		return "reports"
	}
	var all []string
	for _, i := range missing {
		all = append(all, fmt.Sprint(i))
	}
	if len(all) == 1 {
		return "the report of share " + all[0]
	}
	return "the reports of shares " + text.ListSome(all, 10)
}

// gatherOnce reads what is there now. missing are the shares of the fleet that are not; nil also where nothing is known of a
// fleet.
func (a *app) gatherOnce(ctx context.Context, g *gathering) (stored []report.Stored, missing []int, err error) {
	names, err := g.files()
	if err != nil {
		return nil, nil, err
	}
	have, of := map[int]bool{}, 0
	for _, name := range names {
		d, err := a.readShare(ctx, g, name)
		if err != nil {
			return nil, nil, err
		}
		if age := time.Since(d.FinishedAt); g.maxAge > 0 && age > g.maxAge {
			a.sayOnce("left out "+name, "%s is left out: it was finished %s, longer ago than --max-age allows", name, d.FinishedAt.UTC().Format(time.RFC3339))
			continue
		}
		if d.Shard != nil {
			have[d.Shard.Index], of = true, max(of, d.Shard.Of)
		}
		stored = append(stored, report.Stored{Name: name, Document: d})
	}
	for i := 1; i <= of; i++ {
		if !have[i] {
			missing = append(missing, i)
		}
	}
	return stored, missing, nil
}

// readShare reads one report, if it has changed. Whoever waits may meet one that is still being written.
func (a *app) readShare(ctx context.Context, g *gathering, name string) (*report.Document, error) {
	if name == "-" {
		if _, again := g.read[name]; !again {
			d, err := a.readReport(ctx, name)
			g.read[name] = readShare{document: d, err: err}
		}
		return g.read[name].document, g.read[name].err
	}
	now := readShare{}
	if info, err := os.Stat(name); err == nil {
		now.size, now.modified = info.Size(), info.ModTime()
	}
	if last, ok := g.read[name]; ok && last.err == nil && last.size == now.size && last.modified.Equal(now.modified) {
		return last.document, nil
	}
	now.document, now.err = a.readReport(ctx, name)
	g.read[name] = now
	return now.document, now.err
}

// files are the reports that the arguments name, those of a folder or a pattern sorted. A folder stands for the files in it that
// end in .json. Patterns are for where no shell expands them.
func (g *gathering) files() ([]string, error) {
	var all []string
	for _, arg := range g.args {
		found, err := g.expand(arg)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

func (g *gathering) expand(arg string) ([]string, error) {
	info, err := os.Stat(arg)
	switch {
	case arg == "-", err == nil && !info.IsDir():
		return []string{arg}, nil
	case err == nil:
		entries, err := os.ReadDir(arg)
		if err != nil {
			return nil, usagef("%s cannot be read: %w", arg, withoutPath(err))
		}
		var found []string
		for _, d := range entries {
			if strings.HasSuffix(d.Name(), ".json") && !strings.HasPrefix(d.Name(), ".") && !d.IsDir() {
				found = append(found, filepath.Join(arg, d.Name()))
			}
		}
		return slices.DeleteFunc(found, g.writes), nil
	case !errors.Is(err, fs.ErrNotExist) || !strings.ContainsAny(arg, "*?["):
		return []string{arg}, nil // reading it says what is wrong
	}
	found, err := filepath.Glob(arg)
	if err != nil {
		return nil, usagef("%q is not a valid pattern, use *, ? and [a-z]", arg)
	}
	return slices.DeleteFunc(found, g.writes), nil
}

// writes reports whether a file is one of those that this merge writes.
func (g *gathering) writes(name string) bool {
	info, err := os.Stat(name)
	return err == nil && slices.ContainsFunc(g.own, func(c config.ReportCopy) bool {
		own, err := os.Stat(c.File)
		return err == nil && os.SameFile(info, own)
	})
}

// named are the arguments that are files: those that an output must not replace.
func (g *gathering) named() []string {
	return slices.DeleteFunc(slices.Clone(g.args), func(arg string) bool {
		info, err := os.Stat(arg)
		return err != nil || info.IsDir()
	})
}
