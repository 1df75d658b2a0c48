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
	return flowHooks(environment, func(point string) (string, error) { return c.hook(ctx, environment, point) })
}

// flowHooks asks for each hook point at once; read gives the shared flow attached there, or "".
func flowHooks(environment string, read func(point string) (string, error)) ([]apigee.FlowHook, error) {
	if err := checkName("environment", environment); err != nil {
		return nil, fmt.Errorf("read the flow hooks of an environment: %w", err)
	}
	points := apigee.HookPoints()
	attached := make([]string, len(points))
	refused := make([]error, len(points))
	var group sync.WaitGroup
	for i, point := range points {
		group.Go(func() { attached[i], refused[i] = read(point) })
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
	call := hookOperation(environment, point)
	answer, err := do(ctx, c.conn.calls, call, func(ctx context.Context) (*management.GoogleCloudApigeeV1FlowHook, error) {
		return c.service.Organizations.Environments.Flowhooks.Get(c.resource("/environments/" + environment + "/flowhooks/" + point)).Context(ctx).Do()
	})
	if err != nil {
		return "", err
	}
	return call.attached(answer.SharedFlow)
}

func hookOperation(environment, point string) operation {
	return operation{
		doing:      fmt.Sprintf("read flow hook %s of environment %s", point, environment),
		permission: "apigee.flowhooks.getSharedFlow",
		missing:    "environment " + environment + " does not exist any more, or is not visible to this account",
	}
}

// attached checks the name that a hook point gave; none is fine.
func (o operation) attached(sharedFlow string) (string, error) {
	if sharedFlow == "" {
		return "", nil
	}
	if err := checkName("shared flow", sharedFlow); err != nil {
		return "", fmt.Errorf("%s: %w", o.doing, err)
	}
	return sharedFlow, nil
}
