package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"time"

	"golang.org/x/oauth2"
	"google.golang.org/api/googleapi"

	"apigee-audit/apigee/auth"
	"apigee-audit/internal/text"
)

// failure is one try that did not work, judged.
type failure struct {
	cause  error // in our words: without the token, without the server's control characters
	advice string
	again  bool          // another try may work
	after  time.Duration // what the server asks to wait first
	// answered is whether the server said no; where that does not last, it is about the one thing that was asked for, such
	// as that it is not there. credentials is whether anything else would be refused alike.
	answered, credentials bool
}

// lasting reports whether the next question may well fail alike, whatever it is.
func (f *failure) lasting() bool { return f.again || f.credentials }

// judge works out what went wrong with one try and whether another makes sense.
func (c *caller) judge(o operation, err error, seen *attempt) failure {
	if e, ok := errors.AsType[*auth.TokenError](err); ok {
		return failure{cause: c.tokenFailure(e), advice: c.tokenAdvice(e), again: isTransient(e.Err), credentials: true}
	}
	if e, ok := errors.AsType[*googleapi.Error](err); ok {
		return c.judgeStatus(o, e, seen)
	}
	if e, ok := errors.AsType[*auth.RedirectError](err); ok {
		return failure{cause: e, advice: "check --endpoint, and whether there is a proxy or a login page in between"}
	}
	if e, ok := errors.AsType[*contentError](err); ok {
		return failure{cause: errors.New(c.tokens.Redact(e.text))}
	}
	if e, ok := errors.AsType[*strangerError](err); ok {
		return failure{cause: e, advice: e.advice()}
	}
	if _, ok := errors.AsType[*json.SyntaxError](err); ok {
		return failure{
			cause:  fmt.Errorf("the answer is not JSON (content type %s)", text.QuoteSaid(c.tokens.Redact(seen.contentType))),
			advice: "check --endpoint, and whether there is a proxy or a login page in between",
			again:  true,
		}
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return failure{cause: fmt.Errorf("the answer does not have the documented shape: %s where %s belongs", text.Said(e.Value), shapeOf(e.Type))}
	}
	if e, ok := errors.AsType[*emptyError](err); ok {
		return failure{cause: e, advice: "check --endpoint, and whether there is a proxy or a login page in between", again: true}
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		advice, _ := c.server().advise(nil)
		return failure{cause: errors.New("the answer was cut short"), advice: advice, again: true}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return failure{
			cause:  fmt.Errorf("no complete answer within %v", c.timeout),
			advice: "check the network, or raise --request-timeout",
			again:  true,
		}
	}
	return c.judgeNetwork(err)
}

// shapeOf is what JSON calls the values of a type.
func shapeOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Slice, reflect.Array:
		return "list"
	case reflect.Struct, reflect.Map:
		return "object"
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "string"
	}
	return "number"
}

func (c *caller) judgeStatus(o operation, e *googleapi.Error, seen *attempt) failure {
	// The code inside an error's body is the server's to choose; the one on the wire is what happened.
	status := &statusError{code: seen.status, message: text.Said(c.tokens.Redact(e.Message))}
	if status.message == "" {
		status.message = text.Said(c.tokens.Redact(edgeMessage(e.Body)))
		status.reason = edgeReason(e.Body)
	}
	status.from = speaker(c.host, e.Body)
	return failure{
		cause:       status,
		advice:      c.advise(status, o, c.credential()),
		again:       status.code == http.StatusRequestTimeout || status.code == http.StatusTooManyRequests || status.code >= 500,
		after:       retryAfter(e.Header.Get("Retry-After"), c.clock.now()),
		answered:    true,
		credentials: status.code == http.StatusUnauthorized,
	}
}

func (c *caller) judgeNetwork(err error) failure {
	// The URL says nothing that the operation does not, and a redirect's may hold somebody's session.
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	advice, lasting := c.server().advise(err)
	return failure{cause: errors.New(text.Said(c.tokens.Redact(err.Error()))), advice: advice, again: !lasting}
}

// server is the management API, as whom requests do not reach.
func (c *caller) server() peer { return peer{c.host, "--endpoint"} }

// tokenFailure rewords what a token server said; the libraries' own texts repeat its whole answer.
func (c *caller) tokenFailure(e *auth.TokenError) error {
	why := e.Err.Error()
	if refused, ok := errors.AsType[*oauth2.RetrieveError](e.Err); ok && refused.Response != nil {
		var said struct {
			Error       string `json:"error"`
			Description string `json:"error_description"`
		}
		_ = json.Unmarshal(refused.Body, &said) // without a JSON body, only the status counts
		why = fmt.Sprintf("the token server answered %d %s %s", refused.Response.StatusCode, said.Error, said.Description)
	}
	return &auth.TokenError{Err: errors.New(text.Said(c.tokens.Redact(why)))}
}

// tokenAdvice says what a person can do about a token that could not be had.
func (c *caller) tokenAdvice(e *auth.TokenError) string {
	if refused, ok := errors.AsType[*auth.LoginError](e.Err); ok {
		return refused.Advice
	}
	_, answered := errors.AsType[*oauth2.RetrieveError](e.Err)
	_, redirected := errors.AsType[*auth.RedirectError](e.Err)
	if failed, ok := errors.AsType[*url.Error](e.Err); ok && !answered && !redirected {
		advice, _ := peer{address: origin(failed.URL)}.advise(failed)
		return advice
	}
	return c.credential().Refused
}

// origin is scheme and host of an address that may hold secrets beyond them.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "the token server"
	}
	return text.Said(u.Scheme + "://" + u.Host)
}

// credential is what is known of the credential in use. Of any that is not known, the advice is how to log in.
func (c *caller) credential() auth.Advice {
	known := c.tokens.Advice()
	return auth.Advice{Refused: cmp.Or(known.Refused, c.login), Account: cmp.Or(known.Account, "this account")}
}

// isTransient says whether a token server may answer the next time.
func isTransient(err error) bool {
	if e, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		return e.Response != nil && (e.Response.StatusCode >= 500 || e.Response.StatusCode == http.StatusTooManyRequests)
	}
	if _, ok := errors.AsType[*auth.RedirectError](err); ok {
		return false
	}
	_, network := errors.AsType[net.Error](err)
	return network
}

// retryAfter reads the header of that name, seconds or an HTTP date; 0 if it is missing or invalid.
// Source: RFC 9110 section 10.2.3.
func retryAfter(header string, now time.Time) time.Duration {
	const ceiling = 24 * time.Hour // far beyond patience, and no overflow
	if seconds, err := strconv.ParseInt(header, 10, 64); err == nil {
		return time.Duration(min(max(seconds, 0), int64(ceiling/time.Second))) * time.Second
	}
	if date, err := http.ParseTime(header); err == nil {
		return min(max(date.Sub(now), 0), ceiling)
	}
	return 0
}
