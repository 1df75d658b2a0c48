package records

import (
	"slices"

	"apigee-audit/apigee"
	"apigee-audit/audit/flow"
)

// productIndex answers which API products open a proxy. It is nil where products were not asked for or could not be read.
//
// A product that names no proxy opens every proxy. Its clients may call any two, so it keeps no refresher from counting, and
// it ties none to an issuer either, because it would tie all to all.
type productIndex struct {
	products []apigee.Product
	byProxy  map[string][]int  // those that name the proxy
	general  []int             // those that open every proxy
	opened   map[proxyIn][]int // the answers of opens
}

// proxyIn is a proxy in an environment.
type proxyIn struct{ environment, proxy string }

func newProductIndex(rec *Records) *productIndex {
	if rec == nil || rec.Products == nil {
		return nil
	}
	x := &productIndex{products: rec.Products, byProxy: map[string][]int{}, opened: map[proxyIn][]int{}}
	for i, p := range rec.Products {
		if len(p.Proxies) == 0 {
			x.general = append(x.general, i)
		}
		for _, name := range p.Proxies {
			x.byProxy[name] = append(x.byProxy[name], i)
		}
	}
	return x
}

// opens lists the products that name a proxy and open it in an environment.
func (x *productIndex) opens(environment string, w *flow.Trace) []int {
	if x == nil || w.Program.Revision.Kind != apigee.KindProxy {
		return nil
	}
	key := proxyIn{environment, w.Program.Revision.Name}
	list, known := x.opened[key]
	if !known {
		list = slices.DeleteFunc(slices.Clone(x.byProxy[key.proxy]), func(i int) bool { return !x.products[i].Allows(environment, key.proxy) })
		x.opened[key] = list
	}
	return list
}

// opening are the names of the products that open an issuing proxy and a refresher, sorted.
func (x *productIndex) opening(i *Issuing, r *Refreshing) []string {
	if len(i.opens) == 0 || len(r.opens) == 0 {
		return nil
	}
	return x.names(slices.DeleteFunc(slices.Clone(i.opens), func(p int) bool { return !slices.Contains(r.opens, p) }))
}

func (x *productIndex) names(list []int) []string {
	var names []string
	for _, i := range list {
		names = append(names, x.products[i].Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// bars reports whether clients of an issuing proxy are known to have no product for a refresher: products open each of the
// two, and none opens both. A proxy in no product at all says nothing: OAuthV2 issues and refreshes for every client of the
// organization, and token endpoints are often left out of products.
func (x *productIndex) bars(i *Issuing, r *Refreshing) bool {
	if len(i.opens) == 0 || len(r.opens) == 0 || slices.ContainsFunc(i.opens, func(p int) bool { return slices.Contains(r.opens, p) }) {
		return false
	}
	return !slices.ContainsFunc(x.general, func(p int) bool {
		return x.products[p].Allows(i.environment, "") && x.products[p].Allows(r.Environment.Name, "")
	})
}
