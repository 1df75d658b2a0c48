package api

import (
	"context"
	"fmt"
	"sync"

	management "google.golang.org/api/apigee/v1"

	"apigee-audit/apigee"
)

// FlowHooks reads the four hook points of an environment, one request each, as there is no list of them. A point without
// a shared flow is an answer like any other.
func (c *Client) FlowHooks(ctx context.Context, environment string) ([]apigee.FlowHook, error) {
	if err := checkName("environment", environment); err != nil {
		return nil, fmt.Errorf("read the flow hooks of an environment: %w", err)
	}
	points := apigee.HookPoints()
	attached := make([]string, len(points))
	refused := make([]error, len(points))
	var group sync.WaitGroup
	for i, point := range points {
		group.Go(func() { attached[i], refused[i] = c.hook(ctx, environment, point) })
	}
	group.Wait()
	var hooks []apigee.FlowHook
	for i, point := range points {
		// The first in pipeline order speaks for all, so that two runs say the same.
		if refused[i] != nil {
			return nil, refused[i]
		}
		if attached[i] != "" {
			hooks = append(hooks, apigee.FlowHook{Environment: environment, Point: point, SharedFlow: attached[i]})
		}
	}
	return hooks, nil
}

// hook is the name of the shared flow attached to one point, or "".
func (c *Client) hook(ctx context.Context, environment, point string) (string, error) {
	call := operation{
		doing:      fmt.Sprintf("read flow hook %s of environment %s", point, environment),
		permission: "apigee.flowhooks.getSharedFlow",
		missing:    "environment " + environment + " does not exist any more, or is not visible to this account",
	}
	answer, err := do(ctx, c.conn.calls, call, func(ctx context.Context) (*management.GoogleCloudApigeeV1FlowHook, error) {
		return c.service.Organizations.Environments.Flowhooks.Get(c.resource("/environments/" + environment + "/flowhooks/" + point)).Context(ctx).Do()
	})
	if err != nil || answer.SharedFlow == "" {
		return "", err
	}
	if err := checkName("shared flow", answer.SharedFlow); err != nil {
		return "", fmt.Errorf("%s: %w", call.doing, err)
	}
	return answer.SharedFlow, nil
}
