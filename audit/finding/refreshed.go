package finding

import "apigee-audit/apigee"

// Refreshed is how the refresh tokens that a bundle issues in an environment can be refreshed.
type Refreshed struct {
	Environment string
	apigee.Ref
	// Path leads to the refresh operation: in a proxy through which the bundle issues, else in the one that a finding of the
	// core family names first.
	Path []Hop
}
