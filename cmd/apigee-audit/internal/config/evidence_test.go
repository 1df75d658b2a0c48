package config

import (
	"strings"
	"testing"
	"time"

	"apigee-audit/audit"
)

func TestEvidenceSettings(t *testing.T) {
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"window":           {[]string{"--demo", "--traffic", "30"}, `"30" is not a valid window`},
		"apps without":     {[]string{"--demo", "--apps"}, "also needs --reach"},
		"bundles on disk":  {[]string{"--traffic", "30d", "."}, "--traffic needs a live organization"},
		"masks of bundles": {[]string{"--debug-masks", "."}, "--debug-masks needs a live organization"},
		"good":             {[]string{"--demo", "--traffic", "2w", "--reach", "--apps", "--debug-masks"}, ""},
	} {
		flags := ScanFlags()
		if err := flags.Parse(tt.args); err != nil {
			t.Fatal(err)
		}
		l, err := Load(nil, flags, FileChoice{Name: "../../../../config.example.yaml"})
		if err != nil {
			t.Fatal(err)
		}
		c, err := l.Scan(flags.Args(), nil)
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case tt.want == "":
			if want := (audit.EvidenceOptions{Traffic: 14 * 24 * time.Hour, Reach: true, Apps: true, DebugMasks: true}); c.Evidence != want {
				t.Errorf("%s: %+v", name, c.Evidence)
			}
		case err == nil || !strings.Contains(err.Error(), tt.want):
			t.Errorf("%s: error %v, want one with %q", name, err, tt.want)
		}
	}
}
