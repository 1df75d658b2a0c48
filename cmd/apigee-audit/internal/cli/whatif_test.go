package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
	"apigee-audit/apigee/simulator"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
)

// The generated organizations and changes know nothing of the overlay: the organization in which a change is deployed is
// made by deploying it, with a revision number as Apigee would give.

// supposed is a generated organization, the same with a change deployed, and the change as the command line says it.
type supposed struct {
	before, after *simulator.Organization
	args          []string
	entered       int // environments in which nothing was deployed before
}

const (
	supposedIssue   = `<OAuthV2 name="Issue"><Operation>GenerateAccessToken</Operation><RefreshTokenExpiresIn>%d</RefreshTokenExpiresIn><SupportedGrantTypes><GrantType>password</GrantType></SupportedGrantTypes><GenerateResponse/></OAuthV2>`
	supposedRefresh = `<OAuthV2 name="Refresh"%s><Operation>RefreshAccessToken</Operation></OAuthV2>`
	supposedCall    = `<FlowCallout name="Call"><SharedFlowBundle>%s</SharedFlowBundle></FlowCallout>`
)

// supposedProxy draws the files of a proxy: what it issues, refreshes and calls.
func supposedProxy(r *rand.Rand, name string) map[string][]byte {
	files := map[string][]byte{}
	base := []string{"/" + name, "/oauth/" + name}[r.IntN(2)]
	steps, refresh := "", ""
	switch r.IntN(4) {
	case 0:
		files["apiproxy/policies/Call.xml"] = fmt.Appendf(nil, supposedCall, []string{"issue", "renew"}[r.IntN(2)])
		steps = "<Step><Name>Call</Name></Step>"
	case 1: // issues nothing
	default:
		files["apiproxy/policies/Issue.xml"] = fmt.Appendf(nil, supposedIssue, []int{-1, 86_400_000}[r.IntN(2)])
		steps = "<Step><Name>Issue</Name></Step>"
	}
	switch r.IntN(4) {
	case 0:
		files["apiproxy/policies/Refresh.xml"] = fmt.Appendf(nil, supposedRefresh, "")
		refresh = "<Step><Name>Refresh</Name></Step>"
	case 1: // there and dead
		files["apiproxy/policies/Refresh.xml"] = fmt.Appendf(nil, supposedRefresh, []string{"", ` enabled="false"`}[r.IntN(2)])
	}
	files["apiproxy/"+name+".xml"] = []byte(`<APIProxy name="` + name + `"/>`)
	files["apiproxy/proxies/default.xml"] = []byte(`<ProxyEndpoint name="default"><Flows>` +
		`<Flow name="refresh"><Request>` + refresh + `</Request><Condition>proxy.pathsuffix MatchesPath "/refresh"</Condition></Flow>` +
		`<Flow name="token"><Request>` + steps + `</Request><Condition>proxy.pathsuffix MatchesPath "/token"</Condition></Flow>` +
		`</Flows><HTTPProxyConnection><BasePath>` + base + `</BasePath></HTTPProxyConnection></ProxyEndpoint>`)
	return files
}

func supposedSharedFlow(r *rand.Rand, name string) map[string][]byte {
	policy, step := fmt.Sprintf(supposedIssue, 86_400_000), "Issue"
	if name != "issue" {
		policy, step = fmt.Sprintf(supposedRefresh, ""), "Refresh"
	}
	if r.IntN(4) == 0 {
		policy, step = `<SpikeArrest name="Arrest"><Rate>1ps</Rate></SpikeArrest>`, "Arrest"
	}
	return map[string][]byte{
		"sharedflowbundle/" + name + ".xml":                  []byte(`<SharedFlowBundle name="` + name + `"/>`),
		"sharedflowbundle/policies/" + step + ".xml":         []byte(policy),
		"sharedflowbundle/sharedflows/default.xml":           []byte(`<SharedFlow name="default"><Step><Name>` + step + `</Name></Step></SharedFlow>`),
		"sharedflowbundle/resources/properties/p.properties": []byte("k=" + strconv.Itoa(r.IntN(9)) + "\n"),
	}
}

func supposedFiles(r *rand.Rand, ref apigee.Ref) map[string][]byte {
	if ref.Kind == apigee.KindSharedFlow {
		return supposedSharedFlow(r, ref.Name)
	}
	return supposedProxy(r, ref.Name)
}

// supposedNames are all bundles of generated organizations. One shared flow has the name of a proxy.
func supposedNames() []apigee.Ref {
	return []apigee.Ref{
		{Kind: apigee.KindProxy, Name: "a"}, {Kind: apigee.KindProxy, Name: "b"}, {Kind: apigee.KindProxy, Name: "c"}, {Kind: apigee.KindProxy, Name: "renew"},
		{Kind: apigee.KindSharedFlow, Name: "issue"}, {Kind: apigee.KindSharedFlow, Name: "renew"},
	}
}

// suppose draws an organization and a change.
func suppose(t *testing.T, r *rand.Rand, n int, dir string) *supposed {
	name := fmt.Sprintf("org-%d", n)
	s := &supposed{before: &simulator.Organization{Name: name}}
	for _, env := range []string{"dev", "prod", "test"}[:1+r.IntN(3)] {
		s.before.Environments = append(s.before.Environments, simulator.Environment{Name: env, Hooks: map[string]string{}})
	}
	newest := map[apigee.Ref]int{}
	for _, ref := range supposedNames() {
		for number := 1; number <= r.IntN(3); number++ {
			newest[ref] = number
			rev := apigee.Revision{Kind: ref.Kind, Name: ref.Name, Number: strconv.Itoa(number)}
			s.before.Bundles = append(s.before.Bundles, simulator.Bundle{Revision: rev, Files: supposedFiles(r, ref)})
			for i := range s.before.Environments {
				e := &s.before.Environments[i]
				if r.IntN(3) > 0 && !slices.ContainsFunc(e.Deployed, func(d apigee.Revision) bool { return d.Ref() == ref }) {
					e.Deployed = append(e.Deployed, rev)
				}
			}
		}
	}
	for i := range s.before.Environments {
		for _, d := range s.before.Environments[i].Deployed {
			if d.Kind == apigee.KindSharedFlow && r.IntN(3) == 0 {
				s.before.Environments[i].Hooks[apigee.HookPoints()[r.IntN(2)]] = d.Name
			}
		}
	}
	s.after = &simulator.Organization{Name: name, Bundles: slices.Clone(s.before.Bundles)}
	for _, e := range s.before.Environments {
		s.after.Environments = append(s.after.Environments, simulator.Environment{Name: e.Name, Hooks: maps.Clone(e.Hooks), Deployed: slices.Clone(e.Deployed)})
	}
	for _, ref := range supposedNames() {
		switch r.IntN(6) {
		case 0, 1:
			s.deploy(t, r, ref, newest[ref]+1, dir)
		case 2:
			s.undeploy(r, ref)
		}
	}
	if r.IntN(3) == 0 {
		s.hook(r)
	}
	for i, e := range s.before.Environments {
		if len(e.Deployed) == 0 && len(s.after.Environments[i].Deployed) > 0 {
			s.entered++
		}
	}
	return s
}

// deploy brings a new revision to where the name is deployed, or to some environments.
func (s *supposed) deploy(t *testing.T, r *rand.Rand, ref apigee.Ref, number int, dir string) {
	is := func(d apigee.Revision) bool { return d.Ref() == ref }
	var to []string
	for _, e := range s.after.Environments {
		if slices.ContainsFunc(e.Deployed, is) {
			to = append(to, e.Name)
		}
	}
	prefix := ""
	if len(to) == 0 || r.IntN(2) == 0 {
		to = nil
		for _, e := range s.after.Environments {
			if len(to) == 0 || r.IntN(2) == 0 {
				to = append(to, e.Name)
			}
		}
		prefix = strings.Join(to, ",") + "="
	}
	rev := apigee.Revision{Kind: ref.Kind, Name: ref.Name, Number: strconv.Itoa(number)}
	b := simulator.Bundle{Revision: rev, Files: supposedFiles(r, ref)}
	s.after.Bundles = append(s.after.Bundles, b)
	for i := range s.after.Environments {
		if e := &s.after.Environments[i]; slices.Contains(to, e.Name) {
			e.Deployed = append(slices.DeleteFunc(e.Deployed, is), rev)
		}
	}
	path := filepath.Join(dir, s.after.Name, string(ref.Kind)+"-"+ref.Name)
	for name, data := range b.Files {
		file := filepath.Join(path, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.args = append(s.args, "--with", prefix+path)
}

func (s *supposed) undeploy(r *rand.Rand, ref apigee.Ref) {
	for i := range s.after.Environments {
		e := &s.after.Environments[i]
		is := func(d apigee.Revision) bool { return d.Ref() == ref }
		if r.IntN(2) == 0 || !slices.ContainsFunc(e.Deployed, is) {
			continue
		}
		e.Deployed = slices.DeleteFunc(e.Deployed, is)
		name := ref.Name
		if ref.Kind == apigee.KindSharedFlow {
			name = "sharedflows/" + name
		}
		s.args = append(s.args, "--without", name+"="+e.Name)
	}
}

// hook attaches a shared flow that is deployed after the change, or detaches what is there.
func (s *supposed) hook(r *rand.Rand) {
	e := &s.after.Environments[r.IntN(len(s.after.Environments))]
	point := apigee.HookPoints()[r.IntN(2)]
	flow := ""
	for _, d := range e.Deployed {
		if d.Kind == apigee.KindSharedFlow {
			flow = d.Name
		}
	}
	if flow == "" || r.IntN(3) == 0 {
		if e.Hooks[point] == "" {
			return
		}
		flow = ""
	}
	if flow == "" {
		delete(e.Hooks, point)
	} else {
		e.Hooks[point] = flow
	}
	s.args = append(s.args, "--hook", e.Name+"/"+point+"="+flow)
}

// whatIfReport runs a scan and reads its report.
func whatIfReport(t *testing.T, args ...string) (*report.Document, int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status := run(t.Context(), append([]string{"scan", "-q", "--no-cache", "--no-config", "--rate", "6000000", "-f", "json"}, args...),
		[]string{"APIGEE_AUDIT_TOKEN=t"}, streams{in: strings.NewReader(""), out: &stdout, err: &stderr})
	if status == exitUsage {
		t.Fatalf("%v: %s", args, &stderr)
	}
	d, err := report.Read(&stdout)
	if err != nil {
		t.Fatalf("%v: status %d, %v\n%s", args, status, err, &stderr)
	}
	return d, status
}

// numbered is the number in a remedy that names what to deploy.
var numbered = regexp.MustCompile(`revision \d+ of `)

// withoutRevisions are the findings as text, without what a revision that is not deployed cannot have.
func withoutRevisions(t *testing.T, findings []finding.Finding) []string {
	var all []string
	for _, f := range findings {
		f.Source, f.Status, f.Deployments = "", "", slices.Clone(f.Deployments)
		for i := range f.Deployments {
			f.Deployments[i].Revision, f.Deployments[i].Source = "", ""
		}
		for _, hops := range []*[]finding.Hop{&f.Path, &f.Related} {
			*hops = slices.Clone(*hops)
			for i := range *hops {
				(*hops)[i].Source = ""
			}
		}
		f.Remediation = numbered.ReplaceAllString(f.Remediation, "")
		f.Snippets = slices.Clone(f.Snippets)
		for i := range f.Snippets {
			f.Snippets[i].Source = ""
		}
		if f.Cause != nil {
			c := *f.Cause
			c.Policy.Source, c.At.Source = "", ""
			for _, h := range []**finding.Hop{&c.Other, &c.Callout} {
				if *h != nil {
					without := **h
					without.Source, *h = "", &without
				}
			}
			c.Further = slices.Clone(c.Further)
			for i := range c.Further {
				c.Further[i].Source = ""
			}
			f.Cause = &c
		}
		f.Fixes = slices.Clone(f.Fixes)
		for i := range f.Fixes {
			x := &f.Fixes[i]
			x.Revision, x.Sources = "", nil
			for _, effects := range []*[]finding.Effect{&x.Mends, &x.Introduces} {
				*effects = slices.Clone(*effects)
				for j := range *effects {
					(*effects)[j].Source = ""
				}
			}
		}
		text, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(text))
	}
	slices.Sort(all)
	return all
}

func keysOf(findings []finding.Finding, such func(*finding.Finding) bool) []string {
	var all []string
	for i := range findings {
		if such(&findings[i]) {
			all = append(all, findings[i].RuleID+" "+findings[i].Fingerprint[:16])
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func minus(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}

// TestWhatIfIsADeployment holds what --with, --without and --hook say against scans of organizations in which the change was
// deployed, live and from a snapshot.
func TestWhatIfIsADeployment(t *testing.T) {
	cases := 150
	if underRace {
		cases = 8
	}
	dir := t.TempDir()
	var all []*supposed
	var before, after []*simulator.Organization
	pull := []string{"pull", "-q", "--no-cache", "--no-config", "--rate", "6000000", "--allow-partial", "-o", filepath.Join(dir, "snapshot")}
	for n := 0; len(all) < cases; n++ {
		s := suppose(t, rand.New(rand.NewPCG(uint64(n), 12)), n, dir)
		if len(s.args) == 0 || !slices.ContainsFunc(s.before.Environments, func(e simulator.Environment) bool { return len(e.Deployed) > 0 }) {
			continue
		}
		all, before, after = append(all, s), append(before, s.before), append(after, s.after)
		pull = append(pull, "--org", s.before.Name)
	}
	is := simulator.New(before, simulator.Options{Token: "t"})
	url, stop, err := is.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	would, stopWould, err := simulator.New(after, simulator.Options{Token: "t"}).Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer stopWould()
	var stderr bytes.Buffer
	if status := run(t.Context(), append(pull, "--endpoint", url), []string{"APIGEE_AUDIT_TOKEN=t"}, streams{out: &stderr, err: &stderr}); status != exitClean {
		t.Fatalf("pull: %d %s", status, &stderr)
	}
	did := map[string]int{}
	for _, s := range all {
		asked := func() int { return len(is.Requests()) }
		start := asked()
		now, _ := whatIfReport(t, "--org", s.before.Name, "--endpoint", url)
		plain := asked() - start
		then, _ := whatIfReport(t, "--org", s.before.Name, "--endpoint", would)
		start = asked()
		live, status := whatIfReport(t, append([]string{"--org", s.before.Name, "--endpoint", url}, s.args...)...)
		// The hooks of an environment that the change is the first to enter are asked for as well.
		if n, want := asked()-start, plain+4*s.entered; n != want {
			t.Errorf("%v: %d requests, a plain scan makes %d", s.args, n, want)
		}
		pulled, pulledStatus := whatIfReport(t, append([]string{filepath.Join(dir, "snapshot"), "--org", s.before.Name}, s.args...)...)
		if s.entered == 0 && (pulledStatus != status || !slices.Equal(withoutRevisions(t, live.Findings), withoutRevisions(t, pulled.Findings))) {
			t.Errorf("%v: live %d and from a snapshot %d differ", s.args, status, pulledStatus)
		}
		if diff := cmp.Diff(withoutRevisions(t, then.Findings), withoutRevisions(t, live.Findings)); diff != "" {
			t.Fatalf("%s %v (-deployed +supposed):\n%s", s.before.Name, s.args, diff)
		}
		any := func(*finding.Finding) bool { return true }
		was, will := keysOf(now.Findings, any), keysOf(live.Findings, any)
		for _, part := range []struct {
			name      string
			want, got []string
		}{
			{"new", minus(will, was), keysOf(live.Findings, func(f *finding.Finding) bool { return f.Status == finding.StatusNew })},
			{"known", minus(will, minus(will, was)), keysOf(live.Findings, func(f *finding.Finding) bool { return f.Status == finding.StatusKnown })},
			{"fixed", minus(was, will), keysOf(live.Fixed, any)},
		} {
			did[part.name] += len(part.got)
			if !slices.Equal(part.want, part.got) {
				t.Errorf("%s %v: %s are %v, want %v", s.before.Name, s.args, part.name, part.got, part.want)
			}
		}
		fails := slices.ContainsFunc(live.Findings, func(f finding.Finding) bool { return f.Status == finding.StatusNew && f.Severity >= finding.Low })
		if (status == exitFindings) != fails {
			t.Errorf("%v: exit status %d", s.args, status)
		}
	}
	for _, r := range is.Requests() {
		if r.Method != http.MethodGet {
			t.Errorf("request %s %s", r.Method, r.Path)
		}
	}
	for _, what := range []string{"new", "known", "fixed"} {
		if did[what] < cases/3 {
			t.Errorf("only %d findings were %s: the generator no longer reaches it", did[what], what)
		}
	}
}

// TestWhatIfAsksForRecordsOnce counts requests where the organization's own records are asked for too.
func TestWhatIfAsksForRecordsOnce(t *testing.T) {
	server := simulator.New(simulator.Demo(), simulator.Options{Token: "t"})
	url, stop, err := server.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	asked := func(args ...string) int {
		start := len(server.Requests())
		whatIfReport(t, append([]string{"--org", "harbor-retail", "--endpoint", url, "--traffic", "30d", "--reach", "--apps", "--debug-masks"}, args...)...)
		return len(server.Requests()) - start
	}
	plain := asked()
	for _, tt := range []struct {
		flag, value string
		more        int
	}{
		{"--without", "batch-token=dev", 0}, {"--with", "../../../../docs/what-if/store-session", 0}, {"--hook", "dev/PreProxyFlowHook=", 0},
		{"--with", "../../../../docs/what-if/courier-token", 4}, // it refreshes then, so its calls are asked for by path, in four environments
	} {
		if n := asked(tt.flag, tt.value); n != plain+tt.more {
			t.Errorf("%s %s: %d requests, a plain scan makes %d", tt.flag, tt.value, n, plain)
		}
	}
}

// TestWhatIfLeavesNothing undeploys all that there is: the audit saw the organization, and the change leaves none of it.
func TestWhatIfLeavesNothing(t *testing.T) {
	issuer := simulator.Bundle{Revision: apigee.Revision{Kind: apigee.KindProxy, Name: "a", Number: "1"}, Files: map[string][]byte{
		"apiproxy/a.xml":              []byte(`<APIProxy name="a"/>`),
		"apiproxy/policies/Issue.xml": fmt.Appendf(nil, supposedIssue, -1),
		"apiproxy/proxies/d.xml":      []byte(`<ProxyEndpoint name="d"><PreFlow><Request><Step><Name>Issue</Name></Step></Request></PreFlow></ProxyEndpoint>`),
	}}
	org := &simulator.Organization{Name: "small", Bundles: []simulator.Bundle{issuer}, Environments: []simulator.Environment{{Name: "prod", Deployed: []apigee.Revision{issuer.Revision}}}}
	url, stop, err := simulator.New([]*simulator.Organization{org}, simulator.Options{Token: "t"}).Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	d, status := whatIfReport(t, "--org", "small", "--endpoint", url, "--without", "a=prod")
	if status != exitClean || len(d.Findings) > 0 || len(d.Fixed) == 0 || len(d.NotLookedAt) > 0 || !d.Complete {
		t.Errorf("status %d, findings %d, fixed %d, not looked at %d, problems %v", status, len(d.Findings), len(d.Fixed), len(d.NotLookedAt), d.Problems)
	}
}
