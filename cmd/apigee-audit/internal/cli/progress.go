package cli

import (
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"apigee-audit/audit/finding"
	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/internal/text"
)

// progress shows on stderr how far the work on some organizations is: as one bar on a terminal, else as one line when
// an organization starts and one when it ends. Organizations are worked on side by side; lines never mix.
type progress struct {
	app   *app
	doing string // "auditing"
	quiet bool

	mu          sync.Mutex
	bar         *progressbar.ProgressBar // nil without a bar
	all, ended  int                      // organizations
	done, total int                      // revisions of those that are known
	what        string                   // the organization that is worked on, or how many
	waits       int                      // organizations that wait for a quota
}

// progressOf is the progress of one organization; its methods are called one at a time.
type progressOf struct {
	of          *progress
	name        string
	started     time.Time
	done, total int
	waits       bool
	told        map[string]bool // why it has waited so far
}

func (a *app) startProgress(c *config.Choices, doing string, targets []target) *progress {
	p := &progress{app: a, doing: doing, quiet: c.Quiet, all: len(targets), what: text.Count(len(targets), "organization")}
	if len(targets) == 1 {
		p.what = text.Sanitize(targets[0].name)
	}
	if !c.Quiet && len(targets) > 0 && a.animated() && !c.NoProgress && a.log.Load().plain() {
		p.bar = progressbar.NewOptions(-1,
			progressbar.OptionSetWriter(a.terminal),
			progressbar.OptionSetDescription(p.description()),
			progressbar.OptionSetWidth(20),
			progressbar.OptionShowCount(),
			progressbar.OptionThrottle(throttle),
			progressbar.OptionSetSpinnerChangeInterval(0), // else a goroutine of its own writes to stderr, also after the end
			progressbar.OptionClearOnFinish(),
		)
		_ = p.bar.RenderBlank() // failing to draw a bar is no reason to stop
	}
	return p
}

// start begins one organization.
func (p *progress) start(name string) *progressOf {
	if p.bar == nil && !p.quiet {
		p.app.sayAbout([]slog.Attr{ofOrganization(name)}, "%s %s ...", p.doing, name)
	}
	return &progressOf{of: p, name: name, started: time.Now(), told: map[string]bool{}}
}

// description is what stands before the bar.
func (p *progress) description() string {
	said := p.doing + " " + p.what
	if p.ended > 0 {
		said += fmt.Sprintf(", %d done", p.ended)
	}
	if p.waits > 0 {
		said += ", waiting for a quota"
	}
	return said
}

// wait is called with the reason when requests wait for a quota, and with "" when they go on. A line says the reason once.
func (o *progressOf) wait(why string) {
	p := o.of
	p.mu.Lock()
	defer p.mu.Unlock()
	o.waitsNow(why != "")
	if why != "" && !o.told[why] && !p.quiet {
		o.told[why] = true
		if p.bar != nil {
			_ = p.bar.Clear()
		}
		p.app.sayAbout([]slog.Attr{ofOrganization(o.name)}, "%s: waiting: %s", o.name, why)
	}
	if p.bar != nil {
		p.bar.Describe(p.description())
		p.draw()
	}
}

// throttle is how often the bar is drawn at most as revisions are done.
const throttle = 100 * time.Millisecond

// draw draws the bar now, however lately it was drawn: nothing else does while requests wait.
func (p *progress) draw() {
	progressbar.OptionThrottle(0)(p.bar)
	_ = p.bar.RenderBlank()
	progressbar.OptionThrottle(throttle)(p.bar)
}

// waitsNow keeps the number of those that wait.
func (o *progressOf) waitsNow(waits bool) {
	switch {
	case waits && !o.waits:
		o.of.waits++
	case !waits && o.waits:
		o.of.waits--
	}
	o.waits = waits
}

// step is called after each revision.
func (o *progressOf) step(done, total int) {
	p := o.of
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done, p.total = p.done+done-o.done, p.total+total-o.total
	o.done, o.total = done, total
	if p.bar != nil {
		p.bar.ChangeMax(p.total)
		// Set finishes the bar at its maximum, which is not the end while other organizations are still being listed.
		if p.done < p.total || p.ended+1 == p.all {
			_ = p.bar.Set(p.done)
		}
	}
}

// end sums one organization up; "" says nothing.
func (o *progressOf) end(summary string) {
	p := o.of
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended++
	o.waitsNow(false)
	if p.bar != nil {
		_ = p.bar.Clear()
	}
	if summary != "" && !p.quiet {
		took := time.Since(o.started).Round(100 * time.Millisecond)
		p.app.sayAbout([]slog.Attr{ofOrganization(o.name), slog.Duration("duration", took)}, "%s: %s (%s)", o.name, summary, took)
	}
	if p.bar != nil && p.ended < p.all {
		p.bar.Describe(p.description())
	}
}

// summary sums an audit up; cached is how many revisions were not downloaded.
func summary(r *finding.Result, cached int) string {
	parts := []string{
		fmt.Sprintf("%d of %s read in %s", r.Audited, text.Count(r.Revisions, "revision"), text.Count(len(r.Organization.Environments), "environment")),
	}
	if cached > 0 {
		parts = append(parts, fmt.Sprintf("%d from the cache", cached))
	}
	parts = append(parts, text.Count(len(r.Findings), "finding"))
	if n := len(r.Problems); n > 0 {
		parts = append(parts, text.Count(n, "problem"))
	}
	return strings.Join(parts, ", ")
}
