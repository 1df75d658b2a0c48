package cli

import (
	"context"
	"errors"
	"fmt"

	"apigee-audit/audit/finding"
	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/internal/crew"
)

// auditOne looks at one organization.
func (a *app) auditOne(ctx context.Context, c *config.Choices, t target, p *progress) (r *finding.Result, err error) {
	err = a.alone(c, t.name, func() (err error) {
		r, err = a.lookAt(ctx, c, t, p)
		return err
	})
	return r, err
}

// alone does the work on one organization, and turns a panic in it into an error of that organization: the others go
// on, and what was found in them is reported.
func (a *app) alone(c *config.Choices, organization string, work func() error) error {
	err := crew.Guard(work)
	crashed, ok := errors.AsType[*crew.Panic](err)
	if !ok {
		return err
	}
	a.logger(c.Verbose).Debug("panic", "organization", organization, "value", crashed.Error(), "stack", string(crashed.Stack))
	return fmt.Errorf("apigee-audit crashed while auditing this organization (%w), so nothing is known about it; please report this bug, with the output of the same command with -v", crashed)
}
