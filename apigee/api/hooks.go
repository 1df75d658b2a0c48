package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"apigee-audit/apigee"
	"apigee-audit/internal/crew"
)

// FlowHooks reads the four hook points of an environment, one request each, because the API does not list them. A point without
// a shared flow is an answer like any other.
func (c *X) FlowHooks(ctx context.Context, environment string) ([]apigee.FlowHook, error) {
	hooks, _, err := c.conn.flowHooks(ctx, environment)
	return hooks, err
}

// flowHooks asks for each hook point at once; unknown reports whether the server has no answer to any of them.
func (c *connection) flowHooks(ctx context.Context, environment string) (hooks []apigee.FlowHook, unknown bool, err error) {
	if err := checkName("environment", environment); err != nil {
		return nil, false, fmt.Errorf("read the flow hooks of an environment: %w", err)
	}
	points := apigee.HookPoints()
	attached := make([]string, len(points))
	refused := make([]error, len(points))
	crew.Each(len(points), len(points), func(i int) { attached[i], refused[i] = c.hook(ctx, environment, points[i]) })
	unknown = !slices.ContainsFunc(refused, func(err error) bool { return !hasStatus(err, http.StatusNotFound) })
	for i, point := range points {
		// The first in pipeline order speaks for all, so that two runs say the same.
		if refused[i] != nil {
			return nil, unknown, refused[i]
		}
		if attached[i] != "" {
			hooks = append(hooks, apigee.FlowHook{Environment: environment, Point: point, SharedFlow: attached[i]})
		}
	}
	return hooks, false, nil
}

// hookAnswer is GoogleCloudApigeeV1FlowHook, and what Edge has in its place. Where no shared flow is attached, both leave
// out its name and nothing else.
// Source: Apigee API discovery document, flowhooks.get; apidocs.apigee.com, "Get the shared flow attached to a flow hook".
type hookAnswer struct {
	point      string // that was asked for
	unnamed    bool   // Edge does not say which point its answer is about, only whether errors stop the flow
	told       string
	sharedFlow string
	onError    *bool
}

func (*hookAnswer) bound() *allowance { return newAllowance(maxSmallAnswer) }

func (a *hookAnswer) field(r *reader, name string) (bool, error) {
	switch name {
	case "flowHookPoint":
		return true, r.value(&a.told)
	case "sharedFlow":
		return true, r.value(&a.sharedFlow)
	case "continueOnError":
		return true, r.value(&a.onError)
	}
	return false, nil
}

func (a *hookAnswer) check() error {
	if a.unnamed && a.told == "" && (a.onError != nil || a.sharedFlow != "") {
		return nil
	}
	return about("flow hook", a.point, a.told)
}

// hook asks what is attached to one point: the name of a shared flow, or "".
func (c *connection) hook(ctx context.Context, environment, point string) (string, error) {
	call := question{path: c.below("environments", environment, "flowhooks", point), operation: operation{
		doing:      fmt.Sprintf("read flow hook %s of environment %s", point, environment),
		permission: mayReadFlowHook,
		missing:    "environment " + environment + " no longer exists, or is not visible to this account",
	}}
	answer, err := ask(ctx, c, c.calls, call, hookAnswer{point: point, unnamed: c.platform == apigee.PlatformEdge})
	if err != nil || answer.sharedFlow == "" {
		return "", err
	}
	if err := checkName("shared flow", answer.sharedFlow); err != nil {
		return "", fmt.Errorf("%s: %w", call.doing, err)
	}
	return answer.sharedFlow, nil
}
