// Package doctor judges what was found out about what an audit needs, and words it: one check a line, with what to do about
// it.
package doctor

import (
	"fmt"
	"slices"

	"apigee-audit/internal/text"
)

// State is what a check came to.
type State string

// The states of checks.
const (
	OK      State = "ok"
	Warning State = "warning" // an audit works, though not as well as it could
	Failed  State = "failed"  // an audit fails or is incomplete
	Skipped State = "skipped" // something that it depends on failed
)

// Check is one thing that an audit needs.
type Check struct {
	Organization string `json:"organization,omitempty"` // that it is about; "" for this machine, the network and the credentials
	Name         string `json:"check"`
	State        State  `json:"state"`
	Text         string `json:"text"`             // what was found
	Advice       string `json:"advice,omitempty"` // what to do about it
	Permission   string `json:"permission,omitempty"`
	Role         string `json:"role,omitempty"`
}

// Passed is a check that found what it should.
func Passed(name, found string) Check { return Check{Name: name, State: OK, Text: found} }

// Warn is a check that found what an audit can live with.
func Warn(name, found, advice string) Check {
	return Check{Name: name, State: Warning, Text: found, Advice: advice}
}

// Fail is a check that found what an audit fails of.
func Fail(name, found, advice string) Check {
	return Check{Name: name, State: Failed, Text: found, Advice: advice}
}

// Skip is a check that was not made.
func Skip(name, why string) Check { return Check{Name: name, State: Skipped, Text: why} }

// Report is what all checks came to.
type Report struct {
	Tool    string  `json:"tool"`
	Version string  `json:"version"`
	State   State   `json:"state"` // the worst of all
	Checks  []Check `json:"checks"`
}

// NewReport is a report of checks. What they say comes from servers too, and is made harmless here.
func NewReport(tool, version string, checks []Check) *Report {
	r := &Report{Tool: tool, Version: version, State: OK, Checks: slices.Clone(checks)}
	order := []State{OK, Warning, Failed}
	for i := range r.Checks {
		c := &r.Checks[i]
		for _, s := range []*string{&c.Organization, &c.Name, &c.Text, &c.Advice} {
			*s = text.Sanitize(*s)
		}
		if slices.Index(order, c.State) > slices.Index(order, r.State) {
			r.State = c.State
		}
	}
	return r
}

// Summary says what all checks came to, in a line.
func (r *Report) Summary() string {
	counts := map[State]int{}
	for _, c := range r.Checks {
		counts[c.State]++
	}
	all := text.Count(len(r.Checks), "check")
	switch r.State {
	case Failed:
		return fmt.Sprintf("%s: %d failed, %d skipped, %s. An audit would fail or be incomplete.", all, counts[Failed], counts[Skipped], text.Count(counts[Warning], "warning"))
	case Warning:
		return fmt.Sprintf("%s: %s, nothing failed. An audit can start.", all, text.Count(counts[Warning], "warning"))
	}
	return all + ", nothing failed. An audit can start."
}
