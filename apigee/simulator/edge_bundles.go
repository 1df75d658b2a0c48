package simulator

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"apigee-audit/apigee"
	"apigee-audit/apigee/inventory"
)

// edgeNames lists the names of all proxies or shared flows. Proxies can be asked for in pages: count names from startKey
// on, startKey included.
func edgeNames(kind apigee.Kind) endpoint {
	return func(o *served, r *http.Request) any {
		names := append([]string{}, o.names[kind]...)
		query := r.URL.Query()
		if start := query.Get("startKey"); start != "" {
			i, _ := slices.BinarySearch(names, start)
			names = names[i:]
		}
		if count, err := strconv.Atoi(query.Get("count")); err == nil && count >= 0 {
			names = names[:min(count, len(names))]
		}
		return names
	}
}

func edgeAsset(kind apigee.Kind) endpoint {
	return func(o *served, r *http.Request) any {
		ref := apigee.Ref{Kind: kind, Name: r.PathValue("name")}
		numbers := o.numbers[ref]
		if len(numbers) == 0 {
			return unknownAsset(ref)
		}
		return struct {
			MetaData edgeMade `json:"metaData"`
			Name     string   `json:"name"`
			Revision []string `json:"revision"`
		}{edgeMadeAt(made(numbers[0]), made(numbers[len(numbers)-1])), r.PathValue("name"), numbers}
	}
}

func edgeRevisions(kind apigee.Kind) endpoint {
	return func(o *served, r *http.Request) any {
		ref := apigee.Ref{Kind: kind, Name: r.PathValue("name")}
		numbers := o.numbers[ref]
		if len(numbers) == 0 {
			return unknownAsset(ref)
		}
		return numbers
	}
}

// edgeInfo is the JSON about a revision, as much of it as an audit could ask for.
type edgeInfo struct {
	Name                 string        `json:"name"`
	Revision             string        `json:"revision"`
	Type                 string        `json:"type"`
	DisplayName          string        `json:"displayName"`
	Description          string        `json:"description"`
	ContextInfo          string        `json:"contextInfo"`
	ConfigurationVersion configVersion `json:"configurationVersion"`
	BasePaths            []string      `json:"basepaths"`
	Policies             []string      `json:"policies"`
	Proxies              []string      `json:"proxies"`
	Targets              []string      `json:"targets"`
	SharedFlows          []string      `json:"sharedFlows"`
	edgeMade
}

// edgeRevision answers with the bundle itself for format=bundle, otherwise with JSON about it.
func edgeRevision(kind apigee.Kind) endpoint {
	return func(o *served, r *http.Request) any {
		id := apigee.Revision{Kind: kind, Name: r.PathValue("name"), Number: r.PathValue("rev")}
		rev, ok := o.revisions[id]
		if !ok {
			return unknownRevision(id)
		}
		switch format := r.URL.Query().Get("format"); format {
		case "bundle":
			data, err := rev.zip()
			switch {
			case errors.Is(err, inventory.ErrNotFound):
				return unknownRevision(id)
			case err != nil && rev.Packed != nil:
				return forbidden(err.Error())
			case err != nil:
				return refusal(http.StatusInternalServerError, "simulator.Zip", err.Error())
			}
			return zipped(data)
		case "":
			d := rev.describe()
			return edgeInfo{
				Name: rev.Name, Revision: rev.Number, Type: "Application", DisplayName: d.displayName, Description: d.text,
				ContextInfo:          fmt.Sprintf("Revision %s of application %s, in organization %s", rev.Number, rev.Name, o.Name),
				ConfigurationVersion: configVersion{4, 0}, BasePaths: d.basePaths, Policies: d.policies,
				Proxies: d.proxyEndpoints, Targets: d.targets, SharedFlows: d.sharedFlow, edgeMade: edgeMadeAt(made(rev.Number), made(rev.Number)),
			}
		default:
			return refusal(http.StatusBadRequest, "simulator.Format", fmt.Sprintf("format %q is not supported", format))
		}
	}
}
