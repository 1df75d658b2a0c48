package api

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"apigee-audit/apigee/auth"
	"apigee-audit/apigee/inventory"
	"apigee-audit/internal/text"
)

const (
	// readRole holds every permission that an audit needs.
	readRole = "roles/apigee.readOnlyAdmin"
	// analyticsRole is the role that traffic also needs.
	analyticsRole = "roles/apigee.analyticsViewer"
)

// operation is one kind of call in words, for its errors.
type operation struct {
	doing      string // "list the proxy deployments of organization acme"
	permission string // what a 403 is short of
	forbidden  string // what to add to the advice of a 403
	missing    string // what a 404 means
	role       string // the least role that has the permission; empty means readRole
}

// callError is a call that failed for good: what was being done, why it failed, and what to do next.
type callError struct {
	operation operation
	cause     error
	tries     int
	advice    string
}

func (e *callError) Error() string { return e.operation.doing + ": " + e.reason() }

func (e *callError) Unwrap() error { return e.cause }

// Is makes an answer of 404 an [inventory.ErrNotFound].
func (e *callError) Is(target error) bool {
	return target == inventory.ErrNotFound && hasStatus(e.cause, http.StatusNotFound)
}

// reason is the error without what was being done, for a problem that names its operation itself.
func (e *callError) reason() string {
	text := e.cause.Error()
	if e.tries > 1 {
		text += fmt.Sprintf(" (after %d tries)", e.tries)
	}
	if e.advice != "" {
		text += "; " + e.advice
	}
	return text
}

// reason is the text of any error of this package without what was being done.
func reason(err error) string {
	if e, ok := errors.AsType[*inventory.GaveUpError](err); ok {
		return reason(e.Err) + e.Note()
	}
	if e, ok := errors.AsType[*callError](err); ok {
		return e.reason()
	}
	return err.Error()
}

// statusError is an answer that says no. It takes the place of googleapi.Error, whose text repeats whole pages of HTML.
type statusError struct {
	code    int
	message string // the server's words, cleaned; may be empty
	reason  string // the name that Edge has for what is wrong, "distribution.ApplicationNotDeployed"; "" elsewhere
}

func (e *statusError) Error() string {
	answer := strings.TrimSpace(fmt.Sprintf("the server answered %d %s", e.code, http.StatusText(e.code)))
	if e.message != "" {
		answer += ": " + text.QuoteSaid(e.message)
	}
	return answer
}

// hasStatus says whether err is an answer with that status code.
func hasStatus(err error, code int) bool {
	e, ok := errors.AsType[*statusError](err)
	return ok && e.code == code
}

// advice says what a person can do about an answer.
func (e *statusError) advice(o operation) string {
	switch e.code {
	case http.StatusUnauthorized:
		return "the access token has expired or is not accepted: " + auth.LoginAdvice
	case http.StatusForbidden:
		if strings.Contains(e.message, "authentication scopes") {
			return "the access token lacks the scope " + auth.Scope + ": " + auth.LoginAdvice
		}
		return fmt.Sprintf("this account needs the permission %s; the role %s has it%s", o.permission, cmp.Or(o.role, readRole), o.forbidden)
	case http.StatusNotFound:
		return o.missing
	case http.StatusTooManyRequests:
		return "the organization's quota is used up: try again later or with a lower --rate"
	}
	return ""
}

// contentError is an answer that arrived whole and is not what it should be; another try would bring the same.
type contentError struct{ text string }

func (e *contentError) Error() string { return e.text }
