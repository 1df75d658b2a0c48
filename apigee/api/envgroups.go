package api

import (
	"context"

	"apigee-audit/apigee"
	"apigee-audit/internal/crew"
)

// EnvironmentGroups lists host names, and asks for the attachments of each group.
func (c *X) EnvironmentGroups(ctx context.Context) ([]apigee.EnvironmentGroup, error) {
	call := question{path: c.conn.below("envgroups"), operation: operation{
		doing: "list the environment groups", permission: "apigee.envgroups.list", missing: "check --org and --endpoint",
	}}
	groups, err := pages(ctx, c.conn, call, page[apigee.EnvironmentGroup]{key: "environmentGroups", read: readGroup})
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		if err := checkName("environment group", g.Name); err != nil {
			return nil, &callError{operation: call.operation, cause: err, tries: 1}
		}
	}
	refused := make([]error, len(groups))
	left := newAllowance(maxList) // of all groups together
	crew.Each(len(groups), cap(c.conn.calls.slots), func(i int) {
		groups[i].Environments, refused[i] = c.attachments(ctx, groups[i].Name, left)
	})
	for _, err := range refused {
		if err != nil {
			return nil, err
		}
	}
	return groups, nil
}

func readGroup(r *reader) (apigee.EnvironmentGroup, error) {
	var group struct {
		Name      string   `json:"name"`
		Hostnames []string `json:"hostnames"`
	}
	err := r.value(&group)
	return apigee.EnvironmentGroup{Name: group.Name, Hostnames: group.Hostnames}, err
}

// attachments are the environments of one group.
func (c *X) attachments(ctx context.Context, group string, left *allowance) ([]string, error) {
	call := question{path: c.conn.below("envgroups", group, "attachments"), left: left, operation: operation{
		doing: "list the environments of group " + group, permission: "apigee.envgroupattachments.list",
		missing: "the group no longer exists, or is not visible to this account",
	}}
	names, err := pages(ctx, c.conn, call, page[string]{key: "environmentGroupAttachments", read: func(r *reader) (string, error) {
		var attachment struct {
			Environment string `json:"environment"`
		}
		err := r.value(&attachment)
		return attachment.Environment, err
	}})
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if err := checkName("environment", name); err != nil {
			return nil, &callError{operation: call.operation, cause: err, tries: 1}
		}
	}
	return names, nil
}
