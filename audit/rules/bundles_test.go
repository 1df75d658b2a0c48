package rules_test

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
	"apigee-audit/audit/rules"
)

// organization is a source made of the files of a fixture or a page.
type organization struct {
	recorded
	about    apigee.Organization
	settings finding.Settings
	deployed []apigee.Deployment
	hooks    []apigee.FlowHook
	archives map[apigee.Revision]*bundle.Archive
}

func (o *organization) Organization(context.Context) (*apigee.Organization, error) {
	about := o.about
	return &about, nil
}

func (o *organization) Deployments(context.Context) (inventory.Listing, error) {
	return inventory.Listing{Deployments: o.deployed}, nil
}

func (o *organization) FlowHooks(_ context.Context, environment string) ([]apigee.FlowHook, error) {
	return slices.DeleteFunc(slices.Clone(o.hooks), func(h apigee.FlowHook) bool { return h.Environment != environment }), nil
}

func (o *organization) Bundle(_ context.Context, r apigee.Revision) (*bundle.Archive, error) {
	if a := o.archives[r]; a != nil {
		return a, nil
	}
	return nil, fmt.Errorf("no bundle of %s", r)
}

// audit runs every rule over the organization.
func (o *organization) audit(t *testing.T) []finding.Finding {
	t.Helper()
	options := audit.Options{Rules: rules.All(), Concurrency: 1, Settings: o.settings, EvidenceFrom: o}
	if len(o.traffic) > 0 {
		options.Evidence.Traffic = 30 * 24 * time.Hour
	}
	options.Evidence.Reach, options.Evidence.DebugMasks = len(o.products)+len(o.groups) > 0, len(o.masks) > 0
	res, err := audit.Run(t.Context(), o, options)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range res.Problems {
		t.Errorf("unexpected problem: %+v", p)
	}
	return res.Findings
}

// readOrganization reads files named <env>[,<env>…]/<apis|sharedflows>/<name>/<revision>/<path in the bundle>, where
// revision "-" is none, as for a bundle on disk. A file named "organization" holds settings, one a line: "platform: edge",
// "offline: true", "profile: fapi", "hook: <environment> <hook point> <shared flow>", and those of [recorded.read].
func readOrganization(t *testing.T, files []txtar.File) *organization {
	t.Helper()
	o := &organization{
		about:    apigee.Organization{Name: "acme", Platform: apigee.PlatformX},
		archives: map[apigee.Revision]*bundle.Archive{},
	}
	for _, f := range files {
		if f.Name == "organization" {
			o.readSettings(t, string(f.Data))
			continue
		}
		environments, r, path := splitName(t, f.Name)
		if o.about.Offline {
			r.Root = strings.TrimSuffix(r.Name+"_rev"+r.Number, "_rev")
		}
		a := o.archives[r]
		if a == nil {
			a = &bundle.Archive{}
			o.archives[r] = a
			for _, e := range environments {
				o.deployed = append(o.deployed, apigee.Deployment{Environment: e, Revision: r})
				if !slices.Contains(o.about.Environments, e) {
					o.about.Environments = append(o.about.Environments, e)
				}
			}
		}
		a.Files = append(a.Files, bundle.File{Name: path, Data: f.Data})
	}
	for _, a := range o.archives {
		slices.SortFunc(a.Files, func(a, b bundle.File) int { return strings.Compare(a.Name, b.Name) })
	}
	return o
}

func (o *organization) readSettings(t *testing.T, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch key {
		case "platform":
			o.about.Platform = apigee.Platform(value)
		case "offline":
			o.about.Offline = value == "true"
		case "profile":
			o.settings.Profile = value
		case "hook":
			part := strings.Fields(value)
			if len(part) != 3 {
				t.Fatalf("a hook needs environment, hook point and shared flow: %q", line)
			}
			o.hooks = append(o.hooks, apigee.FlowHook{Environment: part[0], Point: part[1], SharedFlow: part[2]})
		case "":
		default:
			if o.read(t, key, value) {
				continue
			}
			t.Fatalf("unknown setting %q", line)
		}
	}
}

func splitName(t *testing.T, name string) (environments []string, r apigee.Revision, path string) {
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
