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
func (e *statusError) advice(o operation, credential auth.Advice) string {
	switch e.code {
	case http.StatusUnauthorized:
		return "the access token has expired or is not accepted: " + credential.Refused
	case http.StatusForbidden:
		return e.forbidden(o, credential)
	case http.StatusNotFound:
		return o.missing
	case http.StatusTooManyRequests:
		return "the organization's quota is used up: try again later or with a lower --rate"
	}
	return ""
}

// forbidden says what a person can do about an answer of 403 of Apigee X. Not each is about a permission.
func (e *statusError) forbidden(o operation, credential auth.Advice) string {
	switch {
	case strings.Contains(e.message, "authentication scopes"):
		return "the access token lacks the scope " + auth.Scope + ": " + credential.Refused
	case strings.Contains(e.message, "requires a quota project"):
		return "use a service account, for example with --impersonate, or an access token of `gcloud auth print-access-token`, neither of which needs a quota project"
	case strings.Contains(e.message, "has not been used in project"):
		return "enable the API in that project, or use an account of the organization's own project"
	}
	return fmt.Sprintf("%s needs the permission %s; the role %s has it%s", credential.Account, o.permission, cmp.Or(o.role, readRole), o.forbidden)
}

// contentError is an answer that arrived whole and is not what it should be; another try would bring the same.
type contentError struct{ text string }

func (e *contentError) Error() string { return e.text }
