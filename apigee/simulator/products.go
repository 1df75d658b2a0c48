package simulator

import (
	"net/http"
	"slices"
	"strings"
)

// productPage is how many products an answer holds.
// Source: Apigee API discovery document, organizations.apiproducts.list, count.
const productPage = 1000

// apiProduct is GoogleCloudApigeeV1ApiProduct, as much of it as an audit could ask for.
type apiProduct struct {
	Name           string          `json:"name"`
	DisplayName    string          `json:"displayName,omitempty"`
	ApprovalType   string          `json:"approvalType,omitempty"`
	Environments   []string        `json:"environments,omitempty"`
	Proxies        []string        `json:"proxies,omitempty"`
	OperationGroup *operationGroup `json:"operationGroup,omitempty"`
	CreatedAt      millis          `json:"createdAt"`
	LastModifiedAt millis          `json:"lastModifiedAt"`
}

type operationGroup struct {
	OperationConfigType string            `json:"operationConfigType"`
	OperationConfigs    []operationConfig `json:"operationConfigs"`
}

type operationConfig struct {
	APISource  string      `json:"apiSource"`
	Operations []operation `json:"operations"`
}

type operation struct {
	Resource string `json:"resource"`
}

// listProducts pages with a key that is inclusive: the page begins with the product that startKey names.
func listProducts(o *served, r *http.Request) any {
	q := r.URL.Query()
	expand, bad := flag(r, "expand")
	if bad != nil {
		return bad
	}
	size := number(q.Get("count"), productPage)
	if size < 1 || size > productPage {
		return invalid("count must be between 1 and 1000")
	}
	var list struct {
		APIProduct []any `json:"apiProduct,omitempty"`
	}
	for _, p := range o.products() {
		if p.Name < q.Get("startKey") || len(list.APIProduct) == size {
			continue
		}
		if !expand {
			list.APIProduct = append(list.APIProduct, map[string]string{"name": p.Name})
			continue
		}
		list.APIProduct = append(list.APIProduct, p.expanded())
	}
	return list
}

// products are those of the organization, sorted.
func (o *served) products() []Product {
	return slices.SortedFunc(slices.Values(o.Records.Products), func(a, b Product) int { return strings.Compare(a.Name, b.Name) })
}

func getProduct(o *served, r *http.Request) any {
	for _, p := range o.products() {
		if p.Name == r.PathValue("product") {
			return p.expanded()
		}
	}
	return notFound("API product " + r.PathValue("product") + " not found in organization " + o.Name)
}

func (p Product) expanded() apiProduct {
	a := apiProduct{
		Name: p.Name, DisplayName: p.Name, ApprovalType: "auto", Environments: p.Environments, Proxies: p.Proxies,
		CreatedAt: epoch, LastModifiedAt: epoch,
	}
	for _, proxy := range p.Operations {
		if a.OperationGroup == nil {
			a.OperationGroup = &operationGroup{OperationConfigType: "proxy"}
		}
		a.OperationGroup.OperationConfigs = append(a.OperationGroup.OperationConfigs, operationConfig{proxy, []operation{{"/**"}}})
	}
	return a
}

// app is GoogleCloudApigeeV1App.
type app struct {
	AppID       string       `json:"appId"`
	Name        string       `json:"name,omitempty"`
	Status      string       `json:"status,omitempty"`
	Credentials []credential `json:"credentials,omitempty"`
}

// credential is GoogleCloudApigeeV1Credential. It is served to those who ask for it, so that tests can hold that the
// audit does not.
type credential struct {
	ConsumerKey    string `json:"consumerKey"`
	ConsumerSecret string `json:"consumerSecret"`
}

func listApps(o *served, r *http.Request) any {
	expand, bad := flag(r, "expand")
	if bad != nil {
		return bad
	}
	secrets, bad := flag(r, "includeCred")
	if bad != nil {
		return bad
	}
	var all []app
	for _, p := range o.Records.Products {
		if wanted := r.URL.Query().Get("apiProduct"); wanted != "" && p.Name != wanted {
			continue
		}
		for _, name := range p.Apps {
			a := app{AppID: "app-" + name}
			if expand {
				a.Name, a.Status = name, "approved"
			}
			if secrets {
				a.Credentials = []credential{{"key-of-" + name, "secret-of-" + name}}
			}
			all = append(all, a)
		}
	}
	part, next, bad := page(r, all, productPage)
	if bad != nil {
		return bad
	}
	return struct {
		App           []app  `json:"app,omitempty"`
		NextPageToken string `json:"nextPageToken,omitempty"`
	}{part, next}
}

// debugMask is GoogleCloudApigeeV1DebugMask.
type debugMask struct {
	Name string `json:"name"`
	DebugMaskSpec
}

func getDebugMask(o *served, e *Environment, _ *http.Request) any {
	return debugMask{"organizations/" + o.Name + "/environments/" + e.Name + "/debugmask", o.Records.Masks[e.Name]}
}
