package sarif

import (
	"bytes"
	"encoding/json"
	"net/url"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

func sarifOf(t *testing.T, d *report.Document, o report.Options) sarifLog {
	t.Helper()
	var log sarifLog
	if err := json.Unmarshal(reporttest.Write(t, Write, d, o), &log); err != nil {
		t.Fatal(err)
	}
	return log
}

// What GitHub refuses or ignores and the official validator does not see.
func TestSARIFFitsGitHub(t *testing.T) {
	for name, d := range reporttest.Documents() {
		log := sarifOf(t, d, report.Options{Rules: reporttest.Rules(), WorkingDirectory: "/build/repo"})
		if len(log.Runs) == 0 {
			t.Errorf("%s: no run", name)
		}
		results := 0
		for _, run := range log.Runs {
			results += len(run.Results)
			if !regexp.MustCompile(`^apigee-audit/([^/]+/)?$`).MatchString(run.AutomationDetails.ID) {
				t.Errorf("%s: category %q", name, run.AutomationDetails.ID)
			}
			for _, rule := range run.Tool.Driver.Rules {
				checkRule(t, rule)
			}
			seen := map[string]bool{}
			for _, r := range run.Results {
				if run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID {
					t.Errorf("%s: rule index %d is not %s", name, r.RuleIndex, r.RuleID)
				}
				hash := r.PartialFingerprints["primaryLocationLineHash"]
				if !regexp.MustCompile(`^[0-9a-f]{16}:[0-9]+$`).MatchString(hash) || seen[hash] {
					t.Errorf("%s: fingerprint %q is malformed or stands twice", name, hash)
				}
				seen[hash] = true
				checkLocations(t, run, r)
			}
		}
		if results != len(d.Findings) {
			t.Errorf("%s: %d results of %d findings", name, results, len(d.Findings))
		}
	}
}

func checkRule(t *testing.T, r sarifDescriptor) {
	t.Helper()
	if r.Name == r.ID || r.ShortDescription.Text == "" || r.Help.Text == "" {
		t.Errorf("rule %s lacks a name or a text: %+v", r.ID, r)
	}
	if n := utf8.RuneCountInString(r.FullDescription.Text); n == 0 || n > 1024 {
		t.Errorf("rule %s: the full description has %d characters", r.ID, n)
	}
	score := r.Properties.SecuritySeverity
	if s, err := strconv.ParseFloat(score, 64); score != "" && (err != nil || s <= 0 || s > 10) {
		t.Errorf("rule %s: security-severity %q", r.ID, score)
	}
	if slices.Contains(r.Properties.Tags, "security") != (score != "") || !slices.Contains([]string{"very-high", "high", "medium", "low"}, r.Properties.Precision) {
		t.Errorf("rule %s: properties %+v", r.ID, r.Properties)
	}
}

func checkLocations(t *testing.T, run sarifRun, r sarifResult) {
	t.Helper()
	all := slices.Concat(r.Locations, r.RelatedLocations)
	for _, l := range r.CodeFlows {
		for _, hop := range l.ThreadFlows[0].Locations {
			all = append(all, hop.Location)
		}
	}
	if len(r.Locations) != 1 {
		t.Errorf("%s has %d locations", r.RuleID, len(r.Locations))
	}
	for _, l := range all {
		a, g := l.PhysicalLocation.ArtifactLocation, l.PhysicalLocation.Region
		u, err := url.Parse(a.URI)
		switch {
		case err != nil || u.IsAbs() || u.Host != "" || u.RawQuery != "" || u.Fragment != "":
			t.Errorf("%q is no relative path: %v", a.URI, err)
		case !filepath.IsLocal(u.Path) || slices.Contains(strings.Split(u.Path, "/"), ".."):
			// Names may hold an encoded slash; decoded, they must not climb either.
			if !strings.Contains(a.URI, "%2F") {
				t.Errorf("%q climbs", a.URI)
			}
		}
		if _, known := run.OriginalURIBaseIDs[a.URIBaseID]; a.URIBaseID != "" && !known {
			t.Errorf("%q has the undefined base %q", a.URI, a.URIBaseID)
		}
		if g == nil || g.StartLine < 1 || g.StartColumn < 1 || g.EndLine < g.StartLine || g.EndLine == g.StartLine && g.EndColumn <= g.StartColumn {
			t.Errorf("%q has the region %+v", a.URI, g)
		}
	}
}

func TestSARIFPaths(t *testing.T) {
	live := report.Organization{Name: "acme", Platform: apigee.PlatformX}
	local := report.Organization{Offline: true}
	const file = "apiproxy/policies/Issue.xml"
	for _, c := range []struct {
		name         string
		org          report.Organization
		template     string
		source, base string
		bundle, file string
		want         string
	}{
		{name: "the management API's layout", org: live, bundle: "login", file: file, want: "apis/login/" + file, base: organizationBase},
		{name: "a template", org: live, template: "src/gateway/{name}/{file}", bundle: "login", file: file, want: "src/gateway/login/" + file, base: organizationBase},
		{name: "a template with everything", org: live, template: "/../{organization}//{kind}/é-{name}/{file}", bundle: "l", file: file, want: "acme/apis/%C3%A9-l/" + file, base: organizationBase},
		{name: "no organization to name", org: local, template: "{organization}/{file}", bundle: "l", file: file, want: "_/" + file},
		{name: "a name to encode", org: live, bundle: "a b/ü?#%:c", file: file, want: "apis/a%20b%2F%C3%BC%3F%23%25%3Ac/" + file, base: organizationBase},
		{name: "a name that is a placeholder", org: live, bundle: "{file}", file: file, want: "apis/%7Bfile%7D/" + file, base: organizationBase},
		{name: "a name that climbs", org: live, bundle: "..", file: file, want: "apis/_/" + file, base: organizationBase},
		{name: "a file that climbs", org: live, bundle: "l", file: "apiproxy/../../../etc/passwd", want: "apis/l/apiproxy/etc/passwd", base: organizationBase},
		{name: "no file", org: live, bundle: "login", want: "apis/login/apiproxy/login.xml", base: organizationBase},
		{name: "below the working directory", org: local, source: "/build/repo/gw/login", bundle: "login", file: file, want: "gw/login/" + file},
		{name: "relative already", org: local, source: "./gw/login/", bundle: "login", file: file, want: "gw/login/" + file},
		{name: "the working directory itself", org: local, source: "/build/repo", bundle: "login", file: file, want: file},
		{name: "beside the working directory", org: local, source: "/build/repository/login", bundle: "login", file: file, want: "apis/login/" + file},
		{name: "above it", org: local, source: "../login", bundle: "login", file: file, want: "apis/login/" + file},
		{name: "a snapshot of a live organization", org: live, source: "gw/login", bundle: "login", file: file, want: "gw/login/" + file},
		{name: "from disk without a path", org: local, bundle: "login", file: file, want: "apis/login/" + file},
	} {
		p, err := report.NewPaths(&report.Document{}, report.Options{SARIFPath: c.template, WorkingDirectory: "/build/repo"})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		got := artifact(p, c.org, c.source, apigee.KindProxy, c.bundle, c.file)
		if got.URI != c.want || got.URIBaseID != c.base {
			t.Errorf("%s: %q on %q, want %q on %q", c.name, got.URI, got.URIBaseID, c.want, c.base)
		}
	}
}

func TestSARIFPathErrors(t *testing.T) {
	for template, want := range map[string]string{
		"{kind}/{name}":     "lacks {file}",
		"{proxy}/{file}":    "unknown placeholder",
		"{file":             "unknown placeholder",
		"{revision}/{file}": "unknown placeholder",
	} {
		var b bytes.Buffer
		err := Write(&b, reporttest.Single(), report.Options{SARIFPath: template})
		if err == nil || !strings.Contains(err.Error(), want) || b.Len() > 0 {
			t.Errorf("%q: error %v and %d bytes, want %q", template, err, b.Len(), want)
		}
	}
}

func TestSARIFSaysHowTheAuditWent(t *testing.T) {
	successful := func(d *report.Document) (all []bool) {
		for _, run := range sarifOf(t, d, report.Options{}).Runs {
			all = append(all, run.Invocations[0].ExecutionSuccessful)
		}
		return all
	}
	if got := successful(reporttest.Single()); !slices.Equal(got, []bool{true}) {
		t.Errorf("findings make the execution unsuccessful: %v", got)
	}
	if got := successful(reporttest.Rich()); !slices.Equal(got, []bool{false, true}) {
		t.Errorf("of acme (incomplete) and beta (complete): %v", got)
	}
	unread := reporttest.Single()
	unread.Organizations[0].Audited--
	unread.Normalize()
	if got := successful(unread); !slices.Equal(got, []bool{false}) {
		t.Errorf("a revision that was not audited: %v", got)
	}
	if got := successful(report.New(reporttest.Tool(), nil)); !slices.Equal(got, []bool{false}) {
		t.Errorf("an audit of nothing: %v", got)
	}
}

func TestSARIFStates(t *testing.T) {
	states := map[string][2]string{} // fingerprint → baseline state, suppression
	for _, run := range sarifOf(t, reporttest.Rich(), report.Options{}).Runs {
		for _, r := range run.Results {
			s := [2]string{r.BaselineState}
			if len(r.Suppressions) > 0 {
				s[1] = r.Suppressions[0].Status
			}
			states[r.PartialFingerprints["apigeeAudit/v1"]] = s
		}
	}
	for fingerprint, want := range map[string][2]string{
		reporttest.NeverRefreshed().Fingerprint:    {"new", ""},
		reporttest.InAnotherProxy().Fingerprint:    {"unchanged", ""},
		reporttest.SuppressedFinding().Fingerprint: {"", "accepted"},
	} {
		if states[fingerprint] != want {
			t.Errorf("%s: %v, want %v", fingerprint, states[fingerprint], want)
		}
	}
	if r := sarifOf(t, reporttest.Single(), report.Options{}).Runs[0].Results[0]; r.BaselineState != "" {
		t.Errorf("without a baseline the state is %q", r.BaselineState)
	}
}

func TestSARIFTellsEqualFingerprintsApart(t *testing.T) {
	f, g := reporttest.NeverRefreshed(), reporttest.NeverRefreshed()
	g.Line++
	d := report.New(reporttest.Tool(), []*finding.Result{{Organization: apigee.Organization{Name: "acme"}, Findings: []finding.Finding{f, g}}})
	r := sarifOf(t, d, report.Options{}).Runs[0].Results
	for i, want := range []string{f.Fingerprint + ":1", f.Fingerprint + ":2"} {
		if got := r[i].PartialFingerprints["primaryLocationLineHash"]; got != want {
			t.Errorf("result %d: %q, want %q", i, got, want)
		}
	}
}

// TestSARIFRulesHaveTheSeverityOfTheirFindings holds that readers who take the severity from the rule see what the finding
// says, also where configuration has set another than the rule's own.
func TestSARIFRulesHaveTheSeverityOfTheirFindings(t *testing.T) {
	rules := reporttest.Rules()
	d := reporttest.Single()
	for i := range d.Findings {
		d.Findings[i].Severity = finding.Medium
	}
	for _, run := range sarifOf(t, d, report.Options{Rules: rules}).Runs {
		for _, r := range run.Results {
			rule := run.Tool.Driver.Rules[r.RuleIndex]
			if rule.Default.Level != r.Level || rule.Properties.SecuritySeverity != "5.5" {
				t.Errorf("%s is %s, %s; its finding is %s", rule.ID, rule.Default.Level, rule.Properties.SecuritySeverity, r.Level)
			}
		}
	}
	for i, r := range reporttest.Rules() {
		if rules[i].Severity != r.Severity {
			t.Errorf("writing changed the severity of %s", r.ID)
		}
	}
}

func TestSARIFLinksAreOurs(t *testing.T) {
	for _, run := range sarifOf(t, reporttest.Rich(), report.Options{}).Runs {
		for _, r := range run.Results {
			for _, link := range regexp.MustCompile(`[^\\]\]\(([^)]*)\)`).FindAllStringSubmatch(r.Message.Text, -1) {
				if n, err := strconv.Atoi(link[1]); err != nil || n < 1 || n > len(r.RelatedLocations) {
					t.Errorf("the message links to %q: %s", link[1], r.Message.Text)
				}
			}
		}
	}
}

func TestSARIFVersionIsComparable(t *testing.T) {
	for version, want := range map[string]struct{ version, semantic string }{
		"1.2.3":  {"1.2.3", "1.2.3"},
		"v1.2.3": {"1.2.3", "1.2.3"},
		"v0.2.1-0.20261126120000-0123456789ab+dirty": {"0.2.1-0.20261126120000-0123456789ab+dirty", "0.2.1-0.20261126120000-0123456789ab+dirty"},
		"devel":      {"0.0.0-devel", "0.0.0-devel"},
		"":           {"0.0.0", "0.0.0"},
		"1.2":        {"1.2", ""},
		"01.2.3":     {"01.2.3", ""},
		"1.2.3 (or)": {"1.2.3 (or)", ""},
	} {
		d := reporttest.Single()
		d.Tool.Version = version
		driver := sarifOf(t, d, report.Options{}).Runs[0].Tool.Driver
		if driver.Version != want.version || driver.Semantic != want.semantic {
			t.Errorf("%q: version %q, semantic version %q, want %+v", version, driver.Version, driver.Semantic, want)
		}
	}
}

func TestSARIFRelationshipsPointAtTheirEntries(t *testing.T) {
	pointed := 0
	for _, run := range sarifOf(t, reporttest.Rich(), report.Options{Rules: reporttest.Rules()}).Runs {
		driver := run.Tool.Driver
		if len(driver.Supported) != len(run.Taxonomies) {
			t.Errorf("the driver supports %+v of %d taxonomies", driver.Supported, len(run.Taxonomies))
		}
		for _, r := range driver.Rules {
			for _, rel := range r.Relationships {
				pointed++
				taxonomy := run.Taxonomies[rel.Target.ToolComponent.Index]
				if taxonomy.Name != rel.Target.ToolComponent.Name || taxonomy.Taxa[rel.Target.Index].ID != rel.Target.ID {
					t.Errorf("%s points at %+v, where %+v stands", r.ID, rel.Target, taxonomy)
				}
			}
		}
	}
	if want := 2 * (3 + 1); pointed != want {
		t.Errorf("%d relationships, want %d", pointed, want)
	}
}

// TestSanitizedKnowsTheLog: what is written is sanitised once more as a whole.
func TestSanitizedKnowsTheLog(t *testing.T) {
	reporttest.CheckSanitizable(t, reflect.TypeFor[sarifLog]())
}
