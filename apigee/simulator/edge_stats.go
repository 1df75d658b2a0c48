package simulator

import "net/http"

// edgeStats is getStats with the errors of Edge.
func edgeStats(o *served, e *Environment, r *http.Request) any {
	answer := getStats(o, e, r)
	if bad, ok := answer.(*apiError); ok {
		return refusal(bad.code, "analytics.InvalidQuery", bad.message)
	}
	return answer
}
