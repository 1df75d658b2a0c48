//go:build unix

package cli

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/apigee/simulator"
	"apigee-audit/internal/typical"
)

// BenchmarkScale audits 2,000 proxies, of the hardest organization and of one made from templates, at 100 ms a request with the program as
// it is built, first with an empty cache and then again:
//
//	go test -run '^$' -bench Scale -benchtime 1x ./cmd/apigee-audit/internal/cli
//
// It reports seconds, those after the last answer, the ratio to requests × latency ÷ concurrency, processor seconds, and the largest resident size. The rate is set out of
// the way: at the default of 3,000 requests a minute the quota alone would take 42 seconds, whatever the program does.
func BenchmarkScale(b *testing.B) {
	const latency = 100 * time.Millisecond
	program := filepath.Join(b.TempDir(), "apigee-audit")
	if out, err := exec.Command("go", "build", "-o", program, "apigee-audit/cmd/apigee-audit").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	organizations := []*simulator.Organization{large(2000, 100, 5), templates(2000, 34)}
	server := packed(organizations)
	var requests, last atomic.Int64
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		time.Sleep(latency)
		server.ServeHTTP(w, r)
		last.Store(time.Now().UnixNano())
	}))
	defer slow.Close()
	for i := range 2 * len(organizations) {
		o, concurrency, dir := organizations[i/2], []int{16, 64}[i%2], b.TempDir()
		for _, state := range []string{"cold", "warm"} {
			b.Run(fmt.Sprintf("%s/%s/%d", o.Name, state, concurrency), func(b *testing.B) {
				for range b.N {
					if state == "cold" {
						os.RemoveAll(dir)
					}
					requests.Store(0)
					started := time.Now()
					cmd := exec.Command(program, "scan", "--org", o.Name, "--endpoint", slow.URL, "--cache-dir", dir,
						"--concurrency", strconv.Itoa(concurrency), "--rate", "600000", "-f", "json", "--fail-on", "none")
					cmd.Env = append(os.Environ(), "APIGEE_AUDIT_TOKEN=simulator")
					var out, said bytes.Buffer
					cmd.Stdout, cmd.Stderr = &out, &said
					err := cmd.Start()
					peak := resident(cmd)
					if err == nil {
						err = cmd.Wait()
					}
					took, tail := time.Since(started), time.Since(time.Unix(0, last.Load()))
					if err != nil || !strings.Contains(out.String(), allAudited(o)) {
						b.Fatalf("%v\n%s", err, said.String())
					}
					n := float64(requests.Load())
					ideal := time.Duration(n / float64(concurrency) * float64(latency))
					b.ReportMetric(took.Seconds(), "s")
					b.ReportMetric(tail.Seconds(), "s-after-last")
					b.ReportMetric(n, "requests")
					b.ReportMetric(took.Seconds()/ideal.Seconds(), "x-ideal")
					b.ReportMetric(cmd.ProcessState.UserTime().Seconds()+cmd.ProcessState.SystemTime().Seconds(), "cpu-s")
					b.ReportMetric(<-peak, "MB")
				}
			})
		}
	}
}

// resident gives the largest resident size of a process when it has ended, in MB, and 0 where /proc does not tell. The
// size that wait reports is of no use: it starts at that of the process which forked.
func resident(cmd *exec.Cmd) <-chan float64 {
	result := make(chan float64, 1)
	go func() {
		largest := 0.0
		defer func() { result <- largest }()
		for cmd.Process != nil {
			status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
			if err != nil {
				return
			}
			_, after, ok := strings.Cut(string(status), "VmRSS:")
			if !ok { // it has ended
				return
			}
			var kB float64
			if _, err := fmt.Sscan(after, &kB); err != nil {
				return
			}
			largest = max(largest, kB/1024)
			time.Sleep(20 * time.Millisecond)
		}
	}()
	return result
}

// packed answers for each bundle of some organizations once, so that nobody waits for the zips to be packed.
func packed(organizations []*simulator.Organization) http.Handler {
	server := simulator.New(organizations, simulator.Options{})
	for _, o := range organizations {
		for _, b := range o.Bundles {
			r := httptest.NewRequest(http.MethodGet, fmt.Sprintf("/v1/organizations/%s/%s/%s/revisions/%s?format=bundle", o.Name, b.Revision.Kind, b.Revision.Name, b.Revision.Number), nil)
			r.Header.Set("Authorization", "Bearer simulator")
			server.ServeHTTP(httptest.NewRecorder(), r)
		}
	}
	runtime.GC()
	return server
}

// allAudited is what a report says of an organization of which everything was audited.
func allAudited(o *simulator.Organization) string {
	return fmt.Sprintf(`"audited": %d`, len(o.Bundles))
}

// large is an organization whose bundles, of about 60 kB and 20 policies, are all deployed everywhere. Every proxy has policies that
// issue and refresh, and a tenth of them attach these.
func large(proxies, flows, environments int) *simulator.Organization {
	return deployedEverywhere("large", proxies, flows, environments, func(int) bool { return true })
}

// ordinary is [large] with such policies only where they are attached.
func ordinary(proxies, flows, environments int) *simulator.Organization {
	return deployedEverywhere("ordinary", proxies, flows, environments, func(i int) bool { return i%10 == 0 })
}

func deployedEverywhere(name string, proxies, flows, environments int, tokens func(proxy int) bool) *simulator.Organization {
	o := &simulator.Organization{Name: name}
	for i := range environments {
		o.Environments = append(o.Environments, simulator.Environment{Name: fmt.Sprintf("env-%d", i)})
	}
	everywhere := func(int) bool { return true }
	for i := range proxies {
		files := largeProxy(i, flows)
		if !tokens(i) {
			delete(files, "apiproxy/policies/Issue.xml")
			delete(files, "apiproxy/policies/Refresh.xml")
		}
		deploy(o, apigee.KindProxy, fmt.Sprintf("proxy-%d", i), files, everywhere)
	}
	for i := range flows {
		deploy(o, apigee.KindSharedFlow, fmt.Sprintf("flow-%d", i), map[string][]byte{
			"sharedflowbundle/flow.xml":                []byte(`<SharedFlowBundle name="flow"/>`),
			"sharedflowbundle/sharedflows/default.xml": []byte(`<SharedFlow name="default"><Step><Name>Set-0</Name></Step></SharedFlow>`),
			"sharedflowbundle/policies/Set-0.xml":      assign("Set-0", i),
		}, everywhere)
	}
	return o
}

// deploy adds a bundle to an organization, deployed in some of its environments.
func deploy(o *simulator.Organization, kind apigee.Kind, name string, files map[string][]byte, in func(environment int) bool) {
	r := apigee.Revision{Kind: kind, Name: name, Number: "7"}
	o.Bundles = append(o.Bundles, simulator.Bundle{Revision: r, Files: files})
	for e := range o.Environments {
		if in(e) {
			o.Environments[e].Deployed = append(o.Environments[e].Deployed, r)
		}
	}
}

// templates is an organization whose proxies are made from one template. A third of them handles tokens, half of these refreshes none,
// and all call shared flows, two of which handle tokens too. Each is deployed in two of three environments.
func templates(proxies, flows int) *simulator.Organization {
	o := &simulator.Organization{Name: "templates", Environments: []simulator.Environment{{Name: "dev"}, {Name: "prod"}, {Name: "test"}}}
	add := func(i int, kind apigee.Kind, name string, files map[string][]byte) {
		deploy(o, kind, name, files, func(e int) bool { return kind == apigee.KindSharedFlow || (i+e)%3 != 0 })
	}
	for i := range flows {
		operation := map[int]string{1: "GenerateAccessToken", 2: "RefreshAccessToken"}[i]
		add(i, apigee.KindSharedFlow, fmt.Sprintf("flow-%d", i), map[string][]byte{
			"sharedflowbundle/flow.xml":                []byte(`<SharedFlowBundle name="flow"/>`),
			"sharedflowbundle/sharedflows/default.xml": []byte(`<SharedFlow name="default"><Step><Name>P</Name></Step></SharedFlow>`),
			"sharedflowbundle/policies/P.xml": fmt.Appendf(nil, `<OAuthV2 name="P"><Operation>%s</Operation>`+
				`<SupportedGrantTypes><GrantType>password</GrantType></SupportedGrantTypes><GenerateResponse enabled="true"/></OAuthV2>`, cmp.Or(operation, "VerifyAccessToken")),
		})
	}
	for i := range proxies {
		files := typical.Proxy(i, []typical.Tokens{typical.Refreshes, typical.Verifies, typical.Verifies, typical.Issues, typical.Verifies, typical.Verifies}[i%6])
		files["apiproxy/policies/Call.xml"] = fmt.Appendf(nil, `<FlowCallout name="Call"><SharedFlowBundle>flow-%d</SharedFlowBundle></FlowCallout>`, i%flows)
		const pre = "<PreFlow name=\"PreFlow\"><Request>"
		files["apiproxy/proxies/default.xml"] = bytes.Replace(files["apiproxy/proxies/default.xml"], []byte(pre), []byte(pre+"<Step><Name>Call</Name></Step>"), 1)
		add(i, apigee.KindProxy, fmt.Sprintf("proxy-%d", i), files)
	}
	return o
}

// quiet is an organization of which every tenth proxy handles refresh tokens, and as it should.
func quiet(proxies int) *simulator.Organization {
	o := &simulator.Organization{Name: "quiet", Environments: []simulator.Environment{{Name: "prod"}, {Name: "test"}}}
	for i := range proxies {
		does := typical.Verifies
		if i%10 == 0 {
			does = typical.Refreshes
		}
		deploy(o, apigee.KindProxy, fmt.Sprintf("proxy-%d", i), typical.Proxy(i, does), func(int) bool { return true })
	}
	return o
}

// largeProxy has 20 policies and two scripts. Every tenth issues refresh tokens, every thirtieth refreshes them too.
func largeProxy(n, flows int) map[string][]byte {
	files := map[string][]byte{
		"apiproxy/proxy.xml":            fmt.Appendf(nil, `<APIProxy name="proxy-%d"/>`, n),
		"apiproxy/policies/Call.xml":    fmt.Appendf(nil, `<FlowCallout name="Call"><SharedFlowBundle>flow-%d</SharedFlowBundle></FlowCallout>`, n%flows),
		"apiproxy/policies/Issue.xml":   []byte(`<OAuthV2 name="Issue"><Operation>GenerateAccessToken</Operation><SupportedGrantTypes><GrantType>password</GrantType></SupportedGrantTypes></OAuthV2>`),
		"apiproxy/policies/Refresh.xml": []byte(`<OAuthV2 name="Refresh"><Operation>RefreshAccessToken</Operation></OAuthV2>`),
		"apiproxy/targets/default.xml":  []byte(`<TargetEndpoint name="default"><HTTPTargetConnection><URL>https://example.com</URL></HTTPTargetConnection></TargetEndpoint>`),
	}
	files["apiproxy/resources/jsc/one.js"], files["apiproxy/resources/jsc/two.js"] = script(n), script(n+1)
	var steps, flow strings.Builder
	for i := range 17 {
		name := fmt.Sprintf("Set-%d", i)
		files["apiproxy/policies/"+name+".xml"] = assign(name, n)
		fmt.Fprintf(&steps, "<Step><Name>%s</Name></Step>", name)
	}
	if n%10 == 0 {
		flow.WriteString(`<Flow name="token"><Condition>proxy.pathsuffix MatchesPath "/token"</Condition><Request><Step><Name>Issue</Name></Step></Request></Flow>`)
	}
	if n%30 == 0 {
		flow.WriteString(`<Flow name="refresh"><Condition>proxy.pathsuffix MatchesPath "/refresh"</Condition><Request><Step><Name>Refresh</Name></Step></Request></Flow>`)
	}
	files["apiproxy/proxies/default.xml"] = fmt.Appendf(nil, `<ProxyEndpoint name="default"><PreFlow><Request><Step><Name>Call</Name></Step>%s</Request></PreFlow><Flows>%s</Flows>`+
		`<HTTPProxyConnection><BasePath>/p%d</BasePath></HTTPProxyConnection><RouteRule name="r"><TargetEndpoint>default</TargetEndpoint></RouteRule></ProxyEndpoint>`, &steps, &flow, n)
	return files
}

// assign is a policy of about 1.2 kB, which is more than most are.
func assign(name string, n int) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `<AssignMessage name="%s"><DisplayName>%s</DisplayName><Set><Headers>`, name, name)
	for i := range 8 {
		fmt.Fprintf(&b, "\n      <Header name=\"x-%d-%d\">value {request.%x}</Header>", n, i, (n+1)*(i+7919)*31)
	}
	fmt.Fprintf(&b, "</Headers><Payload contentType=\"application/json\">{\"n\": %d%s}</Payload></Set></AssignMessage>", n, strings.Repeat(`, "field": "{value}"`, 30))
	return []byte(b.String())
}

// script is of about 18 kB.
func script(n int) []byte {
	var b strings.Builder
	for i := range 250 {
		fmt.Fprintf(&b, "function step%d(a) {\n  var v = context.getVariable('flow.%d.%x');\n  return v + a;\n}\n", i, n, i*7919)
	}
	return []byte(b.String())
}
