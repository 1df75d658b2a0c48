package audit_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/fix"
	"apigee-audit/audit/rules"
)

// sorted is an organization whose lists have the order in which they are read from files.
func (o *modelOrg) sorted() *modelOrg {
	out := o.clone()
	for _, b := range out.bundles() {
		slices.SortFunc(b.Policies, func(x, y *modelPolicy) int { return strings.Compare(x.Name, y.Name) })
	}
	return out
}

// TestOracleReads: what is read from the bundles of an organization behaves as that does.
func TestOracleReads(t *testing.T) {
	t.Parallel()
	for seed := range uint64(seeds / 5) {
		for _, plain := range []bool{false, true} {
			o := generate(seeded(seed), plain).sorted()
			read, err := readOrg(o, o.emit())
			if err != nil {
				t.Fatalf("seed %d: %v\n%s", seed, err, o)
			}
			for i, env := range o.Environments {
				want := explore(o, env, false, requests/4, rand.New(rand.NewPCG(seed, 1)).IntN)
				got := explore(read, read.Environments[i], false, requests/4, rand.New(rand.NewPCG(seed, 1)).IntN)
				if !reflect.DeepEqual(got, want) {
					t.Fatalf("seed %d: what is read does not behave as what was written:\n%s\nread:\n%s", seed, o, read)
				}
			}
		}
	}
}

// TestOracleReadsAllOrNothing: what the reader does not know fails, rather than being left out of the model.
func TestOracleReadsAllOrNothing(t *testing.T) {
	t.Parallel()
	value := "a"
	o := &modelOrg{
		Proxy: &modelBundle{
			Name: "p", Number: "1",
			Policies:  []*modelPolicy{{Name: "issue", Kind: kindIssue}, {Name: "set", Kind: kindAssign, To: "mode", Value: &value}},
			Endpoints: []*modelEndpoint{{Name: "e0", Pre: modelFlow{Request: []*modelStep{{Policy: "issue", Cond: &modelCond{Op: opEqual, Variable: "mode", Right: "a"}}}}}},
		},
		Environments: []*modelEnv{{Name: "dev"}},
	}
	if _, err := readOrg(o, o.emit()); err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{"<Name>issue</Name>", "<Name>other</Name>"},
		{"<Name>issue</Name>", "<Name>issue</Name><Name>set</Name>"},
		{"<Name>issue</Name>", "<Name>issue</Name><FaultRules/>"},
		{"<PreFlow ", "<PreFlow enabled='false' "},
		{"<PreFlow ", "text<PreFlow "},
		{"</ProxyEndpoint>", ""},
		{"</ProxyEndpoint>", "</ProxyEndpoint><ProxyEndpoint/>"},
		{"GenerateAccessToken", "GenerateJWTAccessToken"},
		{"<Operation>", "<StoreToken>true</StoreToken><Operation>"},
		{"AssignMessage", "JSONToXML"},
		{`mode = "a"`, `mode = "a`}, {`mode = "a"`, `mode = "a" or`}, {`mode = "a"`, `mode ^ "a"`}, {`mode = "a"`, `(mode = "a"`}, {`mode = "a"`, `mode = "a")`},
	} {
		files, changed := o.emit(), false
		for name, text := range files[0].Files {
			files[0].Files[name] = strings.ReplaceAll(text, change[0], change[1])
			changed = changed || files[0].Files[name] != text
		}
		if _, err := readOrg(o, files); err == nil || !changed {
			t.Errorf("%s in the place of %s is read (or was not there: %v)", change[1], change[0], !changed)
		}
	}
}

// variants are organizations made of a generated one, so that each of the rules has enough to find: without refresh policies
// nothing is ever refreshed, without their steps they cannot run, and lax policies have what else there is to mend.
func (o *modelOrg) variants() []*modelOrg {
	without, unattached, lax := o.clone(), o.clone(), o.clone()
	for _, b := range lax.bundles() {
		for _, p := range b.Policies {
			p.Lax = true
		}
	}
	for _, v := range []*modelOrg{without, unattached} {
		for _, b := range v.bundles() {
			refreshes := func(p *modelPolicy) bool { return p.Kind == kindRefresh }
			for _, list := range b.stepLists() {
				*list = slices.DeleteFunc(*list, func(s *modelStep) bool { return refreshes(b.policy(s.Policy)) })
			}
			if v == without {
				b.Policies = slices.DeleteFunc(b.Policies, refreshes)
			}
		}
	}
	return []*modelOrg{o, without, unattached, lax}
}

// proposed is what the audit finds in an organization, with fixes.
func proposed(t testing.TB, o *modelOrg) []finding.Finding {
	t.Helper()
	a, err := audit.Read(context.Background(), o.source(), audit.Options{Rules: rules.All(), Concurrency: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	res := a.Result()
	if err := fix.Propose(context.Background(), a, res, fix.Options{}); err != nil {
		t.Fatal(err)
	}
	return res.Findings
}

// mended is an organization with a fix applied as its edits say, read from the files that come of it.
func (o *modelOrg) mended(x finding.Fix) (*modelOrg, error) {
	all := o.emit()
	for _, e := range all {
		if e.Name != x.Name || e.Number != x.Revision || e.Shared != (x.Kind == apigee.KindSharedFlow) {
			continue
		}
		for _, n := range x.NewFiles {
			if _, there := e.Files[n.File]; there {
				return nil, fmt.Errorf("%s is there already", n.File)
			}
			e.Files[n.File] = string(n.Text)
		}
		for _, edit := range slices.Backward(x.Edits) { // the first ones stay where they are
			text, ok := e.Files[edit.File]
			if !ok {
				return nil, fmt.Errorf("there is no %s", edit.File)
			}
			e.Files[edit.File] = text[:byteAt(text, edit.Line, edit.Column)] + string(edit.Text) + text[byteAt(text, edit.EndLine, edit.EndColumn):]
		}
	}
	return readOrg(o, all)
}

// byteAt is the offset of a place in a text of ASCII.
func byteAt(text string, line, column int) int {
	at := 0
	for range line - 1 {
		at += strings.IndexByte(text[at:], '\n') + 1
	}
	return at + column - 1
}

// trial is a fix that the interpreter judges in one environment.
type trial struct {
	finding       *finding.Finding
	before, after *modelOrg
	env           int
	// stops says that the fix takes grants from a policy rather than refresh what that issues.
	stops bool
}

// seen is what came of sending all requests to a proxy.
type seen struct {
	whole bool
	ran   map[ran]bool
	// refreshed says that a refresh came to its end without a fault, issued that a grant with a refresh token was served.
	refreshed, issued, handed bool
	// spoilt are generating policies that sent away a request which was refreshed.
	spoilt map[ran]bool
}

// send sends requests to a proxy, and shows each run.
func send(o *modelOrg, env int, issuer string, visit func(*machine)) (s seen) {
	s = seen{ran: map[ran]bool{}, spoilt: map[ran]bool{}}
	look := func(m *machine) {
		maps.Copy(s.ran, m.ran)
		for id := range m.ran {
			if o.policyOf(id).Kind != kindRefresh {
				continue
			}
			s.refreshed = s.refreshed || m.ended
			// Whether a flow is chosen anew for the response is open; no fix minds that another one may be.
			if !m.ended && m.readings[flowsOfTheResponse] == 0 {
				maps.Copy(s.spoilt, m.refused)
			}
		}
		for id, grants := range m.served {
			if id.bundle == issuer && slices.ContainsFunc(grantsWithRefresh(), func(g string) bool { return grants[g] }) {
				s.issued = true
				s.handed = s.handed || m.ended
			}
		}
		if visit != nil {
			visit(m)
		}
	}
	d, c := readDomains(o), &choices{}
	one := func() {
		m := newMachine(o, o.Environments[env], d, c)
		m.memory = newMemory(nil)
		m.run()
		look(m)
	}
	for range requests {
		one()
		if !c.next() {
			s.whole = true
			return s
		}
	}
	random := rand.New(rand.NewPCG(1, 1)).IntN
	for range requests / 4 {
		c = &choices{random: random}
		one()
	}
	return s
}

// policyOf is the policy of an id; the revisions of a shared flow have theirs alike.
func (o *modelOrg) policyOf(id ran) *modelPolicy {
	for _, b := range o.bundles() {
		if p := b.policy(id.policy); b.Name == id.bundle && p != nil {
			return p
		}
	}
	return nil
}

// judge says which properties a fix of the core family does not have, by their letters.
func (tr *trial) judge() (broken map[string]string) {
	broken = map[string]string{}
	domains := readDomains(tr.after)
	before := send(tr.before, tr.env, tr.finding.Name, func(was *machine) {
		// A proxy that sets the grant type itself makes a refresh request of another, and another of that.
		if was.memory.refreshes || tr.stops || tr.before.rewritesGrants() {
			return
		}
		now := newMachine(tr.after, tr.after.Environments[tr.env], domains, &choices{})
		now.memory = newMemory(was.memory)
		now.run()
		tr.compare(was, now, broken)
	})
	after := send(tr.after, tr.env, tr.finding.Name, nil)
	switch {
	case tr.stops && after.issued:
		broken["a"] = "it still issues"
	case !tr.stops && after.whole && !after.refreshed && before.handed && !tr.before.rewritesGrants():
		broken["a"] = "no refresh comes to its end"
	}
	for id := range before.ran {
		// What runs behind a login runs no more when that is taken away.
		if !after.ran[id] && after.whole && !tr.stops {
			broken["b"] = fmt.Sprintf("%v runs no more", id)
		}
	}
	if len(after.spoilt) > 0 && !tr.stops && before.handed && !tr.before.rewritesGrants() {
		broken["d"] = fmt.Sprintf("%v send refresh requests away", after.spoilt)
	}
	return broken
}

// compare holds what became of a request that is none to refresh against what became of it before.
func (tr *trial) compare(was, now *machine, broken map[string]string) {
	request := fmt.Sprintf("the request %v", was.memory.chosen)
	for id, grants := range was.served {
		for g := range grants {
			if !now.served[id][g] {
				broken["c"] = fmt.Sprintf("%s was served %v and is served %v", request, was.served, now.served)
			}
		}
	}
	// A request that a refresh policy sent away, because it came without a condition, may get further now.
	if !was.ended {
		return
	}
	if len(now.served) > len(was.served) {
		broken["c"] = fmt.Sprintf("%s was served %v and is served %v", request, was.served, now.served)
	}
	// A flow that is for refresh requests by its path sends others away once its policy runs, as it should.
	for id := range now.refused {
		if p := tr.after.policyOf(id); p.Kind == kindRefresh && tr.after.conditional(p.Name) {
			return
		}
	}
	switch {
	case !now.ended:
		broken["e"] = fmt.Sprintf("%s came to its end and does no more: %v", request, now.refused)
	case !reflect.DeepEqual(now.ran, was.ran):
		broken["e"] = fmt.Sprintf("on %s there ran %v and run %v", request, was.ran, now.ran)
	}
}

// rewritesGrants reports whether a policy that may run sets a variable in which policies look for the grant type.
func (o *modelOrg) rewritesGrants() bool {
	return slices.ContainsFunc(o.bundles(), func(b *modelBundle) bool {
		return slices.ContainsFunc(b.Policies, func(p *modelPolicy) bool {
			return !p.Disabled && slices.ContainsFunc(p.writes(), func(v string) bool { return p.Kind != kindVerify && classOf(v) == classGrant })
		})
	})
}

// conditional reports whether a policy of the proxy is attached in flows and steps with conditions only.
func (o *modelOrg) conditional(policy string) bool {
	open := func(list []*modelStep) bool {
		return slices.ContainsFunc(list, func(s *modelStep) bool { return s.Policy == policy && s.Cond == nil })
	}
	for _, b := range o.bundles() {
		for _, e := range slices.Concat(b.Endpoints, b.Targets) {
			for _, f := range append([]*modelFlow{&e.Pre, &e.Post}, e.Flows...) {
				if f.Cond == nil && (open(f.Request) || open(f.Response)) {
					return false
				}
			}
		}
		if open(b.Steps) {
			return false
		}
	}
	return true
}

// stops reports whether a fix takes grants from an issuing policy.
func (o *modelOrg) stops(after *modelOrg) bool {
	for i, b := range o.bundles() {
		now := after.bundles()[i]
		if slices.ContainsFunc(b.Policies, func(p *modelPolicy) bool { return !slices.Equal(p.Grants, now.policy(p.Name).Grants) }) {
			return true
		}
	}
	return false
}

// fixed is how many fixes of an organization's findings were tried, and which of them are wrong.
type fixed struct {
	tried  map[string]int // by rule
	unread map[string]int // findings without a fix
	wrong  []string
}

// try holds every fix of an organization's findings against the interpreter, in every environment that it changes.
func (n *fixed) try(t testing.TB, o *modelOrg) {
	t.Helper()
	all := proposed(t, o)
	for i := range all {
		f := &all[i]
		if len(f.Fixes) == 0 {
			n.unread[f.RuleID]++
		}
		for j := range f.Fixes {
			x := &f.Fixes[j]
			n.tried[f.RuleID]++
			after, err := o.mended(*x)
			if err != nil {
				n.wrong = append(n.wrong, fmt.Sprintf("%s: %v\n%s\n%s\n%s", f.RuleID, err, x.Description, x.Diff, o))
				continue
			}
			for k, env := range o.Environments {
				here := slices.ContainsFunc(f.Deployments, func(d finding.Deployed) bool { return d.Environment == env.Name })
				if !here || x.Kind == apigee.KindSharedFlow && env.Shared[x.Name] != x.Revision {
					continue
				}
				tr := &trial{finding: f, before: o, after: after, env: k, stops: o.stops(after)}
				broken := tr.judgeRule()
				for _, letter := range slices.Sorted(maps.Keys(broken)) {
					n.wrong = append(n.wrong, fmt.Sprintf("%s in %s, (%s): %s\n%s\n%s\n%s\n%s", f.RuleID, env.Name, letter, broken[letter], f.Message, x.Description, x.Diff, o))
				}
			}
		}
	}
}

// judgeRule says what is wrong with a fix, by letters. A fix of anything but what is never refreshed changes nothing of what runs.
func (tr *trial) judgeRule() map[string]string {
	if slices.Contains([]string{finding.NeverRefreshed, finding.ImportedNeverRefreshed, finding.RefreshUnreachable}, tr.finding.RuleID) {
		return tr.judge()
	}
	random := func() func(int) int { return rand.New(rand.NewPCG(1, 1)).IntN }
	before := explore(tr.before, tr.before.Environments[tr.env], false, requests, random())
	after := explore(tr.after, tr.after.Environments[tr.env], false, requests, random())
	if !reflect.DeepEqual(before, after) {
		return map[string]string{"g": "something runs otherwise"}
	}
	return nil
}

// fixSeeds are the organizations of each kind whose fixes every run of the tests tries.
const fixSeeds = 50

// TestFixesDoWhatTheyPromise: with a fix of a finding of the core family that refreshes,
//
//	(a) some refresh request comes to its end without a fault, where any client is handed a token at all;
//	(b) every policy that ran for some request still does;
//	(c) requests with another grant type are issued the same, where they came to their end before;
//	(d) no request that is refreshed is sent away by a policy that issues;
//	(e) requests with another grant type come to their end as before, and the same policies run for them;
//
// with one that stops issuing, the policies of the finding's bundle issue no refresh token; and (g) with a fix of any other rule,
// everything runs as before.
func TestFixesDoWhatTheyPromise(t *testing.T) {
	t.Parallel()
	n := fixed{tried: map[string]int{}, unread: map[string]int{}}
	for seed := range uint64(fixSeeds) {
		for _, plain := range []bool{false, true} {
			for i, o := range generate(seeded(seed), plain).sorted().variants() {
				known := len(n.wrong)
				if n.try(t, o); len(n.wrong) > known && known < 3 {
					t.Errorf("seed %d, plain %v, variant %d: %s", seed, plain, i, n.wrong[known])
				}
			}
		}
	}
	if len(n.wrong) > 0 {
		t.Errorf("%d fixes are wrong", len(n.wrong))
	}
	t.Logf("fixes: %v, findings without any: %v", n.tried, n.unread)
	for rule, least := range map[string]int{finding.NeverRefreshed: 75, finding.RefreshUnreachable: 50, "RT201": 25, "RT205": 100, "RT301": 25, "RT303": 20} {
		if n.tried[rule] < least {
			t.Errorf("only %d fixes of %s were tried", n.tried[rule], rule)
		}
	}
}
