package config

import (
	"fmt"

	"github.com/spf13/pflag"

	"apigee-audit/apigee"
	"apigee-audit/audit"
)

// chooseEvidence settles which of the organization's own records are read. Bundles on disk have none: on the command line
// that is a mistake, in environment and file it is left for the scans that can use it.
func (c *Choices) chooseEvidence(flags *pflag.FlagSet) error {
	c.Evidence = audit.EvidenceOptions{Reach: c.Reach, Apps: c.Apps, DebugMasks: c.DebugMasks}
	if c.Traffic != "" {
		window, err := apigee.ParseWindow(c.Traffic)
		if err != nil {
			return fmt.Errorf("traffic: %w", err)
		}
		c.Evidence.Traffic = window
	}
	if c.Apps && !c.Reach {
		return fmt.Errorf("--apps names the apps of the products that --reach reads: give both")
	}
	if len(c.Paths) == 0 {
		return nil
	}
	for _, name := range []string{"traffic", "reach", "apps", "debug-masks"} {
		if flags.Changed(name) {
			return fmt.Errorf("--%s asks a live organization, and PATHs are bundles on disk: use --org or --demo", name)
		}
	}
	c.Evidence = audit.EvidenceOptions{}
	return nil
}
