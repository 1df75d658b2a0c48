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
