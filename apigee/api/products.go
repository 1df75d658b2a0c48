package api

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	management "google.golang.org/api/apigee/v1"

	"apigee-audit/apigee"
)

// productPage is the most products an answer holds.
// Source: Apigee API discovery document, organizations.apiproducts.list, count.
const productPage = 1000

// Products lists the API products. The key to start a page from is the last product of the page before it, which is
// therefore repeated.
func (c *X) Products(ctx context.Context) ([]apigee.Product, error) {
	call := c.askProducts()
	call.left = newAllowance(maxList)
	var all []apigee.Product
	start := ""
	for range listPages {
		call.query = url.Values{"expand": {"true"}, "count": {strconv.Itoa(productPage)}}
		if start != "" {
			call.query.Set("startKey", start)
		}
		answer, err := ask(ctx, c.conn, c.conn.calls, call, page[apigee.Product]{key: "apiProduct", read: readProduct})
		if err != nil {
			return nil, err
		}
		found := answer.all
		for i, p := range found {
			if p.Name == "" {
				return nil, &callError{operation: call.operation, cause: &contentError{"one of the products has no name"}, tries: 1}
			}
			if i > 0 || start == "" || p.Name != start {
				all = append(all, p)
			}
		}
		if len(found) < productPage || found[len(found)-1].Name == start {
			return all, nil
		}
		start = found[len(found)-1].Name
	}
	return nil, noEnd(call.operation)
}

func (c *X) askProducts() question {
	return question{path: c.conn.below("apiproducts"), operation: operation{
		doing: "list the API products", permission: mayListProducts, missing: "check --org and --endpoint",
	}}
}

func readProduct(r *reader) (apigee.Product, error) {
	var p management.GoogleCloudApigeeV1ApiProduct
	err := r.value(&p)
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
	return out, err
}
