package doctor

import (
	"context"
	"errors"

	"apigee-audit/apigee/api"
	"apigee-audit/apigee/auth"
)

// AdvisedError is an error with what to do about it.
type AdvisedError struct{ Why, Advice string }

func (e *AdvisedError) Error() string { return e.Why + "; " + e.Advice }

// Explain takes an error apart: what went wrong, and what to do about it, "" where that is not known. why words the end of
// the run.
func Explain(err error, why func(error) string) (text, advice string) {
	if missing, ok := errors.AsType[*auth.MissingError](err); ok {
		return missing.Why, missing.Advice
	}
	if e, ok := errors.AsType[*AdvisedError](err); ok {
		return e.Why, e.Advice
	}
	for _, end := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, end) {
			return why(end), ""
		}
	}
	return api.Explain(err)
}
