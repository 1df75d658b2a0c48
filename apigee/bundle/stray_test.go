package bundle

import (
	"slices"
	"strings"
	"testing"

	"apigee-audit/apigee"
)

func TestStrays(t *testing.T) {
	step := func(name string) string { return "<Step><Name>" + name + "</Name></Step>" }
	proxy := func(inner string) string { return `<ProxyEndpoint name="default">` + inner + `</ProxyEndpoint>` }
	for _, c := range []struct {
		name, kind, text string
		want             []string
	}{
		{"in their places", "proxies", proxy(`<PreFlow><Request>` + step("A") + `</Request></PreFlow><Flows><Flow name="f"><Response>` + step("B") + `</Response></Flow></Flows>` +
			`<PostClientFlow><Response>` + step("C") + `</Response></PostClientFlow><FaultRules><FaultRule>` + step("D") + `</FaultRule></FaultRules>` +
			`<DefaultFaultRule>` + step("E") + `</DefaultFaultRule><DefaultFaultRule>` + step("F") + `</DefaultFaultRule>`), nil},
		{"beside Flows", "proxies", proxy(`<Flows/><Flow name="f"><Request>` + step("A") + `</Request><Response>` + step("B") + `</Response></Flow>`),
			[]string{`A is in flow "f", which is outside <Flows>`, `B is in flow "f", which is outside <Flows>`}},
		{"without a name", "proxies", proxy(`<Flow><Request>` + step("A") + `</Request></Flow>`), []string{`A is in a flow, which is outside <Flows>`}},
		{"in a target", "targets", `<TargetEndpoint name="t"><Flow name="f"><Request>` + step("A") + `</Request></Flow></TargetEndpoint>`,
			[]string{`A is in flow "f", which is outside <Flows>`}},
		{"without Request", "proxies", proxy(`<PreFlow>` + step("A") + `</PreFlow><Flows><Flow name="f">` + step("B") + `</Flow></Flows>`),
			[]string{`A is in <PreFlow>`, `B is in flow "f", outside its <Request> and <Response>`}},
		{"in Flows itself", "proxies", proxy(`<Flows>` + step("A") + `</Flows>`), []string{`A is in <Flows>`}},
		{"in the endpoint", "proxies", proxy(step("A")), []string{`A is in <ProxyEndpoint>`}},
		{"Flows in a flow", "proxies", proxy(`<PreFlow><Flows><Flow name="f"><Request>` + step("A") + `</Request></Flow></Flows></PreFlow>`),
			[]string{`A is in flow "f", which is outside <Flows>`}},
		{"shared flow", "sharedflows", `<SharedFlow name="default">` + step("A") + `<Request>` + step("B") + `</Request></SharedFlow>`, []string{`B is in <Request>`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, root := apigee.Revision{Kind: apigee.KindProxy, Name: "p"}, "apiproxy/"
			if c.kind == "sharedflows" {
				r.Kind, root = apigee.KindSharedFlow, "sharedflowbundle/"
			}
			b := Parse(r, &Archive{Files: []File{{Name: root + c.kind + "/default.xml", Data: []byte(c.text)}}}, DefaultLimits())
			var got []string
			for _, s := range b.Endpoints[0].Strays {
				got = append(got, s.Policy.Value+" "+s.Where)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if noted := len(b.Notices) > 0; noted != (len(c.want) > 0) {
				t.Errorf("notices %v", b.Notices)
			}
		})
	}
}

func TestDirectiveOutsideAPolicyIsSaid(t *testing.T) {
	b := Parse(apigee.Revision{Kind: apigee.KindProxy, Name: "p", Number: "1"}, &Archive{Files: []File{
		{Name: "apiproxy/proxies/default.xml", Data: []byte(`<ProxyEndpoint name="default"><!-- apigee-audit:ignore RT101 x --></ProxyEndpoint>`)},
		{Name: "apiproxy/policies/A.xml", Data: []byte(`<OAuthV2 name="A"><!-- apigee-audit:ignore RT101 x --></OAuthV2>`)},
	}}, DefaultLimits())
	if len(b.Notices) != 1 || b.Notices[0].File != "apiproxy/proxies/default.xml" || !strings.Contains(b.Notices[0].Error, "has no effect here") {
		t.Errorf("notices are %+v", b.Notices)
	}
}
