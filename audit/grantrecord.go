package audit

import (
	"strings"

	"apigee-audit/apigee"
)

// readGrantRecord finds the custom dimension of analytics in which a policy records the grant type: the DataCollector of
// a DataCapture, or the name of a StatisticsCollector's Statistic. Nothing is found where none is recorded.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/policies/data-capture-policy; docs.apigee.com,
// StatisticsCollector policy.
func readGrantRecord(root *apigee.Node) (dimension, variable string) {
	switch root.Name {
	case apigee.TypeDataCapture:
		for c := range root.Children() {
			if c.Name != "Capture" {
				continue
			}
			ref, _ := c.Child("Collect").Attr("ref")
			if d := c.Child("DataCollector").String(); d != "" && namesGrantType(ref) {
				return strings.Clone(d), strings.Clone(ref)
			}
		}
	case apigee.TypeStatisticsCollector:
		for s := range root.Child("Statistics").Children() {
			name, _ := s.Attr("name")
			ref, _ := s.Attr("ref")
			if s.Name == "Statistic" && name != "" && namesGrantType(ref) {
				return strings.Clone(name), strings.Clone(ref)
			}
		}
	}
	return "", ""
}

// namesGrantType tells the variables that a client's grant_type arrives in.
func namesGrantType(variable string) bool {
	return variable == grantTypeForm || variable == grantTypeQuery
}
