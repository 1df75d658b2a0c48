package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/apigee/auth"
)

// edgeAdvice says what a person can do about an answer of Apigee Edge, which has roles and no permissions.
func edgeAdvice(e *statusError, o operation, credential auth.Advice) string {
	if e.from == apigee.PlatformX {
		return e.strange()
	}
	switch e.code {
	case http.StatusUnauthorized:
		return "the credentials were not accepted: " + credential.Refused
	case http.StatusForbidden:
		return credential.Account + " needs the organization's role Read-Only Organization Administrator (readonlyadmin)" + o.forbidden
	case http.StatusTooManyRequests:
		return "the server accepts no more requests for now: try again later or with a lower --rate"
	}
	return e.usual(o, credential)
}

// edgeSaid is an error of an Edge management server, as far as it is read. Source: docs.apigee.com, "Management API errors".
type edgeSaid struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// edgeMessage is what the error of an Edge management server says, {"code": …, "message": …}; any other body as it is.
func edgeMessage(body string) string {
	var said edgeSaid
	if err := json.Unmarshal([]byte(body), &said); err != nil || said.Message == "" {
		return body
	}
	if said.Code == "" {
		return said.Message
	}
	return said.Message + " (" + said.Code + ")"
}

// edgeReason is the code of the error, "" where there is none.
func edgeReason(body string) string {
	var said edgeSaid
	_ = json.Unmarshal([]byte(body), &said) // anything else has no code
	return said.Code
}

// saysNotDeployed reports whether an error only says that something is deployed nowhere, as some servers do where others
// send an empty list. Only the codes are documented, and not every version sends them.
// Source: the tests of apigee-edge-js, and Apigee's EdgeTools.
func saysNotDeployed(err error) bool {
	e, ok := errors.AsType[*statusError](err)
	return ok && e.code == http.StatusBadRequest &&
		(e.reason == "distribution.ApplicationNotDeployed" || e.reason == "distribution.RevisionNotDeployed" || strings.Contains(strings.ToLower(e.message), "not deployed"))
}
