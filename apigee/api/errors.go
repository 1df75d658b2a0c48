package api

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/apigee/auth"
	"apigee-audit/apigee/inventory"
	"apigee-audit/internal/text"
)

// operation is one kind of call in words, for its errors.
type operation struct {
	doing      string // "list the proxy deployments of organization acme"
	permission string // what a 403 is short of
	forbidden  string // what to add to the advice of a 403
	missing    string // what a 404 means
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
	if e.advice == "" {
		return e.why()
	}
	return e.why() + "; " + e.advice
}

func (e *callError) why() string {
	if e.tries > 1 {
		return fmt.Sprintf("%v (after %d tries)", e.cause, e.tries)
	}
	return e.cause.Error()
}

// Explain takes an error of this package apart: what went wrong, and what to do about it, "" where that is not known.
func Explain(err error) (why, advice string) {
	if e, ok := errors.AsType[*callError](err); ok {
		return e.why(), e.advice
	}
	return err.Error(), ""
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
	// from is the platform that answers so, "" where that cannot be seen.
	from apigee.Platform
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
	if e.from == apigee.PlatformEdge {
		return e.strange()
	}
	return e.usual(o, credential)
}

// strange is the advice about the answer of another platform than was asked.
func (e *statusError) strange() string {
	stranger := &strangerError{e.from}
	return stranger.Error() + ": " + stranger.advice()
}

// usual is the advice about an answer that either platform gives.
func (e *statusError) usual(o operation, credential auth.Advice) string {
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
	if e.code >= http.StatusInternalServerError {
		return "the server has a fault of its own: try again later"
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
	return fmt.Sprintf("%s needs the permission %s; the role %s has it%s", credential.Account, o.permission, roleWith(o.permission), o.forbidden)
}

// contentError is an answer that arrived whole and is not what it should be; another try would bring the same.
type contentError struct{ text string }

func (e *contentError) Error() string { return e.text }
