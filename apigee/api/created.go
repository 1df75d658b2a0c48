package api

import (
	"context"
	"time"

	management "google.golang.org/api/apigee/v1"

	"apigee-audit/apigee"
)

// Created lists when each proxy or shared flow of the organization came into being, deployed or not, in one request. Those
// in a Space that the account cannot see are left out by the server. An audit does not need it; a cache does, to tell a
// proxy from one of the same name that was deleted.
//
// Source: Apigee API discovery document, organizations.apis.list and organizations.sharedflows.list.
func (c *Client) Created(ctx context.Context, kind apigee.Kind) (map[string]time.Time, error) {
	call := operation{doing: "list the " + kind.Noun() + " names of organization " + c.conn.organization, permission: "apigee.proxies.list"}
	if kind == apigee.KindSharedFlow {
		call.permission = "apigee.sharedflows.list"
	}
	return do(ctx, c.conn.calls, call, func(ctx context.Context) (map[string]time.Time, error) {
		created := map[string]time.Time{}
		add := func(name string, meta *management.GoogleCloudApigeeV1EntityMetadata) {
			if meta != nil && meta.CreatedAt > 0 {
				created[name] = time.UnixMilli(meta.CreatedAt)
			}
		}
		if kind == apigee.KindSharedFlow {
			list, err := c.service.Organizations.Sharedflows.List(c.resource("")).IncludeMetaData(true).Context(ctx).Do()
			if err != nil {
				return nil, err
			}
			for _, f := range list.SharedFlows {
				add(f.Name, f.MetaData)
			}
			return created, nil
		}
		list, err := c.service.Organizations.Apis.List(c.resource("")).IncludeMetaData(true).Context(ctx).Do()
		if err != nil {
			return nil, err
		}
		for _, p := range list.Proxies {
			add(p.Name, p.MetaData)
		}
		return created, nil
	})
}

// Platform is the line of Apigee that the client speaks to.
func (c *Client) Platform() apigee.Platform { return apigee.PlatformX }

// Endpoint is the scheme and host of the management API in use.
func (c *Client) Endpoint() string { return c.conn.endpoint.String() }
