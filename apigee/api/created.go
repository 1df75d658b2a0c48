package api

import (
	"context"
	"net/url"
	"time"

	management "google.golang.org/api/apigee/v1"

	"apigee-audit/apigee"
)

// createdAnswer is ListApiProxiesResponse or ListSharedFlowsResponse; that of an organization without is an empty object.
type createdAnswer struct {
	list    string // the field that holds it
	created map[string]time.Time
}

func (*createdAnswer) bound() *allowance { return newAllowance(maxList) }

func (a *createdAnswer) field(r *reader, name string) (bool, error) {
	if name != a.list {
		return false, nil
	}
	a.created = map[string]time.Time{}
	return true, r.list(name, func() error {
		var entry struct {
			Name     string                                        `json:"name"`
			MetaData *management.GoogleCloudApigeeV1EntityMetadata `json:"metaData"`
		}
		err := r.value(&entry)
		if m := entry.MetaData; m != nil && m.CreatedAt > 0 {
			a.created[entry.Name] = time.UnixMilli(m.CreatedAt)
		}
		return err
	})
}

func (*createdAnswer) check() error { return nil }

// Created lists when each proxy or shared flow of the organization came into being, deployed or not, in one request. Those
// in a Space that the account cannot see are left out by the server. An audit does not need it; a cache does, to tell a
// proxy from one of the same name that was deleted.
//
// Source: Apigee API discovery document, organizations.apis.list and organizations.sharedflows.list.
func (c *X) Created(ctx context.Context, kind apigee.Kind) (map[string]time.Time, error) {
	call := question{path: c.conn.below(string(kind)), query: url.Values{"includeMetaData": {"true"}}, operation: operation{
		doing: "list the " + kind.Noun() + " names of organization " + c.conn.organization, permission: mayListProxies,
	}}
	empty := createdAnswer{list: "proxies"}
	if kind == apigee.KindSharedFlow {
		call.permission = mayListSharedFlows
		empty.list = "sharedFlows"
	}
	answer, err := ask(ctx, c.conn, c.conn.calls, call, empty)
	if err != nil {
		return nil, err
	}
	return answer.created, nil
}
