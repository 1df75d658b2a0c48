package apigee

import "slices"

// EnvironmentGroup is the host names under which the environments attached to it are called.
type EnvironmentGroup struct {
	Name         string
	Hostnames    []string
	Environments []string
}

// Product is an API product: what it opens to the apps that have it.
type Product struct {
	Name         string
	Environments []string // empty means all
	Proxies      []string // of the plain list and of operation groups; empty means all
}

// Allows reports whether apps with the product may call a proxy in an environment.
func (p Product) Allows(environment, proxy string) bool {
	return (len(p.Environments) == 0 || slices.Contains(p.Environments, environment)) &&
		(len(p.Proxies) == 0 || slices.Contains(p.Proxies, proxy))
}

// App is a client of the organization, without its keys and secrets.
type App struct {
	ID, Name string
}
