package config

import (
	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/rules"
	"apigee-audit/report/format"
)

// Values are the keys that take words of a list, with these words.
func Values() map[string][]string {
	var platforms, severities, confidences, statuses, known []string
	for _, p := range apigee.Platforms() {
		platforms = append(platforms, string(p))
	}
	for _, s := range finding.Severities() {
		severities = append(severities, s.String())
	}
	for _, c := range finding.Confidences() {
		confidences = append(confidences, c.String())
	}
	for _, s := range finding.Statuses() {
		statuses = append(statuses, string(s))
	}
	for _, r := range rules.All() {
		known = append(known, r.ID, r.Name)
	}
	return map[string][]string{
		"platform": platforms, "format": format.Formats(), "rule": known,
		"severity": severities, "min-severity": severities, "min-confidence": confidences, "status": statuses, "fail-on": append(severities[:len(severities):len(severities)], "none"),
		"profile": {finding.ProfileBCP, finding.ProfileFAPI}, "prefer": Preferences(), "log-level": logLevels(), "log-format": {logText, logJSON},
	}
}
