package cli

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"apigee-audit/apigee/simulator"
)

func TestProgressBarOnTerminalsOnly(t *testing.T) {
	org, flags, environ := simulate(t, simulator.Options{})
	args := slices.Concat(flags, []string{"--org", org, "--fail-on", "none"})
	tests := map[string]struct {
		width       int
		args        []string
		env         []string
		bar, summed bool
	}{
		"terminal":                {100, nil, nil, true, true},
		"pipe":                    {0, nil, nil, false, true},
		"terminal, --no-progress": {100, []string{"--no-progress"}, nil, false, true},
		"terminal, CI":            {100, nil, []string{"CI=1"}, false, true},
		"terminal, -q":            {100, []string{"-q"}, nil, false, false},
		"pipe, -q":                {0, []string{"-q"}, nil, false, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var out, err bytes.Buffer
			s := streams{in: strings.NewReader(""), out: &out, err: &err, errWidth: tt.width}
			if status := run(t.Context(), slices.Concat(args, tt.args), slices.Concat(environ, tt.env), s); status != exitClean {
				t.Fatalf("status %d, stderr:\n%s", status, &err)
			}
			if bar := strings.Contains(err.String(), "\r"); bar != tt.bar {
				t.Errorf("bar is %v, stderr:\n%q", bar, &err)
			}
			if summed := strings.Contains(err.String(), org+": "); summed != tt.summed {
				t.Errorf("summary is %v, stderr:\n%q", summed, &err)
			}
		})
	}
}

// TestProgressSaysWhyItWaits meets a quota that is used up for a moment.
func TestProgressSaysWhyItWaits(t *testing.T) {
	const line = "waiting: the server accepts no more requests for now (429 Too Many Requests)"
	for name, tt := range map[string]struct {
		width int
		args  []string
		lines int
		bar   bool
	}{
		"pipe":     {0, nil, 1, false},
		"terminal": {100, nil, 1, true},
		"pipe, -q": {0, []string{"-q"}, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			org, flags, environ := simulate(t, simulator.Options{Faults: []simulator.Fault{{Match: "*/revisions/*", Status: 429, RetryAfter: "1", Times: 3}}})
			args := slices.Concat(flags, []string{"--org", org, "--fail-on", "none"})
			var out, err bytes.Buffer
			s := streams{in: strings.NewReader(""), out: &out, err: &err, errWidth: tt.width}
			if status := run(t.Context(), slices.Concat(args, tt.args), environ, s); status != exitClean {
				t.Fatalf("status %d, stderr:\n%s", status, &err)
			}
			if n := strings.Count(err.String(), org+": "+line); n != tt.lines {
				t.Errorf("%d lines, want %d, stderr:\n%q", n, tt.lines, &err)
			}
			if bar := strings.Contains(err.String(), "auditing "+org+", waiting for a quota"); bar != tt.bar {
				t.Errorf("bar is %v, stderr:\n%q", bar, &err)
			}
		})
	}
}
