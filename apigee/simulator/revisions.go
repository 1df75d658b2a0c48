package simulator

import (
	"errors"
	"fmt"
	"net/http"

	"apigee-audit/apigee"
	"apigee-audit/apigee/inventory"
)

// revisionInfo is GoogleCloudApigeeV1ApiProxyRevision and GoogleCloudApigeeV1SharedFlowRevision.
type revisionInfo struct {
	Name                 string         `json:"name"`
	Revision             string         `json:"revision"`
	Type                 string         `json:"type"`
	DisplayName          string         `json:"displayName,omitempty"`
	Description          string         `json:"description,omitempty"`
	ContextInfo          string         `json:"contextInfo"`
	ConfigurationVersion configVersion  `json:"configurationVersion"`
	Basepaths            []string       `json:"basepaths,omitempty"`
	Policies             []string       `json:"policies,omitempty"`
	Proxies              []string       `json:"proxies,omitempty"`
	ProxyEndpoints       []string       `json:"proxyEndpoints,omitempty"`
	Targets              []string       `json:"targets,omitempty"`
	TargetEndpoints      []string       `json:"targetEndpoints,omitempty"`
	SharedFlows          []string       `json:"sharedFlows,omitempty"`
	ResourceFiles        *resourceFiles `json:"resourceFiles,omitempty"`
	CreatedAt            millis         `json:"createdAt"`
	LastModifiedAt       millis         `json:"lastModifiedAt"`
}

// configVersion is the version of the bundle format; it has always been 4.0.
type configVersion struct {
	MajorVersion int `json:"majorVersion"`
	MinorVersion int `json:"minorVersion"`
}

type resourceFiles struct {
	ResourceFile []resourceFile `json:"resourceFile"`
}

type resourceFile struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// getRevision answers with the bundle itself for format=bundle, otherwise with JSON about it.
func getRevision(kind apigee.Kind) endpoint {
	return func(o *served, r *http.Request) any {
		id := apigee.Revision{Kind: kind, Name: r.PathValue("name"), Number: r.PathValue("rev")}
		rev, ok := o.revisions[id]
		if !ok {
			return notFound(id.String() + " not found in organization " + o.Name)
		}
		switch format := r.URL.Query().Get("format"); format {
		case "bundle":
			data, err := rev.zip()
			switch {
			case errors.Is(err, inventory.ErrNotFound):
				return notFound(err.Error())
			case err != nil && rev.Packed != nil:
				return refused(err.Error())
			case err != nil:
				return &apiError{http.StatusInternalServerError, "INTERNAL", err.Error()}
			}
			return zipped(data)
		case "":
			return o.info(rev)
		default:
			return invalid(fmt.Sprintf("format %q is not supported", format))
		}
	}
}

func (o *served) info(rev *revision) revisionInfo {
	d := rev.describe()
	info := revisionInfo{
		Name: rev.Name, Revision: rev.Number, Type: "Application",
		DisplayName: d.displayName, Description: d.text,
		ContextInfo:          fmt.Sprintf("Revision %s of application %s, in organization %s", rev.Number, rev.Name, o.Name),
		ConfigurationVersion: configVersion{4, 0},
		Basepaths:            d.basePaths, Policies: d.policies, SharedFlows: d.sharedFlow,
		Proxies: d.proxyEndpoints, ProxyEndpoints: d.proxyEndpoints, Targets: d.targets, TargetEndpoints: d.targets,
		CreatedAt: made(rev.Number), LastModifiedAt: made(rev.Number),
	}
	if len(d.resources) > 0 {
		info.ResourceFiles = &resourceFiles{d.resources}
	}
	return info
}
