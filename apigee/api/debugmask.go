package api

import (
	"context"
	"fmt"

	management "google.golang.org/api/apigee/v1"

	"apigee-audit/apigee"
)

// DebugMask reads the debug mask of an environment. Every environment has one; it may be empty.
func (c *Client) DebugMask(ctx context.Context, environment string) (*apigee.DebugMask, error) {
	if err := checkName("environment", environment); err != nil {
		return nil, fmt.Errorf("read a debug mask: %w", err)
	}
	call := operation{
		// The environment is left out: it is the subject of the problem that this becomes.
		doing: "read the debug mask", permission: "apigee.maskconfigs.get",
		missing: "the environment does not exist any more, or is not visible to this account",
	}
	m, err := do(ctx, c.conn.calls, call, func(ctx context.Context) (*management.GoogleCloudApigeeV1DebugMask, error) {
		return c.service.Organizations.Environments.GetDebugmask(c.resource("/environments/" + environment + "/debugmask")).Context(ctx).Do()
	})
	if err != nil {
		return nil, err
	}
	return &apigee.DebugMask{
		Variables: m.Variables, RequestJSONPaths: m.RequestJSONPaths, ResponseJSONPaths: m.ResponseJSONPaths, FaultJSONPaths: m.FaultJSONPaths,
	}, nil
}
