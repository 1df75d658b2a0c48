package api

import (
	"encoding/json"
	"net/http"
)

// edgeAdvice says what a person can do about an answer of Apigee Edge, which has roles and no permissions.
func edgeAdvice(e *statusError, o operation) string {
	switch e.code {
	case http.StatusUnauthorized:
		return "the user and password, or the token, were not accepted; accounts with two-step verification and organizations with SAML accept only tokens: " +
			"set APIGEE_AUDIT_MFA to the current code or APIGEE_AUDIT_PASSCODE to a passcode (and --login-url to the zone's login host), or use a machine user"
	case http.StatusForbidden:
		return "this account needs the organization's role Read-Only Organization Administrator (readonlyadmin)" + o.forbidden
	case http.StatusTooManyRequests:
		return "the server accepts no more requests for now: try again later or with a lower --rate"
	}
	return e.advice(o)
}

// edgeMessage is what the error of an Edge management server says, {"code": …, "message": …}; any other body as it is.
func edgeMessage(body string) string {
	var said struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	if err := json.Unmarshal([]byte(body), &said); err != nil || said.Message == "" {
		return body
	}
	if said.Code == "" {
		return said.Message
	}
	return said.Message + " (" + said.Code + ")"
}
