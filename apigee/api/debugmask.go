package api

import (
	"context"
	"fmt"
	"path"
	"strings"

	"apigee-audit/apigee"
)

// maskAnswer is as much of GoogleCloudApigeeV1DebugMask as is read.
type maskAnswer struct {
	asked string // the environment
	name  string // organizations/{org}/environments/{env}/debugmask
	mask  apigee.DebugMask
}

func (*maskAnswer) bound() *allowance { return newAllowance(maxSmallAnswer) }

func (a *maskAnswer) field(r *reader, name string) (bool, error) {
	switch name {
	case "name":
		return true, r.value(&a.name)
	case "variables":
		return true, r.value(&a.mask.Variables)
	case "requestJSONPaths":
		return true, r.value(&a.mask.RequestJSONPaths)
	case "responseJSONPaths":
		return true, r.value(&a.mask.ResponseJSONPaths)
	case "faultJSONPaths":
		return true, r.value(&a.mask.FaultJSONPaths)
	}
	return false, nil
}

func (a *maskAnswer) check() error {
	above, ok := strings.CutSuffix(a.name, "/debugmask")
	if !ok {
		return about("debug mask", "debugmask", a.name)
	}
	return about("environment", a.asked, path.Base(above))
}

// DebugMask reads the debug mask of an environment. Every environment has one; it may be empty, but for its name.
func (c *X) DebugMask(ctx context.Context, environment string) (*apigee.DebugMask, error) {
	if err := checkName("environment", environment); err != nil {
		return nil, fmt.Errorf("read a debug mask: %w", err)
	}
	call := question{path: c.conn.below("environments", environment, "debugmask"), operation: operation{
		// The environment is left out: it is the subject of the problem that this becomes.
		doing: "read the debug mask", permission: mayReadMask,
		missing: "the environment no longer exists, or is not visible to this account",
	}}
	answer, err := ask(ctx, c.conn, c.conn.calls, call, maskAnswer{asked: environment})
	if err != nil {
		return nil, err
	}
	return &answer.mask, nil
}
