package api

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/internal/crew"
)

func (e *Edge) listSharedFlows(ctx context.Context, list *edgeList) error {
	call := question{path: e.conn.below("sharedflows"), operation: operation{
		doing:   "list the shared flows of organization " + e.conn.organization,
		missing: "this management server knows no shared flows",
	}}
	answer, err := ask(ctx, e.conn, e.conn.calls, call, namesAnswer{})
	switch {
	case hasStatus(err, http.StatusForbidden), hasStatus(err, http.StatusNotFound):
		list.refusal = cmp.Or(list.refusal, err)
		list.unlisted(apigee.KindSharedFlow, "", "", err)
		return nil
	case err != nil:
		return err
	}
	list.listed = true
	names := answer.names
	answers, refused := make([][]edgeDeployed, len(names)), make([]error, len(names))
	left := newAllowance(maxList) // of all shared flows together
	crew.Each(len(names), cap(e.conn.calls.slots), func(i int) {
		if refused[i] = ctx.Err(); refused[i] == nil {
			answers[i], refused[i] = e.sharedFlow(ctx, names[i], left)
		}
	})
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("list the shared flow deployments: %w", err)
	}
	for i, name := range names {
		switch err := refused[i]; {
		case hasStatus(err, http.StatusUnauthorized):
			return err
		case err != nil:
			list.unlisted(apigee.KindSharedFlow, "", name, err)
			continue
		}
		for _, environment := range answers[i] {
			list.add(environment)
		}
	}
	return nil
}

func (e *Edge) sharedFlow(ctx context.Context, name string, left *allowance) ([]edgeDeployed, error) {
	if err := checkName("shared flow", name); err != nil {
		return nil, err
	}
	call := question{path: e.conn.below("sharedflows", name, "deployments"), left: left, operation: operation{
		doing:   "list the deployments of shared flow " + name,
		missing: "the shared flow was deleted since the shared flows were listed, or is not visible to this account",
	}}
	answer, err := ask(ctx, e.conn, e.conn.calls, call, edgeSharedFlow{organization: e.conn.organization, asked: name})
	// Some servers answer so where others answer with an empty list.
	if hasStatus(err, http.StatusBadRequest) && strings.Contains(strings.ToLower(err.Error()), "not deployed") {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return answer.environments, nil
}
