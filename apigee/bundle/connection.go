package bundle

import (
	"strings"

	"apigee-audit/apigee/xmltree"
)

// Connection is where a target endpoint, a route or a ServiceCallout sends its requests, as it is written: any part may
// hold message templates. The zero value stands for none.
// Source: docs.cloud.google.com/apigee/docs/api-platform/fundamentals/connecting-proxies-other-proxies.
type Connection struct {
	// URL is that of an HTTPTargetConnection, "" where target servers are balanced.
	URL string
	// Proxy and ProxyEndpoint name the proxy of the same environment that a LocalTargetConnection leads to.
	Proxy, ProxyEndpoint string
	// Path is that of a LocalTargetConnection that names no proxy, or the path below balanced target servers.
	Path string
	// Local is true for a LocalTargetConnection.
	Local bool
}

// ReadConnection reads the HTTPTargetConnection or LocalTargetConnection of a target endpoint or a ServiceCallout.
func ReadConnection(parent *xmltree.Node) Connection {
	var c Connection
	for n := range parent.Children() {
		switch n.Name {
		case "HTTPTargetConnection":
			c.URL = strings.Clone(n.Child("URL").String())
			c.Path = strings.Clone(n.Child("Path").String())
		case "LocalTargetConnection":
			c.Local = true
			c.Proxy = strings.Clone(n.Child("APIProxy").String())
			c.ProxyEndpoint = strings.Clone(n.Child("ProxyEndpoint").String())
			c.Path = strings.Clone(n.Child("Path").String())
		}
	}
	return c
}
