package api

import (
	"context"
	"slices"

	management "google.golang.org/api/apigee/v1"

	"apigee-audit/apigee"
)

// productPage is the most products an answer holds.
// Source: Apigee API discovery document, organizations.apiproducts.list, count.
const productPage = 1000

// Products lists the API products. The key to start a page from is the last product of the page before it, which is
// therefore repeated.
func (c *Client) Products(ctx context.Context) ([]apigee.Product, error) {
	call := operation{doing: "list the API products", permission: "apigee.apiproducts.list", missing: "check --org and --endpoint"}
	var all []apigee.Product
	start := ""
	for range listPages {
		answer, err := do(ctx, c.conn.calls, call, func(ctx context.Context) (*management.GoogleCloudApigeeV1ListApiProductsResponse, error) {
			list := c.service.Organizations.Apiproducts.List(c.resource("")).Expand(true).Count(productPage)
			if start != "" {
				list = list.StartKey(start)
			}
			return list.Context(ctx).Do()
		})
		if err != nil {
			return nil, err
		}
		page := slices.DeleteFunc(answer.ApiProduct, func(p *management.GoogleCloudApigeeV1ApiProduct) bool { return p == nil })
		for i, p := range page {
			if i > 0 || start == "" || p.Name != start {
				all = append(all, readProduct(p))
			}
		}
		if len(page) < productPage || page[len(page)-1].Name == start {
			return all, nil
		}
		start = page[len(page)-1].Name
	}
	return nil, &callError{operation: call, cause: &contentError{"the list has no end"}, tries: 1}
}

func readProduct(p *management.GoogleCloudApigeeV1ApiProduct) apigee.Product {
	out := apigee.Product{Name: p.Name, Environments: p.Environments, Proxies: slices.Clone(p.Proxies)}
	if g := p.OperationGroup; g != nil {
		for _, o := range g.OperationConfigs {
			if o != nil {
				out.Proxies = append(out.Proxies, o.ApiSource)
			}
		}
	}
	if g := p.GraphqlOperationGroup; g != nil {
		for _, o := range g.OperationConfigs {
			if o != nil {
				out.Proxies = append(out.Proxies, o.ApiSource)
			}
		}
	}
	slices.Sort(out.Proxies)
	out.Proxies = slices.Compact(out.Proxies)
	return out
}
