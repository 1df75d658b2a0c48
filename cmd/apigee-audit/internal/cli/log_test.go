package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"apigee-audit/apigee/simulator"
	"apigee-audit/cmd/apigee-audit/internal/config"
)

// record is a line of stderr with --log-format json.
type record struct {
	Severity, Message, Run, Organization string
	Time                                 time.Time
	ExitStatus                           *int
}

// recordsOf reads stderr, of which every line must be a record.
func recordsOf(t *testing.T, stderr string) []record {
	t.Helper()
	var all []record
	for line := range strings.Lines(stderr) {
		var r record
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%v in the line %s", err, line)
		}
		if !slices.Contains([]string{"DEBUG", "INFO", "WARNING", "ERROR"}, r.Severity) || r.Message == "" || r.Time.IsZero() || r.Run == "" || r.Run != append(all, r)[0].Run {
			t.Errorf("severity, message, time or run is missing, or of another run: %s", line)
		}
		all = append(all, r)
	}
	return all
}

// TestEveryLineIsARecord: a job's stderr is JSON from the first line to the last, whatever happens.
func TestEveryLineIsARecord(t *testing.T) {
	org, flags, environ := simulate(t, simulator.Options{})
	dir := t.TempDir()
	report := filepath.Join(dir, "report.json")
	broken := filepath.Join(dir, "broken.yaml")
	if err := os.WriteFile(broken, []byte("fail-on: [\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	asked := []string{"--log-format", "json"}
	live := slices.Concat(flags, []string{"--org", org}, asked)
	for name, test := range map[string]struct {
		args, environ []string
		status        int
		want          string // "SEVERITY message"
	}{
		"findings":               {append(live, "-o", "json="+report), environ, exitFindings, "INFO auditing " + org + " ..."},
		"at its end":             {live, environ, exitFindings, "INFO finished with exit status 1"},
		"requests":               {append(live, "--log-level", "debug"), environ, exitFindings, "DEBUG request"},
		"unreadable":             {append(live, "--org", "nowhere"), environ, exitFailed, "ERROR organization nowhere: "},
		"unknown variable":       {live, append(environ, "APIGEE_AUDIT_ORGS=x"), exitFindings, `WARNING unknown environment variable APIGEE_AUDIT_ORGS; did you mean`},
		"unknown flag":           {append([]string{"scan", "--ogr", "x", "-o", "json=x"}, asked...), nil, exitUsage, `ERROR unknown flag: --ogr; did you mean "--org"?`},
		"by variable":            {[]string{"scan", "--fail-on", "x", "--demo"}, []string{"APIGEE_AUDIT_LOG_FORMAT=json"}, exitUsage, `ERROR --fail-on: unknown severity "x"`},
		"no settings":            {[]string{"render", "nowhere.json"}, []string{"APIGEE_AUDIT_LOG_FORMAT=json"}, exitUsage, "ERROR nowhere.json does not exist"},
		"no command":             {nil, []string{"APIGEE_AUDIT_LOG_FORMAT=json"}, exitUsage, "ERROR apigee-audit needs a command"},
		"unreadable settings":    {append([]string{"scan", "--config", broken}, asked...), nil, exitUsage, "ERROR " + broken + ": not valid YAML"},
		"wrong level":            {append([]string{"scan", "--demo", "--log-level", "loud"}, asked...), nil, exitUsage, `ERROR unknown log level "loud"`},
		"nothing for help":       {append([]string{"scan", "-h"}, asked...), nil, exitClean, ""},
		"quiet says no end":      {append(live, "-q", "--fail-on", "none"), environ, exitClean, ""},
		"only warnings, none":    {append(live, "--log-level", "warn"), environ, exitFindings, ""},
		"nothing to mend, quiet": {append([]string{"fix", "-q", dir}, asked...), nil, exitFailed, "WARNING " + dir + " contains no apiproxy/"},
	} {
		t.Run(name, func(t *testing.T) {
			status, _, stderr := call(t.Context(), test.args, test.environ)
			if status != test.status {
				t.Errorf("status %d, want %d", status, test.status)
			}
			said := recordsOf(t, stderr)
			if test.want == "" {
				if len(said) > 0 {
					t.Errorf("something is said:\n%s", stderr)
				}
				return
			}
			if !slices.ContainsFunc(said, func(r record) bool { return strings.HasPrefix(r.Severity+" "+r.Message, test.want) }) {
				t.Errorf("no record begins with %q:\n%s", test.want, stderr)
			}
			if strings.Contains(stderr, "Bearer") || strings.Contains(stderr, `"test"`) {
				t.Errorf("the token is in the log:\n%s", stderr)
			}
		})
	}
}

// TestRecordsNameTheOrganization: jobs audit many, side by side.
func TestRecordsNameTheOrganization(t *testing.T) {
	org, flags, environ := simulate(t, simulator.Options{})
	status, _, stderr := call(t.Context(), slices.Concat(flags, []string{"--org", org, "--org", "nowhere", "--log-format", "json"}), environ)
	of := map[string]int{}
	said := recordsOf(t, stderr)
	for _, r := range said {
		of[r.Organization]++
	}
	if of[org] != 2 || of["nowhere"] != 2 {
		t.Errorf("records by organization: %v\n%s", of, stderr)
	}
	if last := said[len(said)-1]; last.ExitStatus == nil || *last.ExitStatus != status {
		t.Errorf("the last record does not hold the exit status %d:\n%s", status, stderr)
	}
}

// TestLevelsOfStderr: what is written by default, and with each of the ways to ask for more or less.
func TestLevelsOfStderr(t *testing.T) {
	org, flags, environ := simulate(t, simulator.Options{})
	environ = append(environ, "APIGEE_AUDIT_ORGS=x")
	const requests, progress, warning, failure = "level=DEBUG msg=request", "auditing ", "warning: unknown environment variable", "apigee-audit: organization nowhere: "
	for args, want := range map[string][]string{
		"":                                   {progress, warning, failure},
		"-v":                                 {progress, warning, failure},
		"--details":                          {progress, warning, failure},
		"-q":                                 {warning, failure},
		"-q -v":                              {warning, failure},
		"--log-level info":                   {progress, warning, failure},
		"--log-level warn":                   {warning, failure},
		"--log-level WARN -v":                {warning, failure},
		"--log-level error":                  {failure},
		"--log-level debug":                  {requests, progress, warning, failure},
		"-q --log-level debug":               {requests, warning, failure},
		"--log-level debug --log-level info": {progress, warning, failure},
	} {
		_, _, stderr := call(t.Context(), slices.Concat(flags, []string{"--org", org, "--org", "nowhere"}, strings.Fields(args)), environ)
		for _, one := range []string{requests, progress, warning, failure} {
			if strings.Contains(stderr, one) != slices.Contains(want, one) {
				t.Errorf("%q: %q is written: %v\n%.2000s", args, one, strings.Contains(stderr, one), stderr)
			}
		}
	}
}

// TestVerboseMeansDetails: -v adds the details, and sets the level only where nothing closer does.
func TestVerboseMeansDetails(t *testing.T) {
	for _, test := range []struct {
		args, environ []string
		progress      bool
	}{
		{[]string{"-v"}, []string{"APIGEE_AUDIT_LOG_LEVEL=error"}, true},
		{[]string{"--log-level", "error", "-v"}, nil, false},
		{nil, []string{"APIGEE_AUDIT_VERBOSE=true", "APIGEE_AUDIT_LOG_LEVEL=error"}, false},
		{nil, []string{"APIGEE_AUDIT_VERBOSE=true"}, true},
		{[]string{"--details"}, []string{"APIGEE_AUDIT_LOG_LEVEL=error"}, false},
	} {
		status, stdout, stderr := call(t.Context(), append([]string{"scan", "--demo", "--rule", "RT402"}, test.args...), test.environ)
		if status != exitFindings || !strings.Contains(stdout, "What to do") {
			t.Errorf("%v: status %d, and the table has no details:\n%s", test, status, stdout)
		}
		if strings.Contains(stderr, "auditing") != test.progress {
			t.Errorf("%v: stderr:\n%s", test, stderr)
		}
	}
}

// TestTheBarStandsAlone: log lines and records would tear a bar apart.
func TestTheBarStandsAlone(t *testing.T) {
	for args, bar := range map[string]bool{"": true, "-v": true, "--log-level debug": false, "--log-format json": false, "--log-level warn": false, "-q": false} {
		var stderr strings.Builder
		run(t.Context(), append([]string{"scan", "--demo"}, strings.Fields(args)...), nil, streams{in: strings.NewReader(""), out: &strings.Builder{}, err: &stderr, errWidth: 80})
		if got := strings.Contains(stderr.String(), "\r"); got != bar {
			t.Errorf("%q: a bar is drawn: %v", args, got)
		}
	}
}

func TestEarlyLogging(t *testing.T) {
	for args, want := range map[string]bool{
		"": false, "scan --log-format json": true, "scan --log-format=JSON --nonsense x": true, "--no-cache -o json=x --log-format json": true,
		"scan --log-format text": false, "scan -- --log-format json": false, "scan -h --log-format json": true, "scan --nonsense --log-format json": true,
	} {
		if got := config.EarlyLogging(config.Environment{}, strings.Fields(args)); got.JSON != want {
			t.Errorf("%q: %v", args, got)
		}
	}
	env := config.Environment{"APIGEE_AUDIT_LOG_FORMAT": "json"}
	if !config.EarlyLogging(env, nil).JSON || config.EarlyLogging(env, []string{"scan", "--log-format", "text"}).JSON {
		t.Error("a flag takes precedence over the environment, which takes precedence over the default")
	}
}

// TestFieldsOfRecords: what is not a special field keeps its name, and durations are texts with a unit.
func TestFieldsOfRecords(t *testing.T) {
	var stderr strings.Builder
	newStderrLog(&stderr, config.Logging{JSON: true}, "RUN").logger.Warn("careful", "took", 1500*time.Millisecond)
	_, got, _ := strings.Cut(stderr.String(), `"severity"`)
	if want := `:"WARNING","message":"careful","run":"RUN","took":"1.5s"}` + "\n"; got != want {
		t.Errorf("got %s", got)
	}
}
