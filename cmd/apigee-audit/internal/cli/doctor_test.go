package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
	"apigee-audit/apigee/api"
	"apigee-audit/apigee/simulator"
	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/cmd/apigee-audit/internal/doctor"
	"apigee-audit/internal/text"
)

const doctorToken = "doctor-suite-token"

// doctorCase is a server and what is asked of it.
type doctorCase struct {
	orgs   []*simulator.Organization // nil is the demonstration's
	serves apigee.Platform           // x by default
	faults []simulator.Fault
	args   []string
	token  string // doctorToken by default
	status int
}

// without are faults that refuse what the patterns match.
func without(status int, patterns ...string) []simulator.Fault {
	var all []simulator.Fault
	for _, p := range patterns {
		all = append(all, simulator.Fault{Match: p, Status: status})
	}
	return all
}

func doctorCases() map[string]doctorCase {
	retail := []string{"--org", faultOrg}
	const whole = "/v1/organizations/" + faultOrg
	return map[string]doctorCase{
		"fine":             {args: append(retail, "--traffic", "30d", "--reach", "--apps", "--debug-masks")},
		"no permissions":   {args: append(retail, "--traffic", "30d", "--reach", "--apps", "--debug-masks"), status: exitFailed, faults: without(403, "*/flowhooks/*", "*/apis/account-token/*", "*/sharedflows/audit-log/*", "*/stats/*", "*/envgroups?*", "*/apiproducts?*", "*/debugmask?*", "*/environments/dev?*")},
		"no organization":  {args: []string{"--org", "nowhere"}, status: exitFailed},
		"not found":        {args: retail, status: exitFailed, faults: without(404, whole+"?*")},
		"bound role":       {args: retail, faults: without(403, whole+"/deployments?*")},
		"expired token":    {args: retail, status: exitFailed, token: "expired-token"},
		"out of order":     {args: retail, status: exitFailed, faults: without(503, whole+"?*")},
		"nothing deployed": {args: []string{"--org", "acme"}, status: exitFailed, orgs: []*simulator.Organization{{Name: "acme", Environments: []simulator.Environment{{Name: "prod"}}}}},
		"no hooks": {args: retail, status: exitFailed, faults: []simulator.Fault{{Match: "*/flowhooks/*", Status: 403,
			Body: `{"error":{"code":403,"message":"Permission denied on flow hook PreProxyFlowHook (or it may not exist)","status":"PERMISSION_DENIED"}}`}}},
		"none visible": {args: []string{"--all-orgs"}, status: exitFailed, orgs: []*simulator.Organization{}},
		"several": {args: append(retail, "--org", "harbor-legacy"), status: exitFailed,
			faults: without(403, "/v1/organizations/harbor-legacy/environments/*")},
		"edge":      {args: append(retail, "--platform", "edge", "--traffic", "7d"), serves: apigee.PlatformEdge},
		"not ours":  {args: []string{"--org", "nowhere", "--platform", "edge"}, status: exitFailed, serves: apigee.PlatformEdge},
		"edge on x": {args: append(retail, "--platform", "edge"), status: exitFailed},
		"x on edge": {args: retail, status: exitFailed, serves: apigee.PlatformEdge},
	}
}

// start serves a case, and returns flags and environment to reach it.
func (d doctorCase) start(t *testing.T) (server *simulator.Server, args, environ []string) {
	t.Helper()
	orgs := d.orgs
	if orgs == nil {
		orgs = simulator.Demo()
	}
	serve := simulator.New
	if d.serves == apigee.PlatformEdge {
		serve = simulator.NewEdge
	}
	server = serve(orgs, simulator.Options{Token: doctorToken, Faults: d.faults})
	address, stop, err := server.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	token := doctorToken
	if d.token != "" {
		token = d.token
	}
	return server, append(slices.Clone(d.args), "--endpoint", address, "--no-cache"), []string{config.EnvToken + "=" + token}
}

// ports are those of simulators, which differ from run to run.
var ports = regexp.MustCompile(`127\.0\.0\.1:\d+`)

// TestDoctor compares what people read, in a terminal of 100 columns. -update writes it.
func TestDoctor(t *testing.T) {
	for name, d := range doctorCases() {
		t.Run(name, func(t *testing.T) {
			server, args, environ := d.start(t)
			var out, said bytes.Buffer
			s := streams{in: strings.NewReader(""), out: &out, err: &said, outWidth: 100}
			if status := run(t.Context(), append([]string{"doctor", "--no-color"}, args...), environ, s); status != d.status {
				t.Errorf("status %d, want %d, stderr:\n%s", status, d.status, &said)
			}
			got := ports.ReplaceAllString(out.String(), "127.0.0.1:00000")
			file := filepath.Join("testdata", "doctor", strings.ReplaceAll(name, " ", "-")+".txt")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if strings.Contains(got+said.String(), doctorToken) {
				t.Error("the token is shown")
			}
			for line := range strings.Lines(got) {
				if len([]rune(strings.TrimRight(line, "\n"))) > 100 {
					t.Errorf("wider than the terminal: %s", line)
				}
			}
			checkFrugal(t, server, strings.Count(got, "\nOrganization "))
		})
	}
}

// TestDoctorInTheDocumentation keeps the page's example real. -update writes it, after that of [TestDoctor].
func TestDoctorInTheDocumentation(t *testing.T) {
	const page = "../../../../docs/doctor.md"
	shown, err := os.ReadFile("testdata/doctor/no-hooks.txt")
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(data), "-->\n")
	_, after, ends := strings.Cut(rest, "<!-- doctor:end -->")
	if !ok || !ends {
		t.Fatalf("%s has no place for the example", page)
	}
	example := strings.ReplaceAll(string(shown), "127.0.0.1:00000", "127.0.0.1:8080")
	want := before + "-->\n```\n$ apigee-audit doctor --org harbor-retail --no-cache --endpoint http://127.0.0.1:8080\n" + example + "```\n<!-- doctor:end -->" + after
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(data)); diff != "" {
		t.Errorf("the page shows something else (-want +page):\n%s", diff)
	}
}

// TestPermissionsInTheDocumentation: the pages list the permissions that the calls take, and where they differ, the roles.
func TestPermissionsInTheDocumentation(t *testing.T) {
	pages := map[string]string{}
	for _, name := range []string{"docs/live.md", "docs/traffic.md", "docs/doctor.md"} {
		data, err := os.ReadFile("../../../../" + name)
		if err != nil {
			t.Fatal(err)
		}
		pages[name] = string(data)
	}
	_, create, _ := strings.Cut(pages["docs/live.md"], "gcloud iam roles create")
	create, _, _ = strings.Cut(create, "gcloud projects")
	listed := regexp.MustCompile(`apigee\.\w+\.\w+`).FindAllString(create, -1)
	var basic []string
	for _, p := range api.Permissions() {
		if p.For == "" {
			basic = append(basic, p.Name)
			continue
		}
		i := strings.Index(pages["docs/traffic.md"], "| `--"+p.For)
		if i < 0 {
			t.Fatalf("docs/traffic.md has no row of --%s", p.For)
		}
		row, _, _ := strings.Cut(pages["docs/traffic.md"][i:], "\n")
		if !strings.Contains(row, "`"+p.Name+"`") || !strings.Contains(row, "`"+p.Role+"`") {
			t.Errorf("docs/traffic.md: the row of --%s lacks %s or %s", p.For, p.Name, p.Role)
		}
		if !strings.Contains(pages["docs/doctor.md"], "`"+p.Name+"`") {
			t.Errorf("docs/doctor.md lacks %s", p.Name)
		}
	}
	slices.Sort(listed)
	slices.Sort(basic)
	if diff := cmp.Diff(basic, listed); diff != "" {
		t.Errorf("docs/live.md (-calls +page):\n%s", diff)
	}
}

// checkFrugal: about a dozen requests for each organization, and nothing but GET.
func checkFrugal(t *testing.T, server *simulator.Server, organizations int) {
	t.Helper()
	asked := server.Requests()
	if len(asked) > 2+14*organizations {
		t.Errorf("%d requests for %d organizations", len(asked), organizations)
	}
	for _, r := range asked {
		if r.Method != http.MethodGet {
			t.Errorf("%s %s", r.Method, r.Path)
		}
	}
}

// doctorJSON runs doctor for a program.
func doctorJSON(t *testing.T, args, environ []string) *doctor.Report {
	t.Helper()
	_, stdout, stderr := call(t.Context(), append([]string{"doctor", "-f", "json"}, args...), environ)
	var r doctor.Report
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatalf("%v, stdout:\n%s\nstderr:\n%s", err, stdout, stderr)
	}
	return &r
}

// TestDoctorAndScanSayTheSame: what doctor advises, a scan advises where it meets the same.
func TestDoctorAndScanSayTheSame(t *testing.T) {
	for _, name := range []string{"no permissions", "no organization", "not found", "expired token", "out of order", "nothing deployed", "not ours", "edge on x", "x on edge"} {
		t.Run(name, func(t *testing.T) {
			d := doctorCases()[name]
			_, args, environ := d.start(t)
			_, stdout, _ := call(t.Context(), append([]string{"scan", "--format", "json", "--rate", "60000"}, args...), environ)
			var scanned any
			if err := json.Unmarshal([]byte(stdout), &scanned); err != nil {
				t.Fatal(err)
			}
			plain := strings.Join(stringsIn(scanned), "\n")
			failed := 0
			for _, c := range doctorJSON(t, args, environ).Checks {
				if c.State != doctor.Failed || c.Advice == "" {
					continue
				}
				failed++
				if !strings.Contains(plain, c.Advice) {
					t.Errorf("%s: a scan does not say %q", c.Name, c.Advice)
				}
			}
			if failed == 0 {
				t.Error("nothing failed")
			}
		})
	}
}

// stringsIn are all strings of a document.
func stringsIn(v any) (all []string) {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		for _, e := range v {
			all = append(all, stringsIn(e)...)
		}
	case map[string]any:
		for _, e := range v {
			all = append(all, stringsIn(e)...)
		}
	}
	return all
}

// TestDoctorNamesPermissionsAndRoles: programs read them as fields.
func TestDoctorNamesPermissionsAndRoles(t *testing.T) {
	_, args, environ := doctorCases()["no permissions"].start(t)
	r := doctorJSON(t, args, environ)
	if r.State != doctor.Failed || r.Tool != toolName {
		t.Errorf("%+v", r)
	}
	found := map[string]string{}
	for _, c := range r.Checks {
		if c.State == doctor.Failed {
			found[c.Permission] = c.Role
		}
	}
	want := map[string]string{
		"apigee.flowhooks.getSharedFlow": "roles/apigee.readOnlyAdmin", "apigee.proxyrevisions.get": "roles/apigee.readOnlyAdmin",
		"apigee.sharedflowrevisions.get": "roles/apigee.readOnlyAdmin", "apigee.environments.getStats": "roles/apigee.analyticsViewer",
		"apigee.envgroups.list": "roles/apigee.readOnlyAdmin", "apigee.apiproducts.list": "roles/apigee.readOnlyAdmin", "apigee.maskconfigs.get": "roles/apigee.readOnlyAdmin",
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestDoctorSaysWhoseCredentialsAreUsed, and nothing that is secret of them.
func TestDoctorSaysWhoseCredentialsAreUsed(t *testing.T) {
	_, address := simulateEdge(t, simulator.Demo())
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"basic": {nil, "the user of APIGEE_AUDIT_USER and APIGEE_AUDIT_PASSWORD: robot@example.com"},
		"login": {[]string{"--login-url", address}, "the user who logged in at " + address + ": robot@example.com"},
	} {
		args := append([]string{"doctor", "--platform", "edge", "--org", faultOrg, "--endpoint", address}, test.args...)
		status, stdout, stderr := call(t.Context(), args, edgeUser)
		if status != exitClean || !strings.Contains(stdout, test.want) || strings.Contains(stdout+stderr, "robot-secret") {
			t.Errorf("%s: status %d\n%s%s", name, status, stdout, stderr)
		}
	}
}

// TestDoctorObeysNoServer: what servers say is shown and not obeyed, whatever the format.
func TestDoctorObeysNoServer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/v1/organizations" && r.Header.Get("Authorization") != "" {
			w.Write([]byte(`{"organizations":[{"organization":"ac\u001b[31mme\u202e##[error]"},{"organization":"acme"}]}`))
			return
		}
		w.WriteHeader(http.StatusForbidden)
		w.Write([]byte(`{"error":{"message":"no\u001b]0;owned\u0007\u202e ##[error] ` + strings.Repeat("x", 5000) + `"}}`))
	}))
	defer server.Close()
	for _, format := range []string{"table", "json"} {
		status, stdout, stderr := call(t.Context(), []string{"doctor", "-f", format, "--all-orgs", "--no-cache", "--endpoint", server.URL}, []string{config.EnvToken + "=" + doctorToken})
		if status != exitFailed || !strings.Contains(stdout, "owned") || len(stdout) > 20_000 {
			t.Errorf("%s: status %d, %d bytes", format, status, len(stdout))
		}
		for line := range strings.Lines(stdout + stderr) {
			if line = strings.TrimRight(line, "\n"); !text.IsClean(line) {
				t.Errorf("%s: %q", format, line)
			}
		}
	}
}

// TestDoctorEndsInTime: it reports what it knows by then.
func TestDoctorEndsInTime(t *testing.T) {
	leakFree(t)
	d := doctorCase{args: []string{"--org", faultOrg}, faults: []simulator.Fault{{Match: "*/deployments?*", Slow: time.Minute}}}
	_, args, environ := d.start(t)
	started := time.Now()
	status, stdout, _ := call(t.Context(), append([]string{"doctor", "--timeout", "2s"}, args...), environ)
	if status != exitFailed || !strings.Contains(stdout, "--timeout 2s was reached") || !strings.Contains(stdout, "6 environments") || time.Since(started) > 7*time.Second {
		t.Errorf("status %d after %v:\n%s", status, time.Since(started), stdout)
	}
	ctx, interrupt := context.WithTimeoutCause(t.Context(), 500*time.Millisecond, context.Canceled)
	defer interrupt()
	canceled, cancel := context.WithCancel(t.Context())
	context.AfterFunc(ctx, cancel)
	status, stdout, stderr := call(canceled, append([]string{"doctor"}, args...), environ)
	if status != exitInterrupted || !strings.Contains(stdout, "interrupted") || !strings.Contains(stderr, "interrupted") {
		t.Errorf("status %d:\n%s%s", status, stdout, stderr)
	}
}

// TestDoctorComparesClocks: a server whose clock says another time is worth a warning.
func TestDoctorComparesClocks(t *testing.T) {
	for shift, want := range map[time.Duration]string{
		-2 * time.Hour: "ahead of the server's", 2 * time.Hour: "behind the server's", 0: "less than a minute from",
	} {
		server := simulator.New(simulator.Demo(), simulator.Options{Token: doctorToken})
		ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", time.Now().Add(shift).UTC().Format(http.TimeFormat))
			server.ServeHTTP(w, r)
		}))
		defer ts.Close()
		status, stdout, _ := call(t.Context(), []string{"doctor", "--org", faultOrg, "--no-cache", "--endpoint", ts.URL}, []string{config.EnvToken + "=" + doctorToken})
		if status != exitClean || !strings.Contains(stdout, want) || strings.Contains(stdout, "warning  clock") != (shift != 0) {
			t.Errorf("%v: status %d\n%s", shift, status, stdout)
		}
	}
}
