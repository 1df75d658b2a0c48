package cli

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/inventory"
	"apigee-audit/apigee/simulator"
	"apigee-audit/apigee/snapshot"
	"apigee-audit/cmd/apigee-audit/internal/config"
)

// crashing is a source that panics, as a fault of ours would, in the goroutine of one call.
type crashing struct {
	inventory.Source
	in string
}

func (c crashing) crash(in string) {
	if c.in == in {
		var none *apigee.Organization
		_ = none.Name
	}
}

func (c crashing) Organization(ctx context.Context) (*apigee.Organization, error) {
	c.crash("Organization")
	return c.Source.Organization(ctx)
}

func (c crashing) Deployments(ctx context.Context) (inventory.Listing, error) {
	c.crash("Deployments")
	return c.Source.Deployments(ctx)
}

func (c crashing) FlowHooks(ctx context.Context, environment string) ([]apigee.FlowHook, error) {
	c.crash("FlowHooks")
	return c.Source.FlowHooks(ctx, environment)
}

func (c crashing) Bundle(ctx context.Context, r apigee.Revision) (*bundle.Archive, error) {
	if r.Kind == apigee.KindSharedFlow {
		c.crash("Bundle of a shared flow") // proxies wait for those
	} else {
		c.crash("Bundle")
	}
	return c.Source.Bundle(ctx, r)
}

// TestAFaultInOneOrganizationIsThatOrganizations breaks one of three organizations, at each call.
func TestAFaultInOneOrganizationIsThatOrganizations(t *testing.T) {
	leakFree(t)
	for _, in := range []string{"open", "Organization", "Deployments", "FlowHooks", "Bundle", "Bundle of a shared flow"} {
		t.Run(in, func(t *testing.T) {
			url, stop, err := simulator.New(simulator.Demo(), simulator.Options{Token: "crash-test-token"}).Start(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer stop()
			var stdout, stderr strings.Builder
			a := newApp(nil, streams{out: &stdout, err: &stderr})
			copy := filepath.Join(t.TempDir(), "report.json")
			c := crashChoices(t, copy)
			targets := crashTargets(a, c, url, in)
			o := a.audit(t.Context(), c, targets, proposeFixes)
			doc, _ := a.document(c, config.Shard{}, o, nil)
			if err := a.writeReports(c, doc, nil, o.saw()); err != nil {
				t.Fatal(err)
			}
			a.advise(c, doc, o)
			if status := judge(c, doc, o.saw()); status != exitFailed || doc.Complete {
				t.Errorf("status %d, complete %v", status, doc.Complete)
			}
			written, err := os.ReadFile(copy)
			if err != nil || !strings.Contains(string(written), `"organization": "harbor-retail"`) {
				t.Errorf("the output lacks the other organization's findings: %v", err)
			}
			for _, said := range []string{stderr.String(), string(written)} {
				if !strings.Contains(said, "apigee-audit crashed while auditing this organization (runtime error: ") || !strings.Contains(said, "please report") {
					t.Errorf("the fault is not named in:\n%.2000s", said)
				}
				if strings.Contains(said, "goroutine ") || strings.Contains(said, ".go:") {
					t.Errorf("a stack trace is in:\n%.2000s", said)
				}
			}
			for _, r := range o.results {
				if broken := r.Organization.Name == "harbor-partners"; broken != (r.Audited == 0) {
					t.Errorf("%s: %d audited", r.Organization.Name, r.Audited)
				}
			}
			pullWithAFault(t, a, c, targets)
		})
	}
}

func crashChoices(t *testing.T, copy string) *config.Choices {
	t.Helper()
	flags := config.ScanFlags()
	if err := flags.Parse([]string{"--demo", "--format", "json", "--output", "json=" + copy, "--no-progress"}); err != nil {
		t.Fatal(err)
	}
	l, err := config.Load(nil, flags, config.FileChoice{None: true})
	if err != nil {
		t.Fatal(err)
	}
	c, err := l.Scan(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// crashTargets are the sample organizations, the second with the fault.
func crashTargets(a *app, c *config.Choices, url, in string) []target {
	var all []target
	for _, org := range []string{"harbor-legacy", "harbor-partners", "harbor-retail"} {
		all = append(all, target{name: org, open: func(ctx context.Context) (*opened, error) {
			o, err := a.client(ctx, c, org, url, "", oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "crash-test-token"}))
			if err != nil || org != "harbor-partners" {
				return o, err
			}
			broken := crashing{o.source, in}
			broken.crash("open")
			o.source = broken
			return o, nil
		}})
	}
	return all
}

// pullWithAFault: the snapshot holds the others and says that the one is missing.
func pullWithAFault(t *testing.T, a *app, c *config.Choices, targets []target) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "snapshot")
	w, err := snapshot.Create(path, snapshot.Tool{Name: toolName}, nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	saw, problems := a.pullAll(t.Context(), c, w, targets)
	if !saw || len(problems) != 1 || problems[0].Organization != "harbor-partners" || !strings.Contains(problems[0].Error, "crashed") {
		t.Errorf("saw %v, problems %+v", saw, problems)
	}
	if complete, err := w.Commit(time.Now()); err != nil || complete {
		t.Errorf("complete %v, %v", complete, err)
	}
	status, stdout, _ := call(t.Context(), []string{"scan", path, "--format", "json"}, nil)
	doc := document(t, stdout)
	if status != exitFailed || len(doc.Organizations) != len(targets) || len(doc.Problems) != 1 {
		t.Errorf("scan of the snapshot: status %d, %d organizations, problems %+v", status, len(doc.Organizations), doc.Problems)
	}
}

func TestTheStackOfAFaultIsInTheLog(t *testing.T) {
	var stderr strings.Builder
	a := newApp(nil, streams{err: &stderr})
	a.startLog(config.Logging{Level: slog.LevelDebug})
	_, err := alone(a, "acme", func() (*opened, error) { crashing{in: "x"}.crash("x"); return nil, nil })
	if err == nil || !strings.Contains(stderr.String(), "crash_test.go:") || !strings.Contains(stderr.String(), "organization=acme") {
		t.Errorf("%v; log:\n%s", err, &stderr)
	}
}
