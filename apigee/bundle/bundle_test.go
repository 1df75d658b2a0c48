package bundle

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"apigee-audit/apigee"
)

// parsed reads files as one bundle.
func parsed(kind apigee.Kind, base string, files map[string]string) *Bundle {
	a := &Archive{Base: base}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		a.Files = append(a.Files, File{Name: name, Data: []byte(files[name])})
	}
	return Parse(apigee.Revision{Kind: kind, Name: "login", Number: "3", Root: "src/login"}, a, DefaultLimits())
}

// steps writes a step list as "A, B if x [rule: C]".
func steps(list []Step) string {
	var out []string
	for _, s := range list {
		text := s.Policy.Value
		if s.Condition.Value != "" {
			text += " if " + s.Condition.Value
		}
		for _, f := range s.FaultRules {
			text += " [" + f.Name + ": " + steps(f.Steps) + "]"
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

// attachments writes what is attached where, a line each.
func attachments(b *Bundle) string {
	var out strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&out, format+"\n", args...) }
	flow := func(what string, f Flow) {
		if f.Condition.Value != "" {
			what += " if " + f.Condition.Value
		}
		if len(f.Request) > 0 {
			line("  %s request: %s", what, steps(f.Request))
		}
		if len(f.Response) > 0 {
			line("  %s response: %s", what, steps(f.Response))
		}
	}
	rule := func(what string, f FaultRule) {
		if f.Condition.Value != "" {
			what += " if " + f.Condition.Value
		}
		if f.AlwaysEnforce {
			what += " always"
		}
		line("  %s: %s", what, steps(f.Steps))
	}
	for _, e := range b.Endpoints {
		line("%s %s in %s at %q", e.Role, e.Name, e.File, e.BasePath.Value)
		if len(e.Steps) > 0 {
			line("  steps: %s", steps(e.Steps))
		}
		flow("PreFlow", e.PreFlow)
		for _, f := range e.Flows {
			flow("Flow "+f.Name, f)
		}
		flow("PostFlow", e.PostFlow)
		flow("PostClientFlow", e.PostClientFlow)
		for _, f := range e.EventFlows {
			flow("EventFlow", f)
		}
		for _, f := range e.FaultRules {
			rule("FaultRule "+f.Name, f)
		}
		if e.DefaultFaultRule != nil {
			rule("DefaultFaultRule "+e.DefaultFaultRule.Name, *e.DefaultFaultRule)
		}
		for _, r := range e.Routes {
			text := fmt.Sprintf("  route %s to %s", r.Name, cmp.Or(r.Target, "nothing"))
			if r.External {
				text += " outside"
			}
			if r.Condition.Value != "" {
				text += " if " + r.Condition.Value
			}
			line("%s", text)
		}
	}
	return out.String()
}

// TestParseBundleReadsEveryAttachmentPoint has a policy of its own at each place where Apigee runs policies.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/api-proxy-configuration-reference.
func TestParseBundleReadsEveryAttachmentPoint(t *testing.T) {
	tests := map[string]struct {
		kind apigee.Kind
		file string
		xml  string
		want string
	}{
		"proxy endpoint": {apigee.KindProxy, "apiproxy/proxies/default.xml", `
<ProxyEndpoint name="default">
  <RouteRule name="refresh"><Condition>proxy.pathsuffix MatchesPath "/refresh"</Condition><TargetEndpoint>tokens</TargetEndpoint></RouteRule>
  <RouteRule name="address"><URL>https://example.com</URL></RouteRule>
  <RouteRule name="integration"><IntegrationEndpoint>it</IntegrationEndpoint></RouteRule>
  <RouteRule name="null"/>
  <PostClientFlow><Response><Step><Name>Log</Name></Step></Response></PostClientFlow>
  <PostFlow name="PostFlow"><Request><Step><Name>PostRequest</Name></Step></Request><Response><Step><Name>PostResponse</Name></Step></Response></PostFlow>
  <Flows>
    <Flow name="token"><Description>issues</Description><Condition>(proxy.pathsuffix MatchesPath "/token")</Condition>
      <Request><Step><Condition>a = "b"</Condition><Name>Issue</Name></Step><Step><Name>Second</Name></Step></Request>
      <Response><Step><Name>Answer</Name></Step></Response></Flow>
    <Flow name="else"><Request><Step><Name>Reject</Name></Step></Request></Flow>
    <Other name="stray"><Request><Step><Name>Stray</Name></Step></Request></Other>
  </Flows>
  <PreFlow name="PreFlow"><Request><Step><Name>PreRequest</Name></Step></Request><Response><Step><Name>PreResponse</Name></Step></Response></PreFlow>
  <FaultRules>
    <FaultRule name="invalid"><Condition>fault.name = "x"</Condition><Step><Name>OnInvalid</Name></Step></FaultRule>
    <FaultRule name="last"><Step><Condition>c</Condition><Name>OnLast</Name></Step></FaultRule>
  </FaultRules>
  <DefaultFaultRule name="all"><AlwaysEnforce>true</AlwaysEnforce><Step><Name>OnAll</Name></Step></DefaultFaultRule>
  <HTTPProxyConnection><BasePath>/login</BasePath><VirtualHost>default</VirtualHost></HTTPProxyConnection>
</ProxyEndpoint>`, `ProxyEndpoint default in apiproxy/proxies/default.xml at "/login"
  PreFlow request: PreRequest
  PreFlow response: PreResponse
  Flow token if (proxy.pathsuffix MatchesPath "/token") request: Issue if a = "b", Second
  Flow token if (proxy.pathsuffix MatchesPath "/token") response: Answer
  Flow else request: Reject
  PostFlow request: PostRequest
  PostFlow response: PostResponse
  PostClientFlow response: Log
  FaultRule invalid if fault.name = "x": OnInvalid
  FaultRule last: OnLast if c
  DefaultFaultRule all always: OnAll
  route refresh to tokens if proxy.pathsuffix MatchesPath "/refresh"
  route address to nothing outside
  route integration to nothing outside
  route null to nothing
`},
		"target endpoint": {apigee.KindProxy, "apiproxy/targets/tokens.xml", `
<TargetEndpoint name="tokens">
  <PreFlow><Request><Step><Name>Before</Name></Step></Request></PreFlow>
  <EventFlow name="events" content-type="text/event-stream"><Response><Step><Name>OnEvent</Name></Step></Response></EventFlow>
  <DefaultFaultRule name="all" alwaysEnforce="TRUE"><Step><Name>OnAll</Name></Step></DefaultFaultRule>
  <HTTPTargetConnection><URL>https://example.com</URL></HTTPTargetConnection>
</TargetEndpoint>`, `TargetEndpoint tokens in apiproxy/targets/tokens.xml at ""
  PreFlow request: Before
  EventFlow response: OnEvent
  DefaultFaultRule all always: OnAll
`},
		"shared flow": {apigee.KindSharedFlow, "sharedflowbundle/sharedflows/default.xml", `
<SharedFlow name="default"><Step><Name>First</Name></Step><Step><Name>Next</Name><Condition>x != null</Condition></Step></SharedFlow>`,
			`SharedFlow default in sharedflowbundle/sharedflows/default.xml at ""
  steps: First, Next if x != null
`},
		"steps are only those of a shared flow": {apigee.KindProxy, "apiproxy/proxies/default.xml", `<ProxyEndpoint name="p"><Step><Name>Stray</Name></Step></ProxyEndpoint>`,
			`ProxyEndpoint p in apiproxy/proxies/default.xml at ""
`},
		"a flow outside of Flows": {apigee.KindProxy, "apiproxy/proxies/default.xml", `<ProxyEndpoint name="p"><Flow name="f"><Request><Step><Name>A</Name></Step></Request></Flow></ProxyEndpoint>`,
			`ProxyEndpoint p in apiproxy/proxies/default.xml at ""
`},
		"flows written twice": {apigee.KindProxy, "apiproxy/proxies/default.xml", `
<ProxyEndpoint name="p">
  <PreFlow><Request><Step><Name>A</Name></Step></Request></PreFlow><PreFlow><Request><Step><Name>B</Name></Step></Request></PreFlow>
  <PostFlow><Response><Step><Name>H</Name></Step></Response></PostFlow><PostFlow><Response><Step><Name>I</Name></Step></Response></PostFlow>
  <Flows><Flow name="f"><Request><Step><Name>C</Name></Step></Request><Request><Step><Name>D</Name></Step></Request></Flow></Flows>
  <Flows><Flow name="g"><Request><Step><Name>E</Name></Step></Request></Flow></Flows>
  <FaultRules><FaultRule name="r"><Step><Name>F</Name></Step></FaultRule></FaultRules><FaultRules><FaultRule name="s"><Step><Name>G</Name></Step></FaultRule></FaultRules>
</ProxyEndpoint>`, `ProxyEndpoint p in apiproxy/proxies/default.xml at ""
  PreFlow request: A, B
  Flow f request: C, D
  Flow g request: E
  PostFlow response: H, I
  FaultRule r: F
  FaultRule s: G
`},
		"old ways to write a step": {apigee.KindProxy, "apiproxy/proxies/default.xml", `
<ProxyEndpoint name="p"><PreFlow><Request>
  <Policy><Name>A</Name></Policy><Step name="B"/><Step>C</Step><Other><Name>Stray</Name></Other>
  <Step><Name>D</Name><FaultRules><FaultRule name="r"><Step><Name>E</Name></Step></FaultRule></FaultRules></Step>
</Request></PreFlow></ProxyEndpoint>`, `ProxyEndpoint p in apiproxy/proxies/default.xml at ""
  PreFlow request: A, B, C, D [r: E]
`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			b := parsed(tt.kind, "", map[string]string{tt.file: tt.xml})
			if got := attachments(b); got != tt.want {
				t.Errorf("attached:\n%s\nwant:\n%s", got, tt.want)
			}
			unexpected := slices.ContainsFunc(b.Notices, func(p apigee.Problem) bool { return !strings.HasSuffix(p.Error, "never runs") })
			if len(b.Problems) > 0 || unexpected { // steps that stand astray are said
				t.Errorf("problems %v, notices %v", b.Problems, b.Notices)
			}
		})
	}
}

func TestParseBundleOrdersEndpoints(t *testing.T) {
	b := parsed(apigee.KindProxy, "", map[string]string{
		"apiproxy/targets/a.xml": `<TargetEndpoint name="z"/>`, "apiproxy/proxies/b.xml": `<ProxyEndpoint name="y"/>`, "apiproxy/proxies/a.xml": `<ProxyEndpoint name="x"/>`,
	})
	var names []string
	for _, e := range b.Endpoints {
		names = append(names, e.Name)
	}
	if got := strings.Join(names, " "); got != "x y z" {
		t.Errorf("endpoints are %s, want x y z", got)
	}
}

func TestParseBundleNamesPolicies(t *testing.T) {
	b := parsed(apigee.KindProxy, "", map[string]string{
		"apiproxy/policies/A.xml": `<OAuthV2 name="Issue" enabled="false"/>`,
		"apiproxy/policies/B.xml": `<OAuthV2 name="Refresh" continueOnError=" TRUE "/>`,
		"apiproxy/policies/C.XML": `<RaiseFault/>`,
		"apiproxy/policies/D.xml": `<RaiseFault name=""/>`,
		"apiproxy/policies/E.xml": "\n <KeyValueMapOperations name=\"Issue\"/>",
	})
	var got []string
	for _, name := range slices.Sorted(maps.Keys(b.Policies)) {
		p := b.Policies[name]
		if p.Name != name {
			t.Errorf("%s is called %s", name, p.Name)
		}
		got = append(got, fmt.Sprintf("%s %s %s enabled=%v continueOnError=%v", name, p.Type, p.File, p.Enabled, p.ContinueOnError))
	}
	want := []string{
		"C RaiseFault apiproxy/policies/C.XML enabled=true continueOnError=false",
		"D RaiseFault apiproxy/policies/D.xml enabled=true continueOnError=false",
		"Issue OAuthV2 apiproxy/policies/A.xml enabled=false continueOnError=false",
		"Refresh OAuthV2 apiproxy/policies/B.xml enabled=true continueOnError=true",
	}
	if !slices.Equal(got, want) {
		t.Errorf("policies\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if len(b.Notices) != 1 {
		t.Fatalf("notices %v, want one about the second Issue", b.Notices)
	}
	wantNotice := apigee.Problem{
		Kind: apigee.KindProxy, Name: "login", Revision: "3", Source: "src/login", File: "apiproxy/policies/E.xml", Line: 2, Column: 25, Operation: "read bundle",
		Error: `policy "Issue" has the same name as the one in apiproxy/policies/A.xml; only the first is used`,
	}
	if !reflect.DeepEqual(b.Notices[0], wantNotice) {
		t.Errorf("notice %+v, want %+v", b.Notices[0], wantNotice)
	}
}

func TestParseBundleTellsFilesApart(t *testing.T) {
	tests := map[string]struct {
		kind  apigee.Kind
		base  string
		files map[string]string
		want  string // the name in the root file, the policies, the endpoints, the scripts
	}{
		"as Apigee has it": {apigee.KindProxy, "", map[string]string{
			"apiproxy/login.xml": `<APIProxy name="Login"/>`, "apiproxy/manifests/manifest.xml": `<Manifest name="manifest"/>`,
			"apiproxy/policies/A.xml": `<A/>`, "apiproxy/proxies/p.xml": `<ProxyEndpoint name="p"/>`, "apiproxy/resources/jsc/a/b.js": "var a;", "apiproxy/resources/py/c.py": "",
		}, "Login A p apiproxy/resources/jsc/a/b.js apiproxy/resources/py/c.py"},
		"other files beside the root file": {apigee.KindProxy, "", map[string]string{
			"apiproxy/0.xml": `<project name="project"/>`, "apiproxy/login.xml": `<APIProxy name="Login"/>`, "apiproxy/z.xml": `<Manifest name="manifest"/>`,
		}, "Login"},
		"a shared flow": {apigee.KindSharedFlow, "", map[string]string{
			"sharedflowbundle/guard.xml": `<SharedFlowBundle name="guard"/>`, "sharedflowbundle/policies/A.xml": `<A/>`, "sharedflowbundle/sharedflows/default.xml": `<SharedFlow name="default"/>`,
		}, "guard A default"},
		"the other kind beside it": {apigee.KindSharedFlow, "", map[string]string{
			"apiproxy/login.xml": `<APIProxy name="Login"/>`, "apiproxy/policies/A.xml": `<A/>`, "sharedflowbundle/policies/B.xml": `<B/>`,
		}, " B"},
		"another spelling": {apigee.KindProxy, "ApiProxy", map[string]string{
			"ApiProxy/Policies/A.xml": `<A/>`, "ApiProxy/PROXIES/p.xml": `<ProxyEndpoint name="p"/>`, "ApiProxy/Resources/jsc/a.js": "",
		}, " A p ApiProxy/Resources/jsc/a.js"},
		"flat": {apigee.KindProxy, ".", map[string]string{
			"login.xml": `<APIProxy name="Login"/>`, "policies/A.xml": `<A/>`, "targets/t.xml": `<TargetEndpoint name="t"/>`, "resources/py/a.py": "",
		}, "Login A t resources/py/a.py"},
		"no root file": {apigee.KindProxy, "", map[string]string{"apiproxy/policies/A.xml": `<A/>`}, " A"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			b := parsed(tt.kind, tt.base, tt.files)
			got := append([]string{b.Name}, slices.Sorted(maps.Keys(b.Policies))...)
			for _, e := range b.Endpoints {
				got = append(got, e.Name)
			}
			for i := range b.Scripts {
				got = append(got, b.Scripts[i].Name)
			}
			if text := strings.Join(got, " "); text != tt.want {
				t.Errorf("read %q, want %q", text, tt.want)
			}
			if len(b.Problems)+len(b.Notices) > 0 {
				t.Errorf("problems %v, notices %v", b.Problems, b.Notices)
			}
		})
	}
}

func TestParseBundleSaysWhatItCannotRead(t *testing.T) {
	about := func(p apigee.Problem) apigee.Problem {
		p.Kind, p.Name, p.Revision, p.Source = apigee.KindProxy, "login", "3", "src/login"
		return p
	}
	tests := map[string]struct {
		files    map[string]string
		archive  []apigee.Problem // of the archive
		problems []apigee.Problem // the beginnings of their errors
		notices  []apigee.Problem
	}{
		"malformed policy": {map[string]string{"apiproxy/policies/A.xml": "<A>\n  <B></A>", "apiproxy/policies/C.xml": "<C/>"}, nil,
			[]apigee.Problem{{File: "apiproxy/policies/A.xml", Line: 2, Column: 6, Operation: "read XML", Error: "element <B> is closed by </A>"}}, nil},
		"malformed endpoint": {map[string]string{"apiproxy/proxies/p.xml": "<ProxyEndpoint>\n\n\n &unknown;</ProxyEndpoint>"}, nil,
			[]apigee.Problem{{File: "apiproxy/proxies/p.xml", Line: 4, Column: 2, Operation: "read XML", Error: "unknown entity"}}, nil},
		"malformed root file": {map[string]string{"apiproxy/login.xml": "<APIProxy", "apiproxy/policies/A.xml": "<A/>"}, nil,
			[]apigee.Problem{{File: "apiproxy/login.xml", Line: 1, Column: 1, Operation: "read XML", Error: "start tag <APIProxy> is not closed"}}, nil},
		"no XML at all": {map[string]string{"apiproxy/policies/A.xml": "hello"}, nil,
			[]apigee.Problem{{File: "apiproxy/policies/A.xml", Line: 1, Column: 1, Operation: "read XML", Error: ""}}, nil},
		"two documents": {map[string]string{"apiproxy/policies/A.xml": "<A/>\n<B/>"}, nil,
			[]apigee.Problem{{File: "apiproxy/policies/A.xml", Line: 2, Column: 1, Operation: "read XML", Error: ""}}, nil},
		"an empty file": {map[string]string{"apiproxy/policies/A.xml": ""}, nil,
			[]apigee.Problem{{File: "apiproxy/policies/A.xml", Line: 1, Column: 1, Operation: "read XML", Error: ""}}, nil},
		"another root element": {map[string]string{"apiproxy/proxies/p.xml": "\n<TargetEndpoint name='t'/>"}, nil, nil,
			[]apigee.Problem{{File: "apiproxy/proxies/p.xml", Line: 2, Column: 1, Operation: "read bundle", Error: "root element is <TargetEndpoint> where <ProxyEndpoint> was expected"}}},
		"what the archive could not": {map[string]string{"apiproxy/policies/A.xml": "<A/>"}, []apigee.Problem{{File: "apiproxy/policies/B.xml", Operation: "read bundle", Error: "too large"}},
			[]apigee.Problem{{File: "apiproxy/policies/B.xml", Operation: "read bundle", Error: "too large"}}, nil},
		"nothing": {nil, nil, []apigee.Problem{{Operation: "read bundle", Error: "it is not a proxy: there is no apiproxy/ folder"}}, nil},
		"only the other kind": {map[string]string{"sharedflowbundle/policies/A.xml": "<A/>"}, nil,
			[]apigee.Problem{{Operation: "read bundle", Error: "it is not a proxy: there is no apiproxy/ folder"}}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := &Archive{Problems: tt.archive, Notices: tt.archive}
			for _, name := range slices.Sorted(maps.Keys(tt.files)) {
				a.Files = append(a.Files, File{Name: name, Data: []byte(tt.files[name])})
			}
			b := Parse(apigee.Revision{Kind: apigee.KindProxy, Name: "login", Number: "3", Root: "src/login"}, a, DefaultLimits())
			same := func(what string, got, want []apigee.Problem) {
				t.Helper()
				if len(got) != len(want) {
					t.Fatalf("%s are %+v, want %d", what, got, len(want))
				}
				for i := range want {
					w := about(want[i])
					if !strings.HasPrefix(got[i].Error, w.Error) {
						t.Errorf("error %q, want %q", got[i].Error, w.Error)
					}
					if w.Error = got[i].Error; !reflect.DeepEqual(got[i], w) {
						t.Errorf("%s: %+v, want %+v", what, got[i], w)
					}
				}
			}
			same("problems", b.Problems, tt.problems)
			same("notices", b.Notices, append(slices.Clone(tt.archive), tt.notices...))
		})
	}
}

func TestSubject(t *testing.T) {
	for want, p := range map[string]apigee.Problem{
		"organization acme": {Organization: "acme"},
		"environment prod":  {Organization: "acme", Environment: "prod"},
		"the report":        {},
		"proxy pay revision 9, apiproxy/policies/X.xml:4:2":        {Kind: apigee.KindProxy, Name: "pay", Revision: "9", File: "apiproxy/policies/X.xml", Line: 4, Column: 2},
		"shared flow guard, src/guard":                             {Kind: apigee.KindSharedFlow, Name: "guard", Source: "src/guard"},
		"proxy pay, src/pay/apiproxy/policies/X.xml:4:2":           {Kind: apigee.KindProxy, Name: "pay", Source: "src/pay", File: "apiproxy/policies/X.xml", Line: 4, Column: 2},
		"proxy pay revision 3, pay__3.zip/apiproxy/policies/X.xml": {Kind: apigee.KindProxy, Name: "pay", Revision: "3", Source: "pay__3.zip", File: "apiproxy/policies/X.xml"},
		"proxy pay, apiproxy/policies/X.xml":                       {Kind: apigee.KindProxy, Name: "pay", Source: ".", File: "apiproxy/policies/X.xml"},
	} {
		if got := p.Subject(); got != want {
			t.Errorf("subject %q, want %q", got, want)
		}
	}
}
