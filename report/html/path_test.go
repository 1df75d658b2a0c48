package html

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
)

func TestHTMLHop(t *testing.T) {
	f := &finding.Finding{Kind: apigee.KindProxy, Name: "login", Source: "src/login"}
	hop := func(h finding.Hop) finding.Hop {
		h.Kind, h.Name, h.Place = apigee.KindProxy, "login", finding.Place{File: "apiproxy/x.xml", Line: 3, Column: 5}
		return h
	}
	inCopy := hop(finding.Hop{What: "OAuthV2", Named: "Refresh", Detail: "(RefreshAccessToken)"})
	inCopy.Source = "/build/repo/old/login"
	for name, tt := range map[string]struct {
		hop  finding.Hop
		want node
	}{
		"a flow whose name reads like a label": {
			hop(finding.Hop{What: finding.HopFlow, Named: "token when ready", Condition: "a = 1 when b", Label: "not looked at"}),
			node{Class: "flow", Type: "flow", Text: `"token when ready"`, Condition: "a = 1 when b", At: "apiproxy/x.xml:3:5"},
		},
		"a flow hook": {
			hop(finding.Hop{What: finding.HopFlowHook, Named: "PreProxyFlowHook"}),
			node{Class: "endpoint", Type: "flow hook", Text: "PreProxyFlowHook", At: "apiproxy/x.xml:3:5"},
		},
		"a flow without a name": {
			hop(finding.Hop{What: finding.HopPostFlow}), node{Class: "flow", Type: "PostFlow", At: "apiproxy/x.xml:3:5"},
		},
		"a policy named like a step": {
			hop(finding.Hop{What: "OAuthV2", Named: "step", Detail: "(RefreshAccessToken)", Dead: true}),
			node{Class: "policy", Type: "OAuthV2", Text: `"step" (RefreshAccessToken)`, At: "apiproxy/x.xml:3:5", Dead: true},
		},
		"another copy of the bundle": {
			inCopy, node{Class: "policy", Type: "OAuthV2", Text: `"Refresh" (RefreshAccessToken)`, Bundle: "proxy login", At: "old/login/apiproxy/x.xml:3:5"},
		},
		"a report of an older version": {
			hop(finding.Hop{Label: `flow "a" when b`}), node{Class: "policy", Text: `flow "a" when b`, At: "apiproxy/x.xml:3:5"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, newNode(tt.hop, f, report.Options{WorkingDirectory: "/build/repo"})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
