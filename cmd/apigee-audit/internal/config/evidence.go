package config

import (
	"errors"
	"fmt"

	"apigee-audit/apigee"
	"apigee-audit/audit/records"
)

// evidence settles which of the organization's own records are read. Bundles on disk have none: asking for them on the
// command line is a mistake; in the environment and the file it is left for the scans that can use them.
func (j *judge) evidence() error {
	evidence := records.Options{Reach: j.Reach, Apps: j.Apps, DebugMasks: j.DebugMasks}
	if j.Traffic != "" {
		window, err := apigee.ParseWindow(j.Traffic)
		if err != nil {
			return about("traffic", err)
		}
		evidence.Traffic = window
	}
	if j.Apps && !j.Reach {
		return about("apps", errors.New("--apps also needs --reach: it names the apps of the products that --reach reads"))
	}
	if len(j.choices.Paths) == 0 {
		j.choices.Evidence = evidence
		return nil
	}
	for _, name := range []string{"traffic", "reach", "apps", "debug-masks"} {
		if j.flags.Changed(name) {
			return fmt.Errorf("--%s needs a live organization, not PATHs of bundles on disk: use --org or --demo", name)
		}
	}
	return nil
}
