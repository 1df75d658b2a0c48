package simulator

import (
	"cmp"
	"net/http"
	"slices"

	"apigee-audit/apigee"
)

// edgePart is one kind of things inside a revision, under the name of its collection.
type edgePart struct {
	collection string
	names      func(description) []string
	one        func(d description, name string) any
}

// edgeParts are what Edge has a resource for and X has only inside of bundles. They are told as far as tools ask for them.
func edgeParts() []edgePart {
	return []edgePart{
		{"policies", func(d description) []string { return d.policies }, func(_ description, name string) any {
			return edgeNamedOnly{name}
		}},
		{"proxies", func(d description) []string { return d.proxyEndpoints }, func(d description, name string) any {
			return edgeEndpoint{edgeConnection{d.basePath(name), "httpConnection", d.virtualHosts(name)}, "httpConnection", name, "Proxy"}
		}},
		{"targets", func(d description) []string { return d.targets }, func(_ description, name string) any { return edgeNamedOnly{name} }},
		{"sharedflows", func(d description) []string { return d.sharedFlow }, func(_ description, name string) any { return edgeNamedOnly{name} }},
		{"resources", resourceNames, func(_ description, name string) any { return edgeNamedOnly{name} }},
	}
}

func resourceNames(d description) []string {
	var names []string
	for _, r := range d.resources {
		names = append(names, r.Type+"://"+r.Name)
	}
	return names
}

type edgeNamedOnly struct {
	Name string `json:"name"`
}

type edgeEndpoint struct {
	Connection     edgeConnection `json:"connection"`
	ConnectionType string         `json:"connectionType"`
	Name           string         `json:"name"`
	Type           string         `json:"type"`
}

type edgeConnection struct {
	BasePath       string   `json:"basePath"`
	ConnectionType string   `json:"connectionType"`
	VirtualHost    []string `json:"virtualHost"`
}

func (d description) basePath(endpoint string) string {
	return d.basePaths[slices.Index(d.proxyEndpoints, endpoint)]
}

// virtualHosts are those of a proxy endpoint that an environment may have: all without any.
func (d description) virtualHosts(endpoint string) []string {
	named := d.hosts[slices.Index(d.proxyEndpoints, endpoint)]
	if len(named) == 0 {
		return virtualHostNames()
	}
	return named
}

func (p edgePart) list(kind apigee.Kind) endpoint {
	return func(o *served, r *http.Request) any {
		id, bad := o.revisionAsked(kind, r)
		if bad != nil {
			return bad
		}
		return append([]string{}, p.names(o.revisions[id].describe())...)
	}
}

func (p edgePart) get(kind apigee.Kind) endpoint {
	return func(o *served, r *http.Request) any {
		id, bad := o.revisionAsked(kind, r)
		if bad != nil {
			return bad
		}
		d, name := o.revisions[id].describe(), r.PathValue("part")
		if !slices.Contains(p.names(d), name) {
			return refusal(http.StatusNotFound, "simulator.NoSuchPart", "Revision "+id.Number+" of "+id.Name+" has no "+name+" among its "+p.collection)
		}
		return p.one(d, name)
	}
}

// virtualHostNames are the virtual hosts that every environment of Public Cloud has.
func virtualHostNames() []string { return []string{"default", "secure"} }

func edgeVirtualHosts(*served, *Environment, *http.Request) any { return virtualHostNames() }

func edgeVirtualHost(o *served, e *Environment, r *http.Request) any {
	name := r.PathValue("host")
	if !slices.Contains(virtualHostNames(), name) {
		return refusal(http.StatusNotFound, "messaging.config.beans.VirtualHostDoesNotExist", "VirtualHost "+name+" does not exist")
	}
	type tls struct {
		Enabled string `json:"enabled"`
	}
	host := struct {
		HostAliases []string `json:"hostAliases"`
		Interfaces  []string `json:"interfaces"`
		Name        string   `json:"name"`
		Port        string   `json:"port"`
		TLS         *tls     `json:"sSLInfo,omitempty"`
	}{o.hostNames(e), []string{}, name, "80", nil}
	if name == "secure" {
		host.Port, host.TLS = "443", &tls{"true"}
	}
	return host
}

// hostNames are those of the environment's groups, which take the place of virtual hosts on X.
func (o *served) hostNames(e *Environment) []string {
	var names []string
	for _, g := range o.Groups {
		if slices.Contains(g.Environments, e.Name) {
			names = append(names, g.Hostnames...)
		}
	}
	if len(names) == 0 {
		names = []string{cmp.Or(o.Name, "org") + "-" + e.Name + ".apigee.net"}
	}
	return names
}
