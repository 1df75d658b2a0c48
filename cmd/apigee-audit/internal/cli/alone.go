package cli

import (
	"errors"
	"fmt"

	"apigee-audit/internal/crew"
)

// alone does the work on one organization, and turns a panic in it into an error of that organization: the others go
// on, and what was found in them is reported.
func alone[T any](a *app, organization string, work func() (T, error)) (result T, err error) {
	err = crew.Guard(func() (err error) {
		result, err = work()
		return err
	})
	crashed, ok := errors.AsType[*crew.Panic](err)
	if !ok {
		return result, err
	}
	a.logger().Debug("panic", "organization", organization, "value", crashed.Error(), "stack", string(crashed.Stack))
	return result, fmt.Errorf("apigee-audit crashed while auditing this organization (%w), so nothing is known about it; please report this bug, with the output of the same command with --log-level debug", crashed)
}
