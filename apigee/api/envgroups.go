package api

import (
	"context"

	"apigee-audit/apigee"
	"apigee-audit/internal/crew"
)

// EnvironmentGroups lists host names, and asks for the attachments of each group.
func (c *X) EnvironmentGroups(ctx context.Context) ([]apigee.EnvironmentGroup, error) {
	call := c.askGroups()
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

func (c *X) askGroups() question {
	return question{path: c.conn.below("envgroups"), operation: operation{
		doing: "list the environment groups", permission: mayListGroups, missing: "check --org and --endpoint",
	}}
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
	call := c.askAttachments(group)
	call.left = left
	names, err := pages(ctx, c.conn, call, page[string]{key: "environmentGroupAttachments", read: readAttachment})
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

func (c *X) askAttachments(group string) question {
	return question{path: c.conn.below("envgroups", group, "attachments"), operation: operation{
		doing: "list the environments of group " + group, permission: mayListAttachments,
		missing: "the group no longer exists, or is not visible to this account",
	}}
}

func readAttachment(r *reader) (string, error) {
	var attachment struct {
		Environment string `json:"environment"`
	}
	err := r.value(&attachment)
	return attachment.Environment, err
}
