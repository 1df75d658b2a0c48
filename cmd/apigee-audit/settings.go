package main

import (
	"strings"
	"time"

	"github.com/spf13/pflag"

	"apigee-audit/report"
)

// settings are the values of flags, environment and configuration file, merged but not yet judged. The tag is the name of
// the flag and of the key.
type settings struct {
	Org   []string `mapstructure:"org"`
	Env   []string `mapstructure:"env"`
	Proxy []string `mapstructure:"proxy"`
	Demo  bool     `mapstructure:"demo"`

	Platform    string `mapstructure:"platform"`
	Endpoint    string `mapstructure:"endpoint"`
	Location    string `mapstructure:"location"`
	TokenFile   string `mapstructure:"token-file"`
	Impersonate string `mapstructure:"impersonate"`

	Format  string   `mapstructure:"format"`
	Output  []string `mapstructure:"output"`
	Explain string   `mapstructure:"explain"`

	Traffic    string `mapstructure:"traffic"`
	Reach      bool   `mapstructure:"reach"`
	Apps       bool   `mapstructure:"apps"`
	DebugMasks bool   `mapstructure:"debug-masks"`

	Rule          []string `mapstructure:"rule"`
	MinSeverity   string   `mapstructure:"min-severity"`
	MinConfidence string   `mapstructure:"min-confidence"`
	FailOn        string   `mapstructure:"fail-on"`
	AllowPartial  bool     `mapstructure:"allow-partial"`

	Concurrency    int           `mapstructure:"concurrency"`
	Rate           int           `mapstructure:"rate"`
	Timeout        time.Duration `mapstructure:"timeout"`
	RequestTimeout time.Duration `mapstructure:"request-timeout"`

	Verbose    bool `mapstructure:"verbose"`
	Quiet      bool `mapstructure:"quiet"`
	NoColor    bool `mapstructure:"no-color"`
	NoProgress bool `mapstructure:"no-progress"`
}

// defaults are used where nothing else is said. The request rate is half of what Apigee grants an organization.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/limits, 6,000 management API calls a minute.
func defaults() settings {
	return settings{
		Platform:       "x",
		Format:         "table",
		MinSeverity:    "info",
		MinConfidence:  "low",
		FailOn:         "low",
		Concurrency:    16,
		Rate:           3000,
		RequestTimeout: 30 * time.Second,
	}
}

// scanFlags defines one flag for every setting. Values are read through [loader], never from the flags themselves.
func scanFlags() *pflag.FlagSet {
	d := defaults()
	fs := pflag.NewFlagSet("scan", pflag.ContinueOnError)
	fs.SortFlags = false
	fs.StringSlice("org", d.Org, "organization `NAME` to audit (repeatable)")
	fs.Bool("demo", d.Demo, "audit the built-in sample organizations, served by the embedded simulator")
	fs.StringSlice("env", d.Env, "report only environments that match `GLOB` (repeatable); the whole organization is still searched")
	fs.StringSlice("proxy", d.Proxy, "report only proxies and shared flows that match `GLOB` (repeatable)")

	fs.StringP("format", "f", d.Format, "`FORMAT` of the report on stdout: "+strings.Join(report.Formats(), ", "))
	fs.StringArrayP("output", "o", d.Output, "further copy of the report, as `FORMAT=FILE` (repeatable)")
	fs.String("explain", d.Explain, "instead of the report, explain the finding with this `FINGERPRINT` in full")

	fs.String("traffic", d.Traffic, "count calls in analytics over the last `WINDOW`, such as 30d, 12h or 2w: which refresh flows are idle, and how many tokens are stored")
	fs.Bool("reach", d.Reach, "read environment groups and API products: where tokens are issued, and to whose clients")
	fs.Bool("apps", d.Apps, "with --reach, also name the apps that have those products; never their keys")
	fs.Bool("debug-masks", d.DebugMasks, "read the debug mask of every environment that issues or refreshes tokens")

	fs.StringSlice("rule", d.Rule, "only rules with this `ID` or name (repeatable)")
	fs.String("min-severity", d.MinSeverity, "leave out findings below `SEVERITY`: high, medium, low or info")
	fs.String("min-confidence", d.MinConfidence, "leave out findings below `CONFIDENCE`: high, medium or low")
	fs.String("fail-on", d.FailOn, "lowest `SEVERITY` that makes the exit status 1, or none")
	fs.Bool("allow-partial", d.AllowPartial, "an incomplete audit does not make the exit status 3")

	fs.String("token-file", d.TokenFile, "read the access token from `FILE` (- is stdin) instead of Application Default Credentials")
	fs.String("impersonate", d.Impersonate, "act as this service `ACCOUNT`")
	fs.String("platform", d.Platform, "`PLATFORM` of the organizations: x covers Apigee X and hybrid")
	fs.String("endpoint", d.Endpoint, "base `URL` of the management API, scheme and host")
	fs.String("location", d.Location, "data-residency `LOCATION` of the organizations, such as eu")

	fs.Int("concurrency", d.Concurrency, "downloads at once, `N`")
	fs.Int("rate", d.Rate, "requests a minute, `N`")
	fs.Duration("timeout", d.Timeout, "bound for the whole audit, a `DURATION` such as 10m; what is not done by then makes it incomplete (0 is none)")
	fs.Duration("request-timeout", d.RequestTimeout, "bound for one request, a `DURATION`")

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
