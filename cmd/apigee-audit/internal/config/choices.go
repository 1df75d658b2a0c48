package config

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/apigee/api"
	"apigee-audit/apigee/overlay"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/records"
	"apigee-audit/audit/rules"
	"apigee-audit/report"
	"apigee-audit/report/format"
)

// Choices are settings that have been judged: nothing in them can still be a mistake of the user, and nobody writes to
// them. What only the organizations can show, such as that a pattern matches nothing, is judged where they are read.
type Choices struct {
	Paths         []string // with paths the scan is offline
	Organizations []string // by name, sorted
	AllOrgs       bool
	Demo          bool
	Everywhere    bool  // the organizations are all that the settings are about
	Share         Shard // of the organizations; the zero value is all of them
	Platform      apigee.Platform
	Environments  []string       // patterns of what is reported; none is all
	Proxies       []string       // likewise
	Change        overlay.Change // what would be deployed

	Connection
	Downloads
	Tries int // of a request that may work the next time; 0 is the usual number
	Terminal
	Evidence records.Options

	Rules          []*audit.Rule
	Chosen         bool // the rules are not simply all
	MinSeverity    finding.Severity
	MinConfidence  finding.Confidence
	Statuses       []finding.Status // that are reported; none is all
	Settings       finding.Settings
	Exceptions     []audit.Exception
	IgnoreComments bool
	Aliases        []finding.Alias  // where settings name a rule for one that was split from it
	Baseline       string           // the file, "" without
	FailOn         finding.Severity // 0: findings never decide the exit status
	AllowPartial   bool

	// RefreshLifetime is what fixes give refresh tokens, 0 for as long as is not reported.
	RefreshLifetime time.Duration
	StopIssuing     bool // rather than refresh

	Format    string
	Explain   string
	SARIFPath string
	Copies    []ReportCopy

	origins origins
}

// At is an error about what a setting names, such as a file that cannot be read, with where it was set if that was not on
// the command line.
func (c *Choices) At(key string, err error) error { return c.origins.at(key, err) }

// At is [Choices.At] before settings are judged.
func (l *Loaded) At(key string, err error) error { return l.origins.at(key, err) }

// Scan judges settings for a scan, of what lies at the paths if there are any.
func (l *Loaded) Scan(paths []string, env Environment) (*Choices, error) {
	j := l.judge(paths)
	return j.all(append(j.scan(), func() error { return j.share(env) })...)
}

// doctorTries is how often a request is tried to find out whether it works: what takes more is worth knowing about.
const doctorTries = 2

// Doctor judges settings for a look at what a scan would need.
func (l *Loaded) Doctor(env Environment) (*Choices, error) {
	c, err := l.Scan(nil, env)
	if err != nil {
		return nil, err
	}
	c.Tries = doctorTries
	return c, nil
}

// Pull judges settings for a pull.
func (l *Loaded) Pull(env Environment) (*Choices, error) {
	j := l.judge(nil)
	return j.all(j.subject, j.connection, j.downloads, func() error { return j.share(env) })
}

// Fix judges settings for mending findings, in what lies at the paths if there are any.
func (l *Loaded) Fix(paths []string, env Environment) (*Choices, error) {
	j := l.judge(paths)
	return j.all(j.subject, j.evidence, j.rules, j.levels, j.globs, j.connection, j.downloads, j.grading, j.fixes, func() error { return j.share(env) })
}

// Stored judges settings for a command that reads reports and writes one.
func (l *Loaded) Stored() (*Choices, error) {
	j := l.judge(nil)
	return j.all(j.rules, j.levels, j.globs, j.formats)
}

// Inventory judges settings for an inventory, of what lies at the paths if there are any. --org chooses among the organizations of
// a snapshot and of the demonstration.
func (l *Loaded) Inventory(paths []string, env Environment) (*Choices, error) {
	j := l.judge(paths)
	j.chooses = true
	j.choices.Rules = rules.All()
	return j.all(j.subject, j.evidence, j.globs, j.connection, j.downloads, j.grading, func() error { return j.share(env) })
}

// StoredInventory judges settings for an inventory of stored reports, of which the command line may choose organizations.
func (l *Loaded) StoredInventory(reports []string) (*Choices, error) {
	j := l.judge(reports)
	j.chooses = true
	return j.all(j.subject, j.evidence, j.globs)
}

// Cache judges settings for a command that looks after the cache.
func (l *Loaded) Cache() (*Choices, error) {
	j := l.judge(nil)
	return j.all(j.downloads)
}

// Comparison judges settings for a command that compares reports.
func (l *Loaded) Comparison() (*Choices, error) {
	j := l.judge(nil)
	return j.all(j.levels)
}

// History judges settings for a command that follows findings through reports, in formats of its own.
func (l *Loaded) History(name string, outputs []string) (*Choices, error) {
	j := l.judge(nil)
	return j.all(j.rules, j.levels, j.globs, func() (err error) {
		known := format.HistoryFormats()
		if err := CheckFormat(name, known); err != nil {
			return err
		}
		j.choices.Format = name
		j.choices.Copies, err = ParseCopies(outputs, known)
		return err
	})
}

// Check judges settings for any subject of a scan. The share of the organizations is not checked: only the machine that
// the scan runs on determines it.
func (l *Loaded) Check() error {
	if len(l.Org) > 0 && l.Demo {
		return l.origins.together("use either org or demo", "org", "demo")
	}
	whole := *l
	whole.flags = ScanFlags()
	if len(whole.Org) == 0 && !whole.AllOrgs {
		whole.Demo = true // any subject: the scan says if it is missing
	}
	j := whole.judge(nil)
	_, err := j.all(j.scan()...)
	return err
}

// judge is settings on their way to choices.
type judge struct {
	*Loaded
	choices *Choices
	chooses bool // --org chooses among the organizations of PATHs and of the demonstration
}

// judge starts with the settings that cannot be wrong.
func (l *Loaded) judge(paths []string) *judge {
	terminal := l.Terminal
	terminal.Details = terminal.Details || terminal.Verbose
	return &judge{Loaded: l, choices: &Choices{
		Paths: paths, Platform: apigee.Platform(strings.ToLower(l.Platform)), Terminal: terminal,
		IgnoreComments: l.IgnoreComments, Baseline: l.Baseline, AllowPartial: l.AllowPartial, Explain: l.Explain,
		origins: l.origins,
	}}
}

// scan are the steps for a scan on any machine: all but the share of the organizations.
func (j *judge) scan() []func() error {
	return []func() error{
		j.change, j.subject, j.changed, j.evidence, j.rules, j.levels, j.globs, j.connection, j.downloads, j.formats, j.grading, j.fixes,
	}
}

// all takes the steps in turn until one finds a mistake.
func (j *judge) all(steps ...func() error) (*Choices, error) {
	if _, err := j.Logging(); err != nil {
		return nil, err
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, j.origins.locate(err)
		}
	}
	return j.choices, nil
}

// subject settles what is audited. What the command line says beats organizations of environment and file.
func (j *judge) subject() error {
	c, flags := j.choices, j.flags
	org, allOrgs, demo := j.Org, j.AllOrgs, j.Demo
	said := 0 // on the command line
	for _, yes := range []bool{flags.Changed("org") && !j.picks(demo), flags.Changed("all-orgs") && allOrgs, flags.Changed("demo") && demo, len(c.Paths) > 0} {
		if yes {
			said++
		}
	}
	switch {
	case said > 1:
		return errors.New("use only one of --org, --all-orgs, --demo and PATHs")
	case said == 1:
		if !flags.Changed("org") {
			org = nil
		}
		allOrgs, demo = allOrgs && flags.Changed("all-orgs"), demo && flags.Changed("demo")
	case len(org) > 0 && (demo || allOrgs), demo && allOrgs:
		return j.origins.together("use only one of org, all-orgs and demo, or choose one on the command line", chosen(org, allOrgs, demo)...)
	case len(org) == 0 && !demo && !allOrgs:
		return errors.New("name an organization with --org, or use --all-orgs or --demo")
	}
	if allOrgs && !c.Platform.Traits().ListsOrganizations {
		return about("all-orgs", errors.New("--all-orgs works only with Apigee X and hybrid: on Edge, name the organizations with --org"))
	}
	for i, name := range org {
		if err := api.CheckOrganization(name); err != nil {
			return about(entry("org", i), err)
		}
	}
	c.Organizations, c.AllOrgs, c.Demo = slices.Compact(slices.Sorted(slices.Values(org))), allOrgs, demo
	c.Everywhere = len(c.Paths) == 0 && !flags.Changed("org")
	return nil
}

func (j *judge) rules() error {
	c := j.choices
	c.Rules = rules.All()
	if len(j.Rule) == 0 {
		return nil
	}
	wanted := map[string]bool{}
	for i, word := range j.Rule {
		r, err := FindRule(word)
		if err != nil {
			return about(entry("rule", i), err)
		}
		wanted[r.ID] = true
	}
	var covered []finding.Alias
	c.Rules, covered = audit.WithParted(c.Rules, wanted)
	c.Chosen = true
	j.covers("--rule", covered)
	return nil
}

// covers notes that a setting names rules for others that were split from them.
func (j *judge) covers(setting string, covered []finding.Alias) {
	for _, alias := range covered {
		alias.Where = setting
		j.choices.Aliases = append(j.choices.Aliases, alias)
	}
}

// chosen are the keys that name subjects.
func chosen(org []string, allOrgs, demo bool) []string {
	var keys []string
	for _, of := range []struct {
		key string
		yes bool
	}{{"org", len(org) > 0}, {"all-orgs", allOrgs}, {"demo", demo}} {
		if of.yes {
			keys = append(keys, of.key)
		}
	}
	return keys
}

// levels settles severities and confidences.
func (j *judge) levels() (err error) {
	c := j.choices
	if c.MinSeverity, err = finding.ParseSeverity(j.MinSeverity); err != nil {
		return wrong("min-severity", err)
	}
	if c.MinConfidence, err = finding.ParseConfidence(j.MinConfidence); err != nil {
		return wrong("min-confidence", err)
	}
	for _, name := range j.Status {
		status, err := finding.ParseStatus(name)
		if err != nil {
			return wrong("status", err)
		}
		if !slices.Contains(c.Statuses, status) {
			c.Statuses = append(c.Statuses, status)
		}
	}
	if strings.EqualFold(j.FailOn, "none") {
		return nil
	}
	if c.FailOn, err = finding.ParseSeverity(j.FailOn); err != nil {
		return wrong("fail-on", fmt.Errorf("%w, or none", err))
	}
	return nil
}

// grading settles what rules depend on, and what is accepted.
func (j *judge) grading() error {
	if j.Profile != finding.ProfileBCP && j.Profile != finding.ProfileFAPI {
		return about("profile", fmt.Errorf("unknown profile %q: use %s (RFC 9700) or %s", j.Profile, finding.ProfileBCP, finding.ProfileFAPI))
	}
	if j.MaxRefreshLifetime <= 0 {
		return must("max-refresh-lifetime", errors.New("must be greater than 0, such as 30d"))
	}
	asked, err := ruleSeverities(j.Severities)
	if err != nil {
		return err
	}
	severities, covered := audit.CoverParted(rules.All(), asked)
	j.covers("severities", covered)
	j.choices.Settings = finding.Settings{Profile: j.Profile, MaxRefreshLifetime: j.MaxRefreshLifetime, Severities: severities}
	j.choices.Exceptions, err = exceptions(j.Suppressions)
	return err
}

func (j *judge) globs() error {
	for _, of := range []struct {
		key      string
		patterns []string
	}{{"env", j.Env}, {"proxy", j.Proxy}} {
		for i, glob := range of.patterns {
			if err := checkGlob(glob); err != nil {
				return wrong(entry(of.key, i), err)
			}
		}
	}
	j.choices.Environments, j.choices.Proxies = j.Env, j.Proxy
	return nil
}

func checkGlob(glob string) error {
	if _, err := path.Match(glob, ""); err != nil {
		return fmt.Errorf("%q is not a valid pattern, use *, ? and [a-z]", glob)
	}
	return nil
}

func (j *judge) connection() error {
	if err := j.credentials(); err != nil {
		return err
	}
	j.choices.Connection = j.Connection
	key := "endpoint"
	switch {
	case j.Endpoint != "" && j.Location != "":
		return j.origins.together("use --endpoint or --location, not both: a location is only a name for its endpoint", "endpoint", "location")
	case j.Location != "":
		key = "location"
	}
	if err := api.CheckEndpoint(j.choices.Platform, j.Endpoint, j.Location); err != nil {
		return about(key, err)
	}
	return nil
}

// maxConcurrency is as many downloads as a server could still mistake for one client.
const maxConcurrency = 256

// demoRate is how many requests per minute the simulator gets: it runs on this machine and has no quota to protect.
const demoRate = 60_000

func (j *judge) downloads() error {
	d := j.Downloads
	switch {
	case d.Concurrency < 1 || d.Concurrency > maxConcurrency:
		return must("concurrency", fmt.Errorf("must be between 1 and %d, not %d", maxConcurrency, d.Concurrency))
	case d.Rate < 1:
		return must("rate", fmt.Errorf("must be at least 1 request per minute, not %d", d.Rate))
	case d.Timeout < 0:
		return must("timeout", errors.New("must not be negative; use 0 for no limit"))
	case d.RequestTimeout <= 0:
		return must("request-timeout", errors.New("must be greater than 0, such as 30s"))
	case d.CacheMaxAge < 0:
		return must("cache-max-age", errors.New("must not be negative; use 0 for no limit"))
	}
	if j.choices.Demo {
		d.NoCache = true // made-up organizations belong in nobody's cache
		if !j.origins.set("rate") {
			d.Rate = demoRate
		}
	}
	j.choices.Downloads = d
	return nil
}

func (j *judge) formats() (err error) {
	if err := CheckFormat(j.Format, format.Formats()); err != nil {
		return about("format", err)
	}
	switch {
	case j.origins.flagged("explain") && j.Explain == "":
		return must("explain", errors.New("needs a fingerprint, a proxy, a rule, or RULE:PROXY"))
	case j.origins.flagged("explain") && j.origins.flagged("format") && j.Format != "table":
		return errors.New("use --explain, which is text, or --format, not both: --rule and --proxy narrow a report in any format")
	}
	if err := report.CheckPath(j.SARIFPath); err != nil {
		return about("sarif-path", err)
	}
	j.choices.Format, j.choices.SARIFPath = j.Format, j.SARIFPath
	j.choices.Copies, err = ParseCopies(j.Output, format.Formats())
	return err
}

// FindRule accepts the id or the name of a rule in any case.
func FindRule(word string) (*audit.Rule, error) {
	if r := audit.FindRule(rules.All(), word); r != nil {
		return r, nil
	}
	var known []string
	for _, r := range rules.All() {
		known = append(known, r.ID, r.Name)
	}
	return nil, fmt.Errorf("unknown rule %q%s (`apigee-audit rules` lists them all)", word, DidYouMean(word, known))
}
