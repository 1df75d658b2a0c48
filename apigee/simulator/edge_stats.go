package simulator

import "net/http"

// edgeStatistics is what Edge answers: names of several dimensions come joined only, and there is always a list of errors.
// Source: the OpenAPI document of Edge's stats.
type edgeStatistics struct {
	Environments []statsEnvironment `json:"environments"`
	MetaData     struct {
		Errors  []string `json:"errors"`
		Notices []string `json:"notices"`
	} `json:"metaData"`
}

// edgeStats is getStats in the shape of Edge, and with its errors.
func edgeStats(o *served, e *Environment, r *http.Request) any {
	switch answer := getStats(o, e, r).(type) {
	case *apiError:
		return refusal(answer.code, "analytics.InvalidQuery", answer.message)
	case statistics:
		edge := edgeStatistics{Environments: []statsEnvironment{{Name: e.Name, Dimensions: []statsDimension{}}}}
		for _, env := range answer.Environments {
			for _, row := range env.Dimensions {
				row.IndividualNames = nil
				edge.Environments[0].Dimensions = append(edge.Environments[0].Dimensions, row)
			}
		}
		edge.MetaData.Errors = []string{}
		edge.MetaData.Notices = append([]string{"Source:Postgres"}, answer.MetaData.Notices[1:]...)
		return edge
	default:
		return answer
	}
}
