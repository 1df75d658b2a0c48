package audit_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// pendingWalkRewrite lets tests that the walk does not pass yet be skipped, each with what is wrong. They are: the cases
// of TestWalkCases that have a pending reason, TestWalkNeverBuriesTheLiving, TestWalkDecidesWhatItMust and FuzzWalk.
const pendingWalkRewrite = false

// pending fails a test; where a reason is known, it skips it while the rewrite is pending.
func pending(t *testing.T, reason, format string, args ...any) {
	t.Helper()
	if reason != "" && pendingWalkRewrite {
		t.Skipf("pending: %s\n"+format, append([]any{reason}, args...)...)
	}
	t.Fatalf(format, args...)
}

// Bounds of the fixed part, which every run of the tests goes through; FuzzWalk goes on from there.
const (
	seeds    = 1000
	requests = 1000 // of one proxy in one environment, before the rest is left to chance
)

// disagreement is one policy about which the interpreter and the audit differ.
type disagreement struct {
	env    string
	id     ran
	grant  string // the grant it is about, "" for running at all
	path   []int  // the request that shows it; nil where there is none
	spared bool   // the audit lets live what never runs
}

func (d disagreement) String() string {
	what := "ran"
	if d.grant != "" {
		what = "ran with grant " + d.grant
	}
	if d.spared {
		return fmt.Sprintf("%s of %s in %s never %s, and the audit does not see that", d.id.policy, d.id.bundle, d.env, what)
	}
	return fmt.Sprintf("%s of %s in %s %s, and the audit says that it cannot", d.id.policy, d.id.bundle, d.env, what)
}

// tally counts what was compared.
type tally struct{ environments, whole, requests, policies, ran, dead, spared int }

func (n *tally) add(m tally) {
	n.environments, n.whole, n.requests = n.environments+m.environments, n.whole+m.whole, n.requests+m.requests
	n.policies, n.ran, n.dead, n.spared = n.policies+m.policies, n.ran+m.ran, n.dead+m.dead, n.spared+m.spared
}

// found is the share of policies that never ran and are called dead, in percent.
func (n tally) found() int { return 100 * n.dead / max(1, n.dead+n.spared) }

func (n tally) String() string {
	return fmt.Sprintf("%d environments, %d tried in full, by %d requests; of %d policies there %d ran, %d never did and are called dead, %d never did and are not (%d%% found)",
		n.environments, n.whole, n.requests, n.policies, n.ran, n.dead, n.spared, n.found())
}

// grantsWithRefresh are those that bring a refresh token.
func grantsWithRefresh() []string { return []string{"authorization_code", "password"} }

// compare runs a proxy on the requests that can make a difference and holds the audit's word against what happened.
// First come the policies that ran and are called dead, then those that the audit spares although they never ran. With
// demanded these are counted against a run that is widened to what the audit need not decide.
func compare(t testing.TB, o *modelOrg, demanded bool) ([]disagreement, tally) {
	t.Helper()
	said := ask(t, o.source())
	var buried, spared []disagreement
	var n tally
	for _, env := range o.Environments {
		random := rand.New(rand.NewPCG(1, 1)).IntN
		real := explore(o, env, false, requests, random)
		widest := real
		if demanded {
			widest = explore(o, env, true, requests, random)
		}
		whole := real.whole && widest.whole
		// Of a proxy far from tokens nothing is kept that only a flow hook could see.
		far := demanded && !slices.ContainsFunc(o.Proxy.Policies, func(p *modelPolicy) bool {
			return p.Kind == kindIssue || p.Kind == kindRefresh || p.Kind == kindProbe || p.Kind == kindCall
		})
		n.add(tally{environments: 1, requests: real.requests})
		if whole {
			n.whole++
		}
		for _, b := range o.bundles() {
			if b != o.Proxy && o.shared(env, b.Name) != b {
				continue
			}
			for _, p := range b.Policies {
				id := ran{b.Name, p.Name}
				grants, lives := said[policyAt{env.Name, o.Proxy.Name, b.Name, p.Name}]
				buried = append(buried, burying(env, id, real, grants, lives)...)
				if whole && !far {
					spared = append(spared, sparing(env, p, id, widest, grants, lives, &n)...)
				}
			}
		}
	}
	return append(buried, spared...), n
}

// burying: a policy ran, or with a grant, and the audit says that it cannot.
func burying(env *modelEnv, id ran, o *outcome, grants []string, lives bool) (out []disagreement) {
	if !lives {
		if o.ran[id] {
			out = append(out, disagreement{env: env.Name, id: id, path: o.ways[id]})
		}
		return out
	}
	for _, g := range grantsWithRefresh() {
		if o.served[id][g] && !slices.Contains(grants, g) {
			out = append(out, disagreement{env: env.Name, id: id, grant: g, path: o.grants[id][g]})
		}
	}
	return out
}

// sparing is the other way round: for an issuing policy by its grants, for the other token policies by running at all.
func sparing(env *modelEnv, p *modelPolicy, id ran, o *outcome, grants []string, lives bool, n *tally) (out []disagreement) {
	count := func(runs, lives bool, grant string) {
		n.policies++
		switch {
		case runs:
			n.ran++
		case !lives:
			n.dead++
		default:
			n.spared++
			out = append(out, disagreement{env: env.Name, id: id, grant: grant, spared: true})
		}
	}
	switch p.Kind {
	case kindIssue:
		for _, g := range grantsWithRefresh() {
			if slices.Contains(p.accepted(), g) {
				count(o.served[id][g], slices.Contains(grants, g), g)
			}
		}
	case kindRefresh, kindProbe:
		count(o.ran[id], lives, "")
	}
	return out
}

// explain shows the smallest proxy that still fails in the same way, the request, and what both sides say.
func explain(t testing.TB, o *modelOrg, first disagreement, demanded bool) string {
	t.Helper()
	alike := func(o *modelOrg) (disagreement, bool) {
		all, _ := compare(t, o, demanded)
		i := slices.IndexFunc(all, func(d disagreement) bool { return d.spared == first.spared && (d.grant == "") == (first.grant == "") })
		if i < 0 {
			return disagreement{}, false
		}
		return all[i], true
	}
	o = o.shrink(func(o *modelOrg) bool { _, fails := alike(o); return fails })
	d, fails := alike(o)
	if !fails { // cannot be, unless comparing gives now this and now that
		return "gone after shrinking: " + first.String()
	}
	report := d.String() + "\n" + o.String()
	if d.path != nil {
		env := o.Environments[slices.IndexFunc(o.Environments, func(e *modelEnv) bool { return e.Name == d.env })]
		report += "-- the request --\n" + strings.Join(replay(o, env, d.path, false), "\n") + "\n"
	}
	return report
}

// seeded are the bytes of one proxy of the fixed set.
func seeded(seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 7))
	data := make([]byte, 40+r.IntN(260))
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	return data
}

// survey compares the fixed set. Disagreements that matter fail the test, the first of them explained.
func survey(t *testing.T, plain bool, reason string, matters func(disagreement) bool) tally {
	t.Helper()
	var all tally
	var bad []string
	report := ""
	for seed := range uint64(seeds) {
		o := generate(seeded(seed), plain)
		list, n := compare(t, o, plain)
		all.add(n)
		if i := slices.IndexFunc(list, matters); i >= 0 {
			bad = append(bad, strconv.FormatUint(seed, 10))
			if report == "" {
				report = explain(t, o, list[i], plain)
			}
		}
	}
	t.Log(all)
	if len(bad) > 0 {
		pending(t, reason, "%d of %d seeds disagree (%s); the first, made as small as it goes:\n%s", len(bad), seeds, strings.Join(bad[:min(len(bad), 40)], " "), report)
	}
	return all
}

// TestWalkNeverBuriesTheLiving: whatever ran, for any request and under any reading of what the pages leave open, is
// not called dead, and a grant that was served is among those that the audit sees. The other direction is only counted:
// much of what never runs lies behind code, copies and fault rules that nobody asks the audit to see through.
func TestWalkNeverBuriesTheLiving(t *testing.T) {
	t.Parallel()
	all := survey(t, false, "the walk calls dead what runs", func(d disagreement) bool { return !d.spared })
	if all.found() < 70 {
		t.Errorf("only %d%% of what never ran is called dead", all.found())
	}
	teeth(t, all)
}

// TestWalkDecidesWhatItMust asserts both directions, for proxies of what design and documentation let the audit decide:
//
//   - literals assigned in a step without a condition, in a flow that always runs, a hook or a target, and kept until
//     something that runs can change them: not by a hook point without a hook, and not by the way to a target;
//   - conditions of =, != and null, and of paths without a star; and, or, not; true, false, two literals, a property
//     set, the names of environment and proxy; message as the request on the request side;
//   - the first true flow and route; either flow where the response chooses anew;
//   - RaiseFault, under a condition or none;
//   - a refresh operation without its grant, and an issuing step without a condition, which sends other grants away;
//   - shared flows as far as they are deployed, with literal parameters, and hooks.
//
// Nothing is asked about a variable behind alternatives, a step or a call with a condition that assign it, nor about
// the grants that an issuing step under a condition takes away: the run that the audit is measured by lets those be
// anything. See the uses of machine.demanded.
func TestWalkDecidesWhatItMust(t *testing.T) {
	t.Parallel()
	all := survey(t, true, "the walk forgets at hooks and targets, and asks no grant of a refresh operation", func(disagreement) bool { return true })
	teeth(t, all)
}

// teeth makes sure that the proxies are worth comparing.
func teeth(t *testing.T, n tally) {
	t.Helper()
	if n.whole < n.environments*9/10 {
		t.Errorf("only %d of %d environments were tried in full", n.whole, n.environments)
	}
	if n.ran < n.policies/4 || n.dead+n.spared < n.policies/4 {
		t.Errorf("of %d policies %d ran and %d did not: there should be enough of both", n.policies, n.ran, n.dead+n.spared)
	}
}

// FuzzWalk makes proxies of bytes: the first says which properties they have to stand.
func FuzzWalk(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(byte(seed), seeded(seed))
	}
	f.Fuzz(func(t *testing.T, first byte, data []byte) {
		if len(data) > 1000 {
			return // larger proxies are not more interesting
		}
		plain := first%2 == 1
		o := generate(data, plain)
		list, _ := compare(t, o, plain)
		if i := slices.IndexFunc(list, func(d disagreement) bool { return plain || !d.spared }); i >= 0 {
			pending(t, "as the fixed set", "%s", explain(t, o, list[i], plain))
		}
	})
}

// TestOracleStandsAlone keeps the interpreter independent of what it judges.
func TestOracleStandsAlone(t *testing.T) {
	for _, part := range []string{"model", "condition", "machine", "requests", "generate", "emit", "shrink", "fix_read"} {
		file, err := parser.ParseFile(token.NewFileSet(), "oracle_"+part+"_test.go", nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range file.Imports {
			if path := strings.Trim(i.Path.Value, `"`); strings.Contains(path, ".") || strings.HasPrefix(path, "apigee-audit") {
				t.Errorf("oracle_%s_test.go imports %s: the oracle may use the standard library only", part, path)
			}
		}
	}
}

// TestOracleConditions: the documented rows, and what is open.
func TestOracleConditions(t *testing.T) {
	null, is := value{}, text
	const open = 2
	for _, tt := range []struct {
		left  value
		op    string
		right value
		want  int // 0, 1, or open
	}{
		{null, opEqual, null, 1}, {null, opEqual, is("a"), 0}, {is(""), opEqual, null, 0}, {is("a"), opEqual, is("a"), 1}, {is("a"), opEqual, is("A"), 0},
		{null, opNotEqual, null, 0}, {null, opNotEqual, is("a"), 1}, {is("a"), opNotEqual, null, 1}, {is("a"), opNotEqual, is("a"), 0},
		{is("a"), opEqualFold, is("A"), 1}, {null, opEqualFold, is(""), 0}, {null, opEqualFold, null, 1},
		{null, opStartsWith, is(""), 0}, {is("ab"), opStartsWith, is("a"), 1}, {is("ab"), opStartsWith, is("b"), 0},
		{null, opMatches, is("*"), 0}, {is("ab"), opMatches, is("a*"), 1}, {is("ab"), opMatches, is("a"), 0}, {is("a.b"), opMatches, is("a.*"), 1}, {is("axb"), opMatches, is("a.*"), 0},
		{null, opJavaRegex, is(".*"), 0}, {is("b"), opJavaRegex, is("a|b"), 1}, {is("xb"), opJavaRegex, is("a|b"), open}, {is("c"), opJavaRegex, is("a|b"), 0},
		{null, opMatchesPath, is("/**"), 0}, {is("/a"), opMatchesPath, is("/a"), 1}, {is("/a/b"), opMatchesPath, is("/a"), 0}, {is("/a/"), opMatchesPath, is("/a"), open},
		{is("/a/b"), opMatchesPath, is("/a/*"), 1}, {is("/a/b/c"), opMatchesPath, is("/a/*"), 0}, {is("/a/b/c"), opMatchesPath, is("/a/**"), 1},
		{is("/a"), opMatchesPath, is("/a/**"), open}, {is("/a/b/c"), opMatchesPath, is("/**/c"), 1}, {is("/a/x/c"), opMatchesPath, is("/a/{id}/c"), 1},
		{is("3"), opLess, is("5"), 1}, {is("5"), opLess, is("5"), 0}, {is("5"), opAtLeast, is("5"), 1}, {null, opLess, is("5"), open}, {null, opAtLeast, is("5"), 0},
		{is("10"), opLess, is("9"), 0}, {is("x"), opLess, is("9"), 0},
	} {
		got := map[bool]bool{}
		for c := (&choices{}); ; {
			m := &machine{choices: c, readings: map[question]int{}, domains: readDomains(&modelOrg{Proxy: &modelBundle{}})}
			got[m.compare(tt.op, tt.left, tt.right)] = true
			if !c.next() {
				break
			}
		}
		if want := map[int]map[bool]bool{0: {false: true}, 1: {true: true}, open: {false: true, true: true}}[tt.want]; len(got) != len(want) || got[true] != want[true] {
			t.Errorf("%s %s %s: %v, want %v", tt.left, tt.op, tt.right, got, want)
		}
	}
}

// TestOracleOrder runs a proxy that has everything, and states the order of the documentation.
func TestOracleOrder(t *testing.T) {
	b := &modelBundle{Name: "p", Number: "1"}
	step := func(name string) []*modelStep {
		if b.policy(name) == nil {
			b.Policies = append(b.Policies, &modelPolicy{Name: name, Kind: kindProbe})
		}
		return []*modelStep{{Policy: name}}
	}
	endpoint := func(name string) *modelEndpoint {
		return &modelEndpoint{
			Name: name, Pre: modelFlow{Request: step(name + " pre"), Response: step(name + " pre back")},
			Flows: []*modelFlow{
				{Name: "never", Cond: &modelCond{Op: "false"}, Request: step("never"), Response: step("never")},
				{Name: "first", Request: step(name + " flow"), Response: step(name + " flow back")},
				{Name: "second", Request: step("never"), Response: step("never")},
			},
			Post:       modelFlow{Request: step(name + " post"), Response: step(name + " post back")},
			PostClient: step("never"),
		}
	}
	b.Endpoints, b.Targets = []*modelEndpoint{endpoint("proxy")}, []*modelEndpoint{endpoint("target")}
	b.Endpoints[0].Routes = []*modelRoute{{Name: "none", Cond: &modelCond{Op: "false"}}, {Name: "t", Target: "target"}}
	o := &modelOrg{Proxy: b, Environments: []*modelEnv{{Name: "dev", Shared: map[string]string{}, Hooks: map[string]string{}}}}
	for _, point := range []string{"PreProxyFlowHook", "PreTargetFlowHook", "PostTargetFlowHook", "PostProxyFlowHook"} {
		s := &modelBundle{Name: point, Number: "1", Policies: []*modelPolicy{{Name: point, Kind: kindProbe}}, Steps: []*modelStep{{Policy: point}}}
		o.Shared = append(o.Shared, s)
		o.Environments[0].Shared[point], o.Environments[0].Hooks[point] = "1", point
	}
	ordered := func() string {
		var out []string
		for _, line := range replay(o, o.Environments[0], nil, false) {
			if name, ok := strings.CutPrefix(strings.TrimSpace(line), "→ "); ok {
				name, _, _ = strings.Cut(name, " of ")
				out = append(out, name)
			}
		}
		return strings.Join(out, ", ")
	}
	const want = "PreProxyFlowHook, proxy pre, proxy flow, proxy post, PreTargetFlowHook, target pre, target flow, target post, " +
		"target pre back, target flow back, target post back, PostTargetFlowHook, proxy pre back, proxy flow back, proxy post back, PostProxyFlowHook"
	if got := ordered(); got != want {
		t.Errorf("order:\n%s\nwant:\n%s", got, want)
	}
	// With a fault in PostFlow, the fault rules of the proxy: from the bottom, one, and the default that is enforced.
	b.Policies = append(b.Policies, &modelPolicy{Name: "stop", Kind: kindRaise})
	e := b.Endpoints[0]
	e.Post.Request = append(e.Post.Request, &modelStep{Policy: "stop"})
	e.FaultRules = []*modelRule{
		{Name: "a", Steps: step("never")}, {Name: "b", Steps: step("rule b")}, {Name: "c", Cond: &modelCond{Op: "false"}, Steps: step("never")},
	}
	e.DefaultFault = &modelRule{Name: "d", Always: true, Steps: step("default")}
	if got, want := ordered(), "PreProxyFlowHook, proxy pre, proxy flow, proxy post, rule b, default"; got != want {
		t.Errorf("order with a fault: %s, want %s", got, want)
	}
}
