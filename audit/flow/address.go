package flow

import (
	"regexp"
	"slices"
	"strings"

	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/xmltree"
	"apigee-audit/internal/text"
)

// Address is an API that a policy, a target or a route speaks of: a proxy by its name, or a path on some host.
type Address struct {
	// Proxy is the one that a LocalTargetConnection names; the rest is empty then.
	Proxy string
	Host  string // in lower case, without port; "" where the text does not say which
	Path  string // "/oauth/refresh", without query
	// Called reports whether requests are sent there; else the address is a literal that a client may get to see.
	Called bool
	// Local reports whether they are handed over inside the environment (LocalTargetConnection), endpoint which one they enter
	// where a proxy is named.
	Local    bool
	endpoint string
}

const (
	// maxAddresses bounds what is kept of one policy or target, maxAddress how long a path may be.
	maxAddresses = 64
	maxAddress   = 256
)

// readAddresses finds where a policy sends requests, and the addresses in what it may give to a client.
func (r *programReader) readAddresses(p *Policy, d *xmltree.Document) []Address {
	var found addresses
	switch p.Type {
	case bundle.TypeServiceCallout:
		found.connection(bundle.ReadConnection(d.Root))
	case bundle.TypeAssignMessage, bundle.TypeRaiseFault:
		for n := range d.Root.Children() {
			if n.Name != "DisplayName" {
				found.element(n)
			}
		}
	case bundle.TypeOAuthV2: // attributes are part of the response that GenerateResponse makes
		for n := range d.Root.Child("Attributes").Children() {
			found.text(n.Text)
		}
	case bundle.TypeJavascript, bundle.TypeJavaScript:
		found.script(r, d, false)
	case bundle.TypeScript, bundle.TypePythonScript:
		found.script(r, d, true)
	case bundle.TypeJavaCallout:
		found.element(d.Root.Child("Properties"))
	}
	return found
}

// readEndpointAddresses finds where a target endpoint or the routes of a proxy endpoint send requests.
func readEndpointAddresses(e *bundle.Endpoint) (target []Address, routes [][]Address) {
	var found addresses
	found.connection(e.Target)
	for _, rt := range e.Routes {
		var of addresses
		of.connection(bundle.Connection{URL: rt.URL})
		routes = append(routes, of)
	}
	return found, routes
}

// addresses collects without repetition.
type addresses []Address

func (a *addresses) add(found Address) {
	if len(*a) < maxAddresses && !slices.Contains(*a, found) {
		found.Proxy, found.endpoint = strings.Clone(found.Proxy), strings.Clone(found.endpoint)
		found.Host, found.Path = strings.Clone(found.Host), strings.Clone(found.Path)
		*a = append(*a, found)
	}
}

func (a *addresses) connection(c bundle.Connection) {
	if c.Local {
		a.add(Address{Proxy: c.Proxy, endpoint: c.ProxyEndpoint, Path: strings.TrimRight(c.Path, "/"), Called: true, Local: true})
		return
	}
	for _, s := range []string{c.URL, c.Path} {
		if found, ok := addressOf(s); ok {
			found.Called = true
			a.add(found)
		}
	}
}

// element takes the texts and attributes of an element and everything below it: payloads may be XML.
func (a *addresses) element(root *xmltree.Node) {
	for n := range root.Descendants() {
		a.text(n.Text)
		for i := range n.Attrs {
			a.text(n.Attrs[i].Value)
		}
	}
}

func (a *addresses) script(r *programReader, d *xmltree.Document, python bool) {
	a.element(d.Root.Child("Properties"))
	source, _ := r.scriptText(d)
	for s := range literals(source, python) {
		if a.text(s); len(*a) == maxAddresses {
			return
		}
	}
}

// text finds the addresses in running text, JSON or markup.
func (a *addresses) text(s string) {
	if !strings.Contains(s, "/") {
		return
	}
	s = strings.ReplaceAll(s, `\/`, "/") // JSON may write the slash so
	for word := range strings.FieldsFuncSeq(s, func(c rune) bool {
		return c <= ' ' || strings.ContainsRune("\"'`<>()[],;\\|=", c)
	}) {
		if found, ok := addressOf(strings.TrimRight(word, ".:")); ok {
			a.add(found)
		}
		if len(*a) == maxAddresses {
			return
		}
	}
}

// addressOf reads "https://host/path", "//host/path", "host.example.com/path", "{template}/path" or "/path". It refuses
// what names no path that could be distinguished from others.
func addressOf(word string) (Address, bool) {
	word, _, _ = strings.Cut(word, "?")
	word, _, _ = strings.Cut(word, "#")
	absolute := false
	if scheme, rest, cut := strings.Cut(word, "//"); cut && (scheme == "" || strings.HasSuffix(scheme, ":")) {
		word, absolute = rest, true
	}
	slash := strings.IndexByte(word, '/')
	if slash < 0 {
		return Address{}, false
	}
	host, path := word[:slash], strings.TrimRight(word[slash:], "/")
	if host != "" && !absolute && !strings.HasSuffix(host, "}") && !strings.Contains(host, ".") { // "application/json"
		return Address{}, false
	}
	if len(path) > maxAddress || !Distinctive(path) {
		return Address{}, false
	}
	if strings.ContainsAny(host, "{}") { // known at run time
		host = ""
	}
	host, _, _ = strings.Cut(host[strings.LastIndexByte(host, '@')+1:], ":")
	return Address{Host: strings.ToLower(host), Path: path}, true
}

// Distinctive tells paths with a segment that says something: more than a version, more than one character.
func Distinctive(path string) bool {
	return slices.ContainsFunc(strings.Split(path, "/"), func(s string) bool { return len(s) > 1 && !IsVersion(s) })
}

var versionPattern = regexp.MustCompile(`^(?i:v(?:er|ersion)?[-_.]?)?\d+(?:[-_.]\d+)*(?i:[-_.]?(?:alpha|beta|rc|preview)[-_.]?\d*)?$`)

// IsVersion tells segments of base paths that only say which version of something it is: v1, v2.1, 1.0, 2024-01-01,
// v1beta1.
func IsVersion(segment string) bool { return versionPattern.MatchString(segment) }

// SpokenAddress is an address that something in the running flows of a proxy speaks of.
type SpokenAddress struct {
	Address Address
	// By is what speaks of it: `ServiceCallout "Call"`.
	By string
}

// Addresses lists the APIs that the running flows of a proxy speak of. Flow hooks are left out: they run in every proxy and
// tell nothing of this one.
func (w *Trace) Addresses(e *Environment) []SpokenAddress {
	var out []SpokenAddress
	speaks := func(of []Address, by string) {
		for _, a := range of {
			out = append(out, SpokenAddress{a, by})
		}
	}
	own := w.ownPrograms(e)
	for _, r := range w.Sites {
		if p := r.Policy; len(p.addresses()) > 0 && own[p.Program] {
			speaks(p.addresses(), p.Type+" "+text.Quote(p.Name))
		}
	}
	for _, at := range w.Program.endpoints {
		if at.Role == bundle.TargetEndpoint && slices.Contains(w.routed, at) {
			speaks(at.addresses, "target endpoint "+text.Quote(at.Name))
		}
		for _, rt := range at.routes {
			speaks(rt.addresses, "route "+text.Quote(rt.name))
		}
	}
	return out
}

// ownPrograms are the bundle of a proxy and the shared flows that it may call.
func (w *Trace) ownPrograms(e *Environment) map[*Program]bool {
	own := map[*Program]bool{w.Program: true}
	for _, c := range e.callable(w) {
		for _, u := range c.programs {
			own[u] = true
		}
	}
	return own
}
