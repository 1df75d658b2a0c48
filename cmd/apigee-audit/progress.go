package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"apigee-audit/audit"
)

// progress tells on stderr how far the audit of one organization is: as a bar on a terminal, else as one line when it
// starts and one when it ends.
type progress struct {
	app     *app
	name    string
	started time.Time
	quiet   bool
	bar     *progressbar.ProgressBar // nil without a bar
}

func (a *app) startProgress(c *choices, name string) *progress {
	p := &progress{app: a, name: printable(name), started: time.Now(), quiet: c.Quiet}
	switch {
	case c.Quiet:
	case a.animated() && !c.NoProgress && !c.Verbose: // log lines would tear a bar apart
		p.bar = progressbar.NewOptions(-1,
			progressbar.OptionSetWriter(a.err),
			progressbar.OptionSetDescription("auditing "+p.name),
			progressbar.OptionSetWidth(20),
			progressbar.OptionShowCount(),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionSetSpinnerChangeInterval(0), // else a goroutine of its own writes to stderr, also after the end
			progressbar.OptionClearOnFinish(),
		)
		_ = p.bar.RenderBlank() // a bar that cannot be drawn is no reason to stop
	default:
		a.say("auditing %s ...", p.name)
	}
	return p
}

// step is called after each revision.
func (p *progress) step(done, total int) {
	if p.bar != nil {
		p.bar.ChangeMax(total)
		_ = p.bar.Set(done)
	}
}

// end clears the bar and sums up; r is nil when the organization could not be looked at, and cached is how many
// revisions were not downloaded.
func (p *progress) end(r *audit.Result, cached int) {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
	if p.quiet || r == nil {
		return
	}
	p.app.say("%s: %s", p.name, summary(r, cached, time.Since(p.started)))
}

func summary(r *audit.Result, cached int, took time.Duration) string {
	parts := []string{
		fmt.Sprintf("%d of %s read in %s", r.Audited, counted(r.Revisions, "revision"), counted(len(r.Organization.Environments), "environment")),
	}
	if cached > 0 {
		parts = append(parts, fmt.Sprintf("%d from the cache", cached))
	}
	parts = append(parts, counted(len(r.Findings), "finding"))
	if n := len(r.Problems); n > 0 {
		parts = append(parts, counted(n, "problem"))
	}
	return strings.Join(parts, ", ") + fmt.Sprintf(" (%s)", took.Round(100*time.Millisecond))
}

// counted is "1 finding", "2 findings".
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
