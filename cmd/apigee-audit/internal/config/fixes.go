package config

import "fmt"

// The ways to mend a finding, of which prefer puts one first.
const (
	preferRefresh     = "refresh"
	preferStopIssuing = "stop-issuing"
)

// Preferences are the values of prefer.
func Preferences() []string { return []string{preferRefresh, preferStopIssuing} }

// fixes settles how findings are mended. It takes what grading has settled for granted.
func (j *judge) fixes() error {
	switch {
	case j.Prefer != preferRefresh && j.Prefer != preferStopIssuing:
		return fmt.Errorf("unknown prefer %q: use %s or %s", j.Prefer, preferRefresh, preferStopIssuing)
	case j.RefreshLifetime < 0:
		return fmt.Errorf("refresh-lifetime must not be negative; use 0 for max-refresh-lifetime")
	case j.RefreshLifetime > j.MaxRefreshLifetime:
		return fmt.Errorf("refresh-lifetime (%s) must not be longer than max-refresh-lifetime (%s), above which lifetimes are reported", j.RefreshLifetime, j.MaxRefreshLifetime)
	}
	j.choices.RefreshLifetime, j.choices.StopIssuing = j.RefreshLifetime, j.Prefer == preferStopIssuing
	return nil
}
