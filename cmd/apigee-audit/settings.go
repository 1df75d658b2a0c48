package main

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"apigee-audit/apigee/api"
	"apigee-audit/audit"
	"apigee-audit/report"
)

// settings are the values of flags, environment and configuration file, merged but not yet judged. The tag is the name of
// the flag and of the key.
type settings struct {
	Org     []string `mapstructure:"org"`
	AllOrgs bool     `mapstructure:"all-orgs"`
	Shard   string   `mapstructure:"shard"`
	Env     []string `mapstructure:"env"`
	Proxy   []string `mapstructure:"proxy"`
	Demo    bool     `mapstructure:"demo"`

	With    changeList `mapstructure:"with"`
	Without changeList `mapstructure:"without"`
	Hook    changeList `mapstructure:"hook"`

	Platform    string `mapstructure:"platform"`
	Endpoint    string `mapstructure:"endpoint"`
	Location    string `mapstructure:"location"`
	LoginURL    string `mapstructure:"login-url"`
	TokenFile   string `mapstructure:"token-file"`
	Credentials string `mapstructure:"credentials"`
	Impersonate string `mapstructure:"impersonate"`

	Format  string   `mapstructure:"format"`
	Output  []string `mapstructure:"output"`
	Explain string   `mapstructure:"explain"`

	SARIFPath  string `mapstructure:"sarif-path"`
	Traffic    string `mapstructure:"traffic"`
	Reach      bool   `mapstructure:"reach"`
	Apps       bool   `mapstructure:"apps"`
	DebugMasks bool   `mapstructure:"debug-masks"`

	Rule          []string `mapstructure:"rule"`
	MinSeverity   string   `mapstructure:"min-severity"`
	MinConfidence string   `mapstructure:"min-confidence"`
	FailOn        string   `mapstructure:"fail-on"`
	AllowPartial  bool     `mapstructure:"allow-partial"`

	Profile            string               `mapstructure:"profile"`
	MaxRefreshLifetime time.Duration        `mapstructure:"max-refresh-lifetime"`
	Severities         []severitySetting    `mapstructure:"severities"`
	Baseline           string               `mapstructure:"baseline"`
	Suppressions       []suppressionSetting `mapstructure:"suppressions"`
	IgnoreComments     bool                 `mapstructure:"ignore-comments"`

	Concurrency    int           `mapstructure:"concurrency"`
	Rate           int           `mapstructure:"rate"`
	Timeout        time.Duration `mapstructure:"timeout"`
	RequestTimeout time.Duration `mapstructure:"request-timeout"`
	CacheDir       string        `mapstructure:"cache-dir"`
	NoCache        bool          `mapstructure:"no-cache"`

	Verbose    bool `mapstructure:"verbose"`
	Quiet      bool `mapstructure:"quiet"`
	NoColor    bool `mapstructure:"no-color"`
	NoProgress bool `mapstructure:"no-progress"`
}

// defaults are used where nothing else is said.
func defaults() settings {
	return settings{
		Platform:       "x",
		Format:         "table",
		MinSeverity:    "info",
		MinConfidence:  "low",
		FailOn:         "low",
		SARIFPath:      report.DefaultSARIFPath,
		Concurrency:    api.DefaultConcurrency,
		Rate:           api.DefaultRate,
		RequestTimeout: api.DefaultRequestTimeout,

		Profile:            audit.DefaultSettings().Profile,
		MaxRefreshLifetime: audit.DefaultSettings().MaxRefreshLifetime,
	}
}

// changed picks the keys whose values are not the default, sorted.
func (s settings) changed(keys []string) []string {
	own, standard := reflect.ValueOf(s), reflect.ValueOf(defaults())
	var all []string
	for f, value := range own.Fields() {
		key := f.Tag.Get("mapstructure")
		empty := value.Kind() == reflect.Slice && value.Len() == 0
		if slices.Contains(keys, key) && !empty && !reflect.DeepEqual(value.Interface(), standard.FieldByIndex(f.Index).Interface()) {
			all = append(all, key)
		}
	}
	slices.Sort(all)
	return all
}

// scanFlags defines one flag for every setting. Values are read with [app.loadSettings], never from the flags themselves.
func scanFlags() *pflag.FlagSet {
	d := defaults()
	fs := pflag.NewFlagSet("scan", pflag.ContinueOnError)
	fs.SortFlags = false
	fs.StringSlice("org", d.Org, "organization `NAME` to audit (repeatable)")
	fs.Bool("all-orgs", d.AllOrgs, "every organization that the credentials can see")
	fs.String("shard", d.Shard, "only this process's share `I/N` of the organizations, 1/4 to 4/4; Cloud Run Jobs say it themselves, Kubernetes Indexed Jobs need /N")
	fs.Bool("demo", d.Demo, "audit the built-in sample organizations, served by the embedded simulator")
	fs.StringSlice("env", d.Env, "report only environments that match `GLOB` (repeatable); the whole organization is still searched")
	fs.StringSlice("proxy", d.Proxy, "report only proxies and shared flows that match `GLOB` (repeatable)")

	changeFlags(fs, d)

	fs.StringP("format", "f", d.Format, "`FORMAT` of the report on stdout: "+strings.Join(report.Formats(), ", "))
	fs.StringArrayP("output", "o", d.Output, "further copy of the report, as `FORMAT=FILE` (repeatable); {shard} in the name is this share")
	fs.String("explain", d.Explain, "instead of the report, explain the finding with this `FINGERPRINT` in full")

	fs.String("sarif-path", d.SARIFPath, "`TEMPLATE` of the paths in SARIF reports of live organizations")

	fs.String("traffic", d.Traffic, "count calls in analytics over the last `WINDOW`, such as 30d, 12h or 2w: which refresh flows are idle, and how many tokens are stored")
	fs.Bool("reach", d.Reach, "read environment groups and API products: where tokens are issued, and to whose clients")
	fs.Bool("apps", d.Apps, "with --reach, also name the apps that have those products; never their keys")
	fs.Bool("debug-masks", d.DebugMasks, "read the debug mask of every environment that issues or refreshes tokens")

	fs.StringSlice("rule", d.Rule, "only rules with this `ID` or name (repeatable)")
	fs.String("min-severity", d.MinSeverity, "leave out findings below `SEVERITY`: high, medium, low or info")
	fs.String("min-confidence", d.MinConfidence, "leave out findings below `CONFIDENCE`: high, medium or low")
	fs.String("fail-on", d.FailOn, "lowest `SEVERITY` that makes the exit status 1, or none")
	fs.Bool("allow-partial", d.AllowPartial, "an incomplete audit does not make the exit status 3")
	fs.String("baseline", d.Baseline, "earlier JSON report in `FILE`: only findings that are not in it decide the exit status")
	fs.Bool("ignore-comments", d.IgnoreComments, "comments in policies do not suppress findings")
	fs.String("profile", d.Profile, "`PROFILE` of OAuth to hold to: bcp (RFC 9700) or fapi")
	fs.Duration("max-refresh-lifetime", d.MaxRefreshLifetime, "longest lifetime of refresh tokens that is not reported, a `DURATION`")

	fs.String("token-file", d.TokenFile, "read the access token from `FILE` (a pipe too, - is stdin) instead of Application Default Credentials")
	fs.String("credentials", d.Credentials, "read Google credentials from `FILE`: a service account's key, a user's, workload identity federation")
	fs.String("impersonate", d.Impersonate, "act as this service `ACCOUNT`")
	fs.String("platform", d.Platform, "`PLATFORM` of the organizations: x covers Apigee X and hybrid, edge Public and Private Cloud")
	fs.String("endpoint", d.Endpoint, "base `URL` of the management API, scheme and host")
	fs.String("location", d.Location, "data-residency `LOCATION` of the organizations, such as eu")

	fs.String("login-url", d.LoginURL, "Edge: log in with OAuth at this `URL`, such as https://login.apigee.com")

	fs.Int("concurrency", d.Concurrency, "downloads at once, `N`, for each organization")
	fs.Int("rate", d.Rate, "requests a minute, `N`, for each organization")
	fs.Duration("timeout", d.Timeout, "bound for the whole run, a `DURATION` such as 10m; what is not done by then makes the audit incomplete (0 is none)")
	fs.Duration("request-timeout", d.RequestTimeout, "bound for one request, a `DURATION`")

	fs.String("cache-dir", d.CacheDir, "keep downloaded bundles in `DIR` (default the user's cache folder)")
	fs.Bool("no-cache", d.NoCache, "download every bundle, and keep none")

	fs.BoolP("verbose", "v", d.Verbose, "details: log to stderr, fuller table")
	fs.BoolP("quiet", "q", d.Quiet, "no progress and no summary on stderr")
	fs.Bool("no-color", d.NoColor, "no colours")
	fs.Bool("no-progress", d.NoProgress, "no progress bar")
	return fs
}

// keys are the names of all settings, in the order of the flags.
func keys() []string {
	var all []string
	scanFlags().VisitAll(func(f *pflag.Flag) { all = append(all, f.Name) })
	return all
}
