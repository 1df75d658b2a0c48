package simulator_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/apigee/simulator"
)

func TestDemoIsLargeEnough(t *testing.T) {
	o := simulator.Demo()[0]
	hooks := 0
	for _, e := range o.Environments {
		hooks += len(e.Hooks)
	}
	names := map[apigee.Ref]bool{}
	count := map[apigee.Kind]int{}
	for _, b := range o.Bundles {
		if !names[b.Ref()] {
			count[b.Kind]++
		}
		names[b.Ref()] = true
	}
	if len(o.Environments) < 4 || count[apigee.KindProxy] < 20 || count[apigee.KindSharedFlow] < 6 || hooks < 1 {
		t.Errorf("%s has %d environments, %v bundles and %d hooks", o.Name, len(o.Environments), count, hooks)
	}
}

// TestDemoDeploymentsExist follows every name in deployments.json, and finds bundles that nothing deploys.
func TestDemoDeploymentsExist(t *testing.T) {
	for _, o := range simulator.Demo() {
		unused := map[apigee.Revision]bool{}
		for _, b := range o.Bundles {
			unused[b.Revision] = true
		}
		exists := func(r apigee.Revision) bool { _, ok := unused[r]; return ok }
		for _, e := range o.Environments {
			for _, r := range e.Deployed {
				if !exists(r) {
					t.Errorf("%s, %s: %s has no bundle", o.Name, e.Name, r)
				}
				unused[r] = false
			}
			for point, flow := range e.Hooks {
				if !slices.Contains(apigee.HookPoints(), point) || !slices.ContainsFunc(e.Deployed, func(r apigee.Revision) bool {
					return r.Ref() == apigee.Ref{Kind: apigee.KindSharedFlow, Name: flow}
				}) {
					t.Errorf("%s, %s: hook %s: shared flow %s is not deployed there", o.Name, e.Name, point, flow)
				}
			}
		}
		for r, is := range unused {
			if is {
				t.Errorf("%s: %s is deployed nowhere", o.Name, r)
			}
		}
		for _, g := range o.Groups {
			for _, env := range g.Environments {
				if !slices.ContainsFunc(o.Environments, func(e simulator.Environment) bool { return e.Name == env }) {
					t.Errorf("%s: group %s: no environment %s", o.Name, g.Name, env)
				}
			}
		}
	}
}

// TestDemoBundlesAreSound reads every XML file: it must be well-formed, every step must name a policy of its bundle and
// every FlowCallout a shared flow of its organization.
func TestDemoBundlesAreSound(t *testing.T) {
	for _, o := range simulator.Demo() {
		flows := map[string]bool{}
		for _, b := range o.Bundles {
			flows[b.Name] = flows[b.Name] || b.Kind == apigee.KindSharedFlow
		}
		for _, b := range o.Bundles {
			policies := map[string]bool{}
			var steps []string
			for name, data := range b.Files {
				seen, err := scan(data)
				if err != nil {
					t.Errorf("%s, %s, %s: %v", o.Name, b.Revision, name, err)
				}
				steps = append(steps, seen.steps...)
				if path.Base(path.Dir(name)) == "policies" {
					if policies[seen.name] {
						t.Errorf("%s, %s: two policies are called %s", o.Name, b.Revision, seen.name)
					}
					policies[seen.name] = true
				}
				if seen.callee != "" && !flows[seen.callee] {
					t.Errorf("%s, %s, %s: no shared flow %s", o.Name, b.Revision, name, seen.callee)
				}
			}
			for _, s := range steps {
				if !policies[s] {
					t.Errorf("%s, %s: step names policy %s, which is not there", o.Name, b.Revision, s)
				}
			}
		}
	}
}

// scanned is what one XML file names.
type scanned struct {
	name   string   // the root's name attribute
	steps  []string // policies that its steps name
	callee string   // the shared flow that it calls
}

func scan(data []byte) (scanned, error) {
	var s scanned
	var open []string
	d := xml.NewDecoder(bytes.NewReader(data))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return s, nil
		}
		if err != nil {
			return s, err
		}
		switch x := token.(type) {
		case xml.StartElement:
			if len(open) == 0 {
				for _, a := range x.Attr {
					if a.Name.Local == "name" {
						s.name = a.Value
					}
				}
				if s.name == "" {
					return s, fmt.Errorf("root %s has no name", x.Name.Local)
				}
			}
			open = append(open, x.Name.Local)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			switch at := strings.Join(open, "/"); {
			case strings.HasSuffix(at, "/Step/Name"):
				s.steps = append(s.steps, string(x))
			case at == "FlowCallout/SharedFlowBundle":
				s.callee = string(x)
			}
		}
	}
}
