package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/cmd/apigee-audit/internal/doctor"
	"apigee-audit/internal/text"
)

// checkConfiguration says what settings come from. Those that cannot be used are an error before any check.
func (a *app) checkConfiguration() doctor.Check {
	const name = "configuration"
	read := "no file is read"
	switch f := a.config; {
	case f.Found:
		read = "read " + foundFile(f)
	case f.Name != "" && len(f.Keys) == 0:
		read = f.Name + " sets nothing"
	case f.Name != "":
		read = f.Name + " sets " + strings.Join(f.Keys, ", ")
	}
	if set := a.env.Set(config.Keys()); len(set) > 0 {
		read += "; set in the environment: " + strings.Join(set, ", ")
	}
	if unknown := a.env.Unknown(config.Keys()); len(unknown) > 0 {
		return doctor.Warn(name, read, "unknown environment variable "+strings.Join(unknown, "; unknown environment variable "))
	}
	return doctor.Passed(name, read)
}

func (a *app) checkTerminal(c *config.Choices) doctor.Check {
	out, progress := "stdout is no terminal", "there is no progress bar"
	if a.outWidth > 0 {
		out = fmt.Sprintf("stdout is a terminal of %d columns", a.tableWidth())
	}
	if a.animated() && !c.NoProgress {
		progress = "progress is shown on stderr"
	}
	color := "no colours"
	if a.colored(c.NoColor) {
		color = "colours"
	}
	return doctor.Passed("terminal", out+": "+color+"; "+progress)
}

// checkCopies checks the folders of reports. What is wrong with the command line is an error, as in a scan.
func (a *app) checkCopies(c *config.Choices) ([]doctor.Check, error) {
	if len(c.Copies) == 0 {
		return nil, nil
	}
	const name = "reports"
	var files []string
	for _, copy := range c.Copies {
		files = append(files, copy.File)
	}
	err := a.checkOutputs(c, a.inputs(c)...)
	if wrong := (*statusError)(nil); errors.As(err, &wrong) {
		return nil, err
	}
	if err != nil {
		return []doctor.Check{doctor.Fail(name, err.Error(), "make the folder writable, free some space, or name another file with --output")}, nil
	}
	return []doctor.Check{doctor.Passed(name, text.List(files)+" can be written")}, nil
}

// checkCache checks the folder of the cache. An audit does without, but downloads everything again each time.
func (a *app) checkCache(ctx context.Context, c *config.Choices) []doctor.Check {
	const name = "cache folder"
	switch {
	case c.Demo, c.Platform != apigee.PlatformX: // neither keeps anything
		return nil
	case c.NoCache:
		return []doctor.Check{doctor.Passed(name, "not used, because of --no-cache")}
	}
	store, err := a.sharedCache(c)
	if err != nil {
		return []doctor.Check{doctor.Warn(name, "bundles are not cached: "+err.Error(), "")}
	}
	err = store.Try()
	switch {
	case store.Distrusted() != nil:
		return []doctor.Check{doctor.Warn(name, "all or part of the cache is not used: "+store.Distrusted().Error(), cacheAdvice)}
	case err != nil:
		return []doctor.Check{doctor.Warn(name, "bundles cannot be cached in "+store.Dir()+": "+withoutPath(err).Error(),
			"make the folder writable, free some space, or use another folder with --cache-dir")}
	}
	kept := store.Dir()
	survey, err := store.Survey(ctx)
	if err != nil {
		return []doctor.Check{doctor.Warn(name, err.Error(), cacheAdvice)}
	}
	if total := survey.Total(); total.Bundles > 0 {
		kept += " with " + text.Count(total.Bundles, "bundle") + ", " + text.Bytes(total.Bytes)
	}
	return []doctor.Check{doctor.Passed(name, kept)}
}
