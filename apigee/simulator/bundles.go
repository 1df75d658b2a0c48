package simulator

import (
	"net/http"

	"apigee-audit/apigee"
)

// asset is GoogleCloudApigeeV1ApiProxy and GoogleCloudApigeeV1SharedFlow.
type asset struct {
	Name             string    `json:"name"`
	Revision         []string  `json:"revision,omitempty"`
	LatestRevisionID string    `json:"latestRevisionId,omitempty"`
	MetaData         *metaData `json:"metaData,omitempty"`
	APIProxyType     string    `json:"apiProxyType,omitempty"`
}

// metaData is GoogleCloudApigeeV1EntityMetadata.
type metaData struct {
	CreatedAt      millis `json:"createdAt"`
	LastModifiedAt millis `json:"lastModifiedAt"`
	SubType        string `json:"subType,omitempty"`
}

// listBundles names all proxies or shared flows, deployed or not.
func listBundles(kind apigee.Kind) endpoint {
	return func(o *served, r *http.Request) any {
		revisions, bad := flag(r, "includeRevisions")
		if bad != nil {
			return bad
		}
		meta, bad := flag(r, "includeMetaData")
		if bad != nil {
			return bad
		}
		var list struct {
			Proxies     []asset `json:"proxies,omitempty"`
			SharedFlows []asset `json:"sharedFlows,omitempty"`
		}
		into := &list.Proxies
		if kind == apigee.KindSharedFlow {
			into = &list.SharedFlows
		}
		for _, name := range o.names[kind] {
			a := o.asset(apigee.Ref{Kind: kind, Name: name})
			if !revisions {
				a.Revision, a.LatestRevisionID = nil, ""
			}
			if !meta {
				a.MetaData = nil
			}
			*into = append(*into, a)
		}
		return list
	}
}

func getBundle(kind apigee.Kind) endpoint {
	return func(o *served, r *http.Request) any {
		ref := apigee.Ref{Kind: kind, Name: r.PathValue("name")}
		if len(o.numbers[ref]) == 0 {
			return notFound(ref.String() + " not found in organization " + o.Name)
		}
		return o.asset(ref)
	}
}

func listRevisions(kind apigee.Kind) endpoint {
	return func(o *served, r *http.Request) any {
		ref := apigee.Ref{Kind: kind, Name: r.PathValue("name")}
		if len(o.numbers[ref]) == 0 {
			return notFound(ref.String() + " not found in organization " + o.Name)
		}
		return o.numbers[ref]
	}
}

func (o *served) asset(ref apigee.Ref) asset {
	numbers := o.numbers[ref]
	first, last := numbers[0], numbers[len(numbers)-1]
	a := asset{
		Name: ref.Name, Revision: numbers, LatestRevisionID: last,
		MetaData: &metaData{CreatedAt: made(first), LastModifiedAt: made(last)},
	}
	if ref.Kind == apigee.KindProxy {
		a.APIProxyType, a.MetaData.SubType = "PROGRAMMABLE", "Proxy"
	} else {
		a.MetaData.SubType = "SharedFlow"
	}
	return a
}
