package config

import (
	"errors"
	"fmt"
)

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
		return must("prefer", fmt.Errorf("must be %s or %s, not %q", preferRefresh, preferStopIssuing, j.Prefer))
	case j.RefreshLifetime < 0:
		return must("refresh-lifetime", errors.New("must not be negative; use 0 for max-refresh-lifetime"))
	case j.RefreshLifetime > j.MaxRefreshLifetime:
		return j.origins.together(fmt.Sprintf("refresh-lifetime (%s) must not be longer than max-refresh-lifetime (%s), above which lifetimes are reported",
			formatDuration(j.RefreshLifetime), formatDuration(j.MaxRefreshLifetime)), "refresh-lifetime", "max-refresh-lifetime")
	}
	j.choices.RefreshLifetime, j.choices.StopIssuing = j.RefreshLifetime, j.Prefer == preferStopIssuing
	return nil
}
