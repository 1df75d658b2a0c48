package audit_test

import (
	"slices"
	"strings"
	"testing"

	"apigee-audit/apigee"
)

// padded puts a call in front of every proxy endpoint's flows that goes through more steps than are walked one by one, so
// that later calls of a shared flow may take over what earlier ones reached. The steps do nothing.
func padded(s *inMemory) *inMemory {
	long := apigee.Revision{Kind: apigee.KindSharedFlow, Name: "long", Number: "1"}
	out := &inMemory{environments: s.environments, deployed: slices.Clone(s.deployed), hooks: s.hooks, bundles: map[apigee.Revision]map[string]string{}}
	out.bundles[long] = map[string]string{
		"sharedflowbundle/sharedflows/default.xml": `<SharedFlow name="default">` + strings.Repeat(`<Step><Name>Nothing</Name></Step>`, 2100) + `</SharedFlow>`,
		"sharedflowbundle/policies/Nothing.xml":    `<FlowCallout name="Nothing"><SharedFlowBundle>empty</SharedFlowBundle></FlowCallout>`,
	}
	empty := apigee.Revision{Kind: apigee.KindSharedFlow, Name: "empty", Number: "1"}
	out.bundles[empty] = map[string]string{"sharedflowbundle/sharedflows/default.xml": `<SharedFlow name="default"/>`}
	for _, env := range s.environments {
		for _, r := range []apigee.Revision{long, empty} {
			out.deployed = append(out.deployed, apigee.Deployment{Environment: env, Revision: r})
		}
	}
	for r, files := range s.bundles {
		if r.Kind == apigee.KindProxy {
			files = paddedProxy(files)
		}
		out.bundles[r] = files
	}
	return out
}

func paddedProxy(files map[string]string) map[string]string {
	out := map[string]string{"apiproxy/policies/Long.xml": `<FlowCallout name="Long"><SharedFlowBundle>long</SharedFlowBundle></FlowCallout>`}
	for name, text := range files {
		if strings.HasPrefix(name, "apiproxy/proxies/") {
			const step = `<Request><Step><Name>Long</Name></Step>`
			before, after, _ := strings.Cut(text, `<PreFlow name="PreFlow"`)
			if rest, none := strings.CutPrefix(after, "/>"); none {
				text = before + `<PreFlow name="PreFlow">` + step + `</Request></PreFlow>` + rest
			} else if start, end, has := strings.Cut(after, "<Request>"); has && !strings.Contains(start, "</PreFlow>") {
				text = before + `<PreFlow name="PreFlow"` + start + step + end
			} else {
				text = before + `<PreFlow name="PreFlow">` + step + `</Request>` + strings.TrimPrefix(after, ">")
			}
		}
		out[name] = text
	}
	return out
}

// TestReuseNeverBuries holds what a walk says when calls take over from earlier ones against what it says step by step:
// to know less may spare the dead, and may never bury the living.
func TestReuseNeverBuries(t *testing.T) {
	t.Parallel()
	calls, spared := 0, 0
	for seed := range uint64(300) {
		o := generate(seeded(seed), seed%2 == 1)
		src := o.source()
		exact, reused := ask(t, src), ask(t, padded(src))
		for at, grants := range exact {
			calls++
			again, lives := reused[at]
			if !lives {
				t.Errorf("seed %d: %+v is called dead where calls are reused", seed, at)
			}
			for _, g := range grants {
				if !slices.Contains(again, g) {
					t.Errorf("seed %d: %+v lacks grant %s where calls are reused", seed, at, g)
				}
			}
		}
		for at := range reused {
			if _, lives := exact[at]; !lives && at.bundle != "long" && at.bundle != "empty" && at.policy != "Long" {
				spared++
			}
		}
	}
	t.Logf("%d policies that run, %d more where calls are reused", calls, spared)
	if calls < 300 {
		t.Errorf("only %d policies ran", calls)
	}
}

// TestReuse has calls of one shared flow that must not stand for one another, behind more steps than are walked one by one.
func TestReuse(t *testing.T) {
	long := steplist(slices.Repeat([]string{"Call-empty"}, 2100))
	for name, tt := range map[string]sketch{
		"another value since": {
			proxy:  preFlow(request("Call-long", "Set-mode-a", "Call-s", "Set-mode-b", "Call-s")),
			shared: map[string]string{"s": steplist([]string{`Refresh if mode = "b"`})},
		},
		"under another condition": {
			proxy:  preFlow(request("Call-long")) + flows(flowXML("a", `request.verb = "GET"`, request("Call-s")), flowXML("b", `request.verb = "POST"`, request("Call-s"))),
			shared: map[string]string{"s": steplist([]string{`Refresh if request.verb = "POST"`})},
		},
		"where no fault came before": {
			proxy:  preFlow(request("Call-long")) + flows(flowXML("a", `request.verb = "GET"`, request(`Stop if kind = "x"`, "Call-s")), flowXML("b", "", request("Call-s"))),
			shared: map[string]string{"s": steplist([]string{`Refresh if kind = "x"`})},
		},
		"what it assigns again": {
			proxy:  preFlow(request("Call-long", "Call-s", "Set-mode-b", "Call-s", `Refresh if mode = "a"`)),
			shared: map[string]string{"s": steplist([]string{`Revoke if kind = "x"`, "Set-mode-a"})},
		},
	} {
		t.Run(name, func(t *testing.T) {
			tt.shared["long"], tt.shared["empty"] = long, steplist(nil)
			if got := ask(t, tt.source()).verdict("dev", "Refresh"); got != "runs" {
				t.Errorf("Refresh is %s", got)
			}
		})
	}
}
