// Package audittest makes organizations for tests: out of the files of a fixture, or at random out of proxies of known behaviour.
package audittest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/inventory"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
)

// Organization is a source made of the files of a fixture or a page.
type Organization struct {
	recorded
	About    apigee.Organization
	Settings finding.Settings
	Deployed []apigee.Deployment
	Hooks    []apigee.FlowHook
	Archives map[apigee.Revision]*bundle.Archive
}

// Organization is what the fixture says of it.
func (o *Organization) Organization(context.Context) (*apigee.Organization, error) {
	about := o.About
	return &about, nil
}

// Deployments lists what the names of the files say.
func (o *Organization) Deployments(context.Context) (inventory.Listing, error) {
	return inventory.Listing{Deployments: o.Deployed}, nil
}

// FlowHooks are those that the fixture attaches in an environment.
func (o *Organization) FlowHooks(_ context.Context, environment string) ([]apigee.FlowHook, error) {
	return slices.DeleteFunc(slices.Clone(o.Hooks), func(h apigee.FlowHook) bool { return h.Environment != environment }), nil
}

// Bundle is made of the files of a revision.
func (o *Organization) Bundle(_ context.Context, r apigee.Revision) (*bundle.Archive, error) {
	if a := o.Archives[r]; a != nil {
		return a, nil
	}
	return nil, fmt.Errorf("no bundle of %s", r)
}

// Options are those of an audit of the organization by some rules, with all the records that it has.
func (o *Organization) Options(rules []*audit.Rule) audit.Options {
	options := audit.Options{Rules: rules, Concurrency: 1, Settings: o.Settings, EvidenceFrom: o}
	if len(o.traffic) > 0 {
		options.Evidence.Traffic = 30 * 24 * time.Hour
	}
	options.Evidence.Reach, options.Evidence.DebugMasks = len(o.products)+len(o.groups) > 0, len(o.masks) > 0
	return options
}

// Audit runs rules over the organization, and fails on problems.
func (o *Organization) Audit(t *testing.T, rules []*audit.Rule) []finding.Finding {
	t.Helper()
	res, err := audit.Run(t.Context(), o, o.Options(rules))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range res.Problems {
		t.Errorf("unexpected problem: %+v", p)
	}
	return res.Findings
}

// Read reads files named <env>[,<env>…]/<apis|sharedflows>/<name>/<revision>/<path in the bundle>, where
// revision "-" is none, as for a bundle on disk. A file named "organization" holds settings, one a line: "platform: edge",
// "offline: true", "profile: fapi", "hook: <environment> <hook point> <shared flow>", and those of [recorded.read].
func Read(t *testing.T, files []txtar.File) *Organization {
	t.Helper()
	o := &Organization{
		About:    apigee.Organization{Name: "acme", Platform: apigee.PlatformX},
		Archives: map[apigee.Revision]*bundle.Archive{},
	}
	for _, f := range files {
		if f.Name == "organization" {
			o.readSettings(t, string(f.Data))
			continue
		}
		environments, r, path := SplitName(t, f.Name)
		if o.About.Offline {
			r.Root = strings.TrimSuffix(r.Name+"_rev"+r.Number, "_rev")
		}
		a := o.Archives[r]
		if a == nil {
			a = &bundle.Archive{}
			o.Archives[r] = a
			for _, e := range environments {
				o.Deployed = append(o.Deployed, apigee.Deployment{Environment: e, Revision: r})
				if !slices.Contains(o.About.Environments, e) {
					o.About.Environments = append(o.About.Environments, e)
				}
			}
		}
		a.Files = append(a.Files, bundle.File{Name: path, Data: f.Data})
	}
	for _, a := range o.Archives {
		slices.SortFunc(a.Files, func(a, b bundle.File) int { return strings.Compare(a.Name, b.Name) })
	}
	return o
}

func (o *Organization) readSettings(t *testing.T, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch key {
		case "platform":
			o.About.Platform = apigee.Platform(value)
		case "offline":
			o.About.Offline = value == "true"
		case "profile":
			o.Settings.Profile = value
		case "hook":
			part := strings.Fields(value)
			if len(part) != 3 {
				t.Fatalf("a hook needs environment, hook point and shared flow: %q", line)
			}
			o.Hooks = append(o.Hooks, apigee.FlowHook{Environment: part[0], Point: part[1], SharedFlow: part[2]})
		case "":
		default:
			if o.read(t, key, value) {
				continue
			}
			t.Fatalf("unknown setting %q", line)
		}
	}
}

// SplitName reads the name of a file of a fixture.
func SplitName(t *testing.T, name string) (environments []string, r apigee.Revision, path string) {
	t.Helper()
	part := strings.SplitN(name, "/", 5)
	if len(part) != 5 {
		t.Fatalf("%q is not <env>/<apis|sharedflows>/<name>/<revision>/<path in the bundle>", name)
	}
	r = apigee.Revision{Kind: apigee.Kind(part[1]), Name: part[2], Number: strings.TrimPrefix(part[3], "-")}
	if r.Kind != apigee.KindProxy && r.Kind != apigee.KindSharedFlow {
		t.Fatalf("%q: no kind %q", name, part[1])
	}
	return strings.Split(part[0], ","), r, part[4]
}
