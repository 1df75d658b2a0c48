package audit_test

import (
	"fmt"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/rules"
)

// flowsOf makes a proxy of n conditional flows, each of which issues after a check, and a refresh flow behind them.
func flowsOf(n int, condition func(i int) string) *bundle.Archive {
	var flows strings.Builder
	for i := range n {
		fmt.Fprintf(&flows, `<Flow name="f%d"><Condition>%s</Condition><Request><Step><Name>Check</Name><Condition>request.queryparam.page = null</Condition></Step>`+
			`<Step><Name>Mode</Name></Step><Step><Name>Issue</Name><Condition>request.formparam.grant_type = "authorization_code"</Condition></Step></Request>`+
			`<Response><Step><Name>Check</Name><Condition>flow.mode = "x"</Condition></Step></Response></Flow>`, i, condition(i))
	}
	return archiveOf(map[string]string{
		"apiproxy/proxies/default.xml": `<ProxyEndpoint name="default"><HTTPProxyConnection><BasePath>/p</BasePath></HTTPProxyConnection><Flows>` + flows.String() +
			`<Flow name="refresh"><Request><Step><Name>Refresh</Name></Step></Request></Flow></Flows><RouteRule name="none"/></ProxyEndpoint>`,
		"apiproxy/policies/Check.xml":   `<RaiseFault name="Check"/>`,
		"apiproxy/policies/Mode.xml":    `<AssignMessage name="Mode"><AssignVariable><Name>flow.mode</Name><Value>full</Value></AssignVariable></AssignMessage>`,
		"apiproxy/policies/Issue.xml":   `<OAuthV2 name="Issue"><Operation>GenerateAccessToken</Operation><GenerateResponse/><SupportedGrantTypes><GrantType>authorization_code</GrantType></SupportedGrantTypes></OAuthV2>`,
		"apiproxy/policies/Refresh.xml": `<OAuthV2 name="Refresh"><Operation>RefreshAccessToken</Operation><GenerateResponse/></OAuthV2>`,
	})
}

// growing are proxies whose size is a number of flows or of levels.
var growing = map[string]func(n int) map[apigee.Revision]*bundle.Archive{
	"paths": func(n int) map[apigee.Revision]*bundle.Archive {
		return oneProxy(flowsOf(n, func(i int) string { return fmt.Sprintf(`proxy.pathsuffix MatchesPath "/op%d"`, i) }))
	},
	"paths and verbs": func(n int) map[apigee.Revision]*bundle.Archive {
		return oneProxy(flowsOf(n, func(i int) string {
			return fmt.Sprintf(`(proxy.pathsuffix MatchesPath "/res%d/*") and (request.verb = "%s")`, i/4, []string{"GET", "POST", "PUT", "DELETE"}[i%4])
		}))
	},
	"headers": func(n int) map[apigee.Revision]*bundle.Archive {
		return oneProxy(flowsOf(n, func(i int) string {
			return fmt.Sprintf(`proxy.pathsuffix MatchesPath "/token" and request.header.x-op = "op%d"`, i)
		}))
	},
	"overlapping": func(n int) map[apigee.Revision]*bundle.Archive {
		return oneProxy(flowsOf(n, func(i int) string {
			return fmt.Sprintf(`request.header.x-op != "op%d" and request.queryparam.q%d = "1"`, i, i)
		}))
	},
	"variables and verbs": func(n int) map[apigee.Revision]*bundle.Archive {
		return oneProxy(flowsOf(n, func(i int) string {
			return fmt.Sprintf(`request.verb = "%s" and request.header.h%d = "1"`, []string{"GET", "POST", "PUT", "DELETE"}[i%4], i)
		}))
	},
	"unrelated": func(n int) map[apigee.Revision]*bundle.Archive {
		return oneProxy(flowsOf(n, func(i int) string { return fmt.Sprintf(`request.header.h%d = "1"`, i) }))
	},
}

func oneProxy(a *bundle.Archive) map[apigee.Revision]*bundle.Archive {
	return map[apigee.Revision]*bundle.Archive{{Kind: apigee.KindProxy, Name: "p", Number: "1"}: a}
}

// treeOf makes a proxy that calls the first of n shared flows, each of which calls the next twice; the last one issues.
func treeOf(n int, condition func(level, call int) string) map[apigee.Revision]*bundle.Archive {
	out := oneProxy(archiveOf(map[string]string{
		"apiproxy/proxies/default.xml": `<ProxyEndpoint name="default"><PreFlow><Request><Step><Name>Call</Name></Step></Request></PreFlow><RouteRule name="none"/></ProxyEndpoint>`,
		"apiproxy/policies/Call.xml":   `<FlowCallout name="Call"><SharedFlowBundle>s0</SharedFlowBundle></FlowCallout>`,
	}))
	for i := range n {
		step := "<Step><Name>Issue</Name><Condition>request.formparam.grant_type = \"password\"</Condition></Step>"
		policy := `<OAuthV2 name="Issue"><Operation>GenerateAccessToken</Operation><SupportedGrantTypes><GrantType>password</GrantType></SupportedGrantTypes><GenerateResponse/></OAuthV2>`
		if i < n-1 {
			step = ""
			for call := range 2 {
				step += "<Step><Name>Call</Name><Condition>" + condition(i, call) + "</Condition></Step>"
			}
			policy = `<FlowCallout name="Call"><SharedFlowBundle>s` + strconv.Itoa(i+1) + `</SharedFlowBundle></FlowCallout>`
		}
		out[apigee.Revision{Kind: apigee.KindSharedFlow, Name: "s" + strconv.Itoa(i), Number: "1"}] = archiveOf(map[string]string{
			"sharedflowbundle/sharedflows/default.xml": `<SharedFlow name="default">` + step + `</SharedFlow>`,
			"sharedflowbundle/policies/P.xml":          policy,
		})
	}
	return out
}

func flowShapes() []string {
	return []string{"paths", "paths and verbs", "headers", "unrelated", "overlapping", "variables and verbs"}
}

// BenchmarkFlows shows how the work grows with the flows of one proxy. ns/flow is what should stay about the same.
func BenchmarkFlows(b *testing.B) {
	for _, shape := range flowShapes() {
		for _, n := range []int{100, 200, 400, 800, 1600, 3200} {
			b.Run(fmt.Sprintf("%s/%d", shape, n), func(b *testing.B) { auditAll(b, growing[shape](n), n) })
		}
	}
}

// BenchmarkFlowGrowth audits a proxy of 3,200 flows beside one of 100 as often as it takes for as many flows. The two take turns, and
// the fastest turn of each counts; x-linear is the ratio of their times.
func BenchmarkFlowGrowth(b *testing.B) {
	const few, many = 100, 3200
	for _, shape := range flowShapes() {
		b.Run(shape, func(b *testing.B) {
			defer debug.SetGCPercent(debug.SetGCPercent(300)) // as the program does
			small, large := growing[shape](few), growing[shape](many)
			var short, long time.Duration
			problems := 0
			for b.Loop() {
				started := time.Now()
				for range many / few {
					problems += len(audited(b, small).Problems)
				}
				turn := time.Now()
				problems += len(audited(b, large).Problems)
				if took := turn.Sub(started); short == 0 || took < short {
					short = took
				}
				if took := time.Since(turn); long == 0 || took < long {
					long = took
				}
			}
			b.ReportMetric(long.Seconds()/short.Seconds(), "x-linear")
			b.ReportMetric(float64(long.Nanoseconds())/many, "ns/flow")
			b.ReportMetric(float64(problems), "problems")
		})
	}
}

// BenchmarkSharedFlowTree shows how the work grows with the levels of shared flows that each call the next one twice.
func BenchmarkSharedFlowTree(b *testing.B) {
	for name, condition := range map[string]func(level, call int) string{
		"plain":       func(int, int) string { return "" },
		"conditional": func(level, call int) string { return fmt.Sprintf(`request.header.h%d = "%d"`, level, call) },
	} {
		for _, n := range []int{4, 8, 16, 32, 64} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) { auditAll(b, treeOf(n, condition), n) })
		}
	}
}

func auditAll(b *testing.B, bundles map[apigee.Revision]*bundle.Archive, n int) {
	b.Helper()
	problems := 0
	for b.Loop() {
		problems = len(audited(b, bundles).Problems)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/flow")
	b.ReportMetric(float64(problems), "problems")
}

func audited(b *testing.B, bundles map[apigee.Revision]*bundle.Archive) *finding.Result {
	b.Helper()
	res, err := audit.Run(b.Context(), &archives{bundles: bundles}, audit.Options{Rules: rules.All(), Concurrency: 1})
	if err != nil {
		b.Fatal(err)
	}
	return res
}
