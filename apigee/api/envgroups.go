package api

import (
	"context"
	"sync"

	management "google.golang.org/api/apigee/v1"

	"apigee-audit/apigee"
)

// listPage is how many entries a page of a list is asked to hold, and listPages how many pages are read at most: the
// tokens of pages come from the server, which might never end.
const (
	listPage  = 1000
	listPages = 1000
)

// EnvironmentGroups lists host names, and asks for the attachments of each group.
func (c *Client) EnvironmentGroups(ctx context.Context) ([]apigee.EnvironmentGroup, error) {
	groups, err := pages(func(token string) ([]apigee.EnvironmentGroup, string, error) { return c.groupPage(ctx, token) })
	if err != nil {
		return nil, err
	}
	refused := make([]error, len(groups))
	var all sync.WaitGroup
	for i := range groups {
		all.Go(func() {
			groups[i].Environments, refused[i] = pages(func(token string) ([]string, string, error) {
				return c.attachmentPage(ctx, groups[i].Name, token)
			})
		})
	}
	all.Wait()
	for _, err := range refused {
		if err != nil {
			return nil, err
		}
	}
	return groups, nil
}

// pages gathers a list that comes in pages.
func pages[T any](read func(token string) ([]T, string, error)) ([]T, error) {
	var all []T
	token := ""
	for range listPages {
		page, next, err := read(token)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if next == "" || next == token {
			return all, nil
		}
		token = next
	}
	return nil, &contentError{"the list has no end"}
}

func (c *Client) groupPage(ctx context.Context, token string) ([]apigee.EnvironmentGroup, string, error) {
	call := operation{doing: "list the environment groups", permission: "apigee.envgroups.list", missing: "check --org and --endpoint"}
	answer, err := do(ctx, c.conn.calls, call, func(ctx context.Context) (*management.GoogleCloudApigeeV1ListEnvironmentGroupsResponse, error) {
		return c.service.Organizations.Envgroups.List(c.resource("")).PageSize(listPage).PageToken(token).Context(ctx).Do()
	})
	if err != nil {
		return nil, "", err
	}
	var groups []apigee.EnvironmentGroup
	for _, g := range answer.EnvironmentGroups {
		if g == nil {
			continue
		}
		if err := checkName("environment group", g.Name); err != nil {
			return nil, "", &callError{operation: call, cause: err, tries: 1}
		}
		groups = append(groups, apigee.EnvironmentGroup{Name: g.Name, Hostnames: g.Hostnames})
	}
	return groups, answer.NextPageToken, nil
}

func (c *Client) attachmentPage(ctx context.Context, group, token string) ([]string, string, error) {
	call := operation{
		doing: "list the environments of group " + group, permission: "apigee.envgroupattachments.list",
		missing: "the group does not exist any more, or is not visible to this account",
	}
	answer, err := do(ctx, c.conn.calls, call, func(ctx context.Context) (*management.GoogleCloudApigeeV1ListEnvironmentGroupAttachmentsResponse, error) {
		return c.service.Organizations.Envgroups.Attachments.List(c.resource("/envgroups/" + group)).PageSize(listPage).PageToken(token).Context(ctx).Do()
	})
	if err != nil {
		return nil, "", err
	}
	var names []string
	for _, a := range answer.EnvironmentGroupAttachments {
		if a != nil {
			names = append(names, a.Environment)
		}
	}
	return names, answer.NextPageToken, nil
}
