// Package overlay answers as an organization would with a change deployed: bundles from disk in place of what is deployed or
// beside it, without some deployments, with other flow hooks. It is laid over another [inventory.Source], which stays as it is.
package overlay

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/internal/text"
)

// Change is what would be deployed, as somebody asks for it. The zero value changes nothing.
type Change struct {
	With    []With
	Without []Without
	Hooks   []Hook
}

// IsZero reports whether nothing is asked for.
func (c Change) IsZero() bool { return len(c.With)+len(c.Without)+len(c.Hooks) == 0 }

// With deploys the bundles of a path: a bundle's folder, a zip, or a tree of many.
type With struct {
	Path string
	// Environments are where they go; none is wherever their names are deployed now.
	Environments []string
}

// Without undeploys a proxy or shared flow.
type Without struct {
	// Kind is "" for a proxy of that name, else a shared flow.
	Kind         apigee.Kind
	Name         string
	Environments []string
}

// flag is how somebody asks for it, without the environments.
func (w Without) flag() string {
	if w.Kind == "" {
		return "--without " + w.Name
	}
	return "--without " + string(w.Kind) + "/" + w.Name
}

// Hook attaches a shared flow to a hook point of an environment; none detaches what is there.
type Hook = apigee.FlowHook

// Mistake is a change that does not fit the organization, or is none: whoever asked for it has to say something else.
type Mistake struct{ why string }

func (m *Mistake) Error() string { return m.why }

func mistakef(format string, args ...any) error { return &Mistake{fmt.Sprintf(format, args...)} }

// environmentNames is a list of names as Apigee allows them for environments, and more; no path that begins with a dot or has
// a slash is one.
var environmentNames = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*(,[A-Za-z0-9_][A-Za-z0-9_.-]*)*$`)

// ParseWith reads "[ENV,…=]PATH". What stands before the first = is a list of environments if it can be one.
func ParseWith(s string) (With, error) {
	w := With{Path: s}
	if before, after, ok := strings.Cut(s, "="); ok && environmentNames.MatchString(before) {
		w.Path, w.Environments = after, distinct(strings.Split(before, ","))
	}
	if w.Path == "" {
		return w, mistakef("--with %s names no path: give [ENV,…=]PATH, such as prod=./login", text.Quote(s))
	}
	return w, nil
}

// ParseWithout reads "NAME=ENV,…", and "sharedflows/NAME=ENV,…" where a proxy has the same name.
func ParseWithout(s string) (Without, error) {
	name, environments, ok := strings.Cut(s, "=")
	var w Without
	w.Name = name
	if kind, rest, qualified := strings.Cut(name, "/"); qualified {
		w.Kind, w.Name = apigee.Kind(kind), rest
	}
	kinds := []apigee.Kind{"", apigee.KindProxy, apigee.KindSharedFlow}
	if !ok || w.Name == "" || !slices.Contains(kinds, w.Kind) || !environmentNames.MatchString(environments) {
		return w, mistakef("--without %s is not NAME=ENV, such as login=prod; a shared flow with the name of a proxy is sharedflows/NAME", text.Quote(s))
	}
	w.Environments = distinct(strings.Split(environments, ","))
	return w, nil
}

// ParseHook reads "ENV/POINT=SHAREDFLOW", with nothing after = to detach.
func ParseHook(s string) (Hook, error) {
	place, flow, ok := strings.Cut(s, "=")
	environment, point, whole := strings.Cut(place, "/")
	if !ok || !whole || environment == "" {
		return Hook{}, mistakef("--hook %s is not ENV/POINT=SHAREDFLOW, such as prod/%s=verify; nothing after = detaches", text.Quote(s), apigee.PreProxyFlowHook)
	}
	if !slices.Contains(apigee.HookPoints(), point) {
		return Hook{}, mistakef("--hook %s: there is no flow hook %s; there are %s", text.Quote(s), text.Quote(point), text.List(apigee.HookPoints()))
	}
	return Hook{Environment: environment, Point: point, SharedFlow: flow}, nil
}

func distinct(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

// Applied is a change as it came out: which bundles there are, and what they replace.
type Applied struct {
	With    []Bundle
	Without []Undeployed
	Hooks   []Rehooked
}

// Bundle is one that the change deploys.
type Bundle struct {
	Path string // where it lies
	apigee.Ref
	Environments []string // sorted
	// Replaces are the revisions that it takes the place of, in the order of the environments; NewIn are those of the
	// environments in which it replaces none.
	Replaces, NewIn []string
}

// Undeployed is a proxy or shared flow that the change takes from an environment.
type Undeployed struct {
	apigee.Ref
	Environment string
	Revisions   []string
}

// Rehooked is a flow hook that the change sets, or with no SharedFlow detaches.
type Rehooked struct {
	Hook
	Instead string // the shared flow that is attached now, "" for none
}
