package config

import (
	"strings"

	"github.com/spf13/pflag"

	"apigee-audit/report/format"
)

// Group adds the flags of a group to those of a command, with their defaults.
type Group func(fs *pflag.FlagSet, d Settings)

// Flags are the flags of a command: those of the groups that it names, in their order. Values are read with [Load], never
// from the flags themselves.
func Flags(groups ...Group) *pflag.FlagSet {
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	fs.SortFlags = false
	for _, add := range groups {
		add(fs, Defaults())
	}
	return fs
}

// ScanFlags are those of all groups, one for every setting that a flag can hold.
func ScanFlags() *pflag.FlagSet {
	return Flags(
		SubjectFlags, NarrowingFlags, ChangeFlags, ReportFlags, ExplainFlags, RecordsFlags,
		FilterFlags, FailFlags, PartialFlags, GradingFlags, ConnectionFlags,
		DownloadFlags, DetailFlags, QuietFlags, ColorFlags, ProgressFlags,
	)
}

// Keys are the names of all settings, in the order of the flags.
func Keys() []string {
	var all []string
	ScanFlags().VisitAll(func(f *pflag.Flag) { all = append(all, f.Name) })
	return all
}

// SubjectFlags are about what to audit.
func SubjectFlags(fs *pflag.FlagSet, d Settings) {
	fs.StringSlice("org", d.Org, "organization `NAME` to audit (repeatable)")
	fs.Bool("all-orgs", d.AllOrgs, "every organization that the credentials can see")
	fs.String("shard", d.Shard, "only this process's share `I/N` of the organizations, 1/4 to 4/4; Cloud Run Jobs say it themselves, Kubernetes Indexed Jobs need /N")
	fs.Bool("demo", d.Demo, "audit the built-in sample organizations, served by the embedded simulator")
}

// NarrowingFlags are about what of it to report.
func NarrowingFlags(fs *pflag.FlagSet, d Settings) {
	fs.StringSlice("env", d.Env, "report only environments that match `GLOB` (repeatable); the whole organization is still searched")
	fs.StringSlice("proxy", d.Proxy, "report only proxies and shared flows that match `GLOB` (repeatable)")
}

// ChangeFlags say what would be deployed.
func ChangeFlags(fs *pflag.FlagSet, d Settings) {
	fs.StringArray("with", d.With, "audit as if the bundles in `[ENV,…=]PATH` were deployed, where their names are now or in these environments (repeatable)")
	fs.StringArray("without", d.Without, "audit as if `NAME=ENV` were undeployed, sharedflows/NAME where a proxy has the same name (repeatable)")
	fs.StringArray("hook", d.Hook, "audit as if `ENV/POINT=SHAREDFLOW` were attached; nothing behind = detaches (repeatable)")
}

// ReportFlags are about the report and its copies.
func ReportFlags(fs *pflag.FlagSet, d Settings) {
	fs.StringP("format", "f", d.Format, "`FORMAT` of the report on stdout: "+strings.Join(format.Formats(), ", "))
	fs.StringArrayP("output", "o", d.Output, "further copy of the report, as `FORMAT=FILE` (repeatable); {shard} in the name is this share")
	fs.String("sarif-path", d.SARIFPath, "`TEMPLATE` of the paths in SARIF reports of live organizations")
}

// ExplainFlags are about one finding in the place of the report.
func ExplainFlags(fs *pflag.FlagSet, d Settings) {
	fs.String("explain", d.Explain, "instead of the report, explain the finding with this `FINGERPRINT` in full")
}

// RecordsFlags are about what to read besides bundles.
func RecordsFlags(fs *pflag.FlagSet, d Settings) {
	fs.String("traffic", d.Traffic, "count calls in analytics over the last `WINDOW`, such as 30d, 12h or 2w: which refresh flows are idle, and how many tokens are stored")
	fs.Bool("reach", d.Reach, "read environment groups and API products: where tokens are issued, and to whose clients")
	fs.Bool("apps", d.Apps, "with --reach, also name the apps that have those products; never their keys")
	fs.Bool("debug-masks", d.DebugMasks, "read the debug mask of every environment that issues or refreshes tokens")
}

// FilterFlags are about which findings to report.
func FilterFlags(fs *pflag.FlagSet, d Settings) {
	fs.StringSlice("rule", d.Rule, "only rules with this `ID` or name (repeatable)")
	fs.String("min-severity", d.MinSeverity, "leave out findings below `SEVERITY`: high, medium, low or info")
	fs.String("min-confidence", d.MinConfidence, "leave out findings below `CONFIDENCE`: high, medium or low")
}

// FailFlags are about which findings make a run fail.
func FailFlags(fs *pflag.FlagSet, d Settings) {
	fs.String("fail-on", d.FailOn, "lowest `SEVERITY` that makes the exit status 1, or none")
}

// PartialFlags are about what an incomplete run means.
func PartialFlags(fs *pflag.FlagSet, d Settings) {
	fs.Bool("allow-partial", d.AllowPartial, "an incomplete audit does not make the exit status 3")
}

// GradingFlags are about what is accepted, and what rules hold to.
func GradingFlags(fs *pflag.FlagSet, d Settings) {
	fs.String("baseline", d.Baseline, "earlier JSON report in `FILE`: only findings that are not in it decide the exit status")
	fs.Bool("ignore-comments", d.IgnoreComments, "comments in policies do not suppress findings")
	fs.String("profile", d.Profile, "`PROFILE` of OAuth to hold to: bcp (RFC 9700) or fapi")
	fs.Duration("max-refresh-lifetime", d.MaxRefreshLifetime, "longest lifetime of refresh tokens that is not reported, a `DURATION`")
}

// ConnectionFlags are about whom to ask, and as whom.
func ConnectionFlags(fs *pflag.FlagSet, d Settings) {
	fs.String("token-file", d.TokenFile, "read the access token from `FILE` (a pipe too, - is stdin) instead of Application Default Credentials")
	fs.String("credentials", d.Credentials, "read Google credentials from `FILE`: a service account's key, a user's, workload identity federation")
	fs.String("impersonate", d.Impersonate, "act as this service `ACCOUNT`")
	fs.String("platform", d.Platform, "`PLATFORM` of the organizations: x covers Apigee X and hybrid, edge Public and Private Cloud")
	fs.String("endpoint", d.Endpoint, "base `URL` of the management API, scheme and host")
	fs.String("location", d.Location, "data-residency `LOCATION` of the organizations, such as eu")
	fs.String("login-url", d.LoginURL, "Edge: log in with OAuth at this `URL`, such as https://login.apigee.com")
}

// DownloadFlags are about how hard to ask, and what to keep.
func DownloadFlags(fs *pflag.FlagSet, d Settings) {
	fs.Int("concurrency", d.Concurrency, "downloads at once, `N`, for each organization")
	fs.Int("rate", d.Rate, "requests a minute, `N`, for each organization")
	fs.Duration("timeout", d.Timeout, "bound for the whole run, a `DURATION` such as 10m; what is not done by then makes the audit incomplete (0 is none)")
	fs.Duration("request-timeout", d.RequestTimeout, "bound for one request, a `DURATION`")
	fs.String("cache-dir", d.CacheDir, "keep downloaded bundles in `DIR` (default the user's cache folder)")
	fs.Bool("no-cache", d.NoCache, "download every bundle, and keep none")
}

// DetailFlags are about more on stderr and in the table.
func DetailFlags(fs *pflag.FlagSet, d Settings) {
	fs.BoolP("verbose", "v", d.Verbose, "details: log to stderr, fuller table")
}

// QuietFlags are about less on stderr.
func QuietFlags(fs *pflag.FlagSet, d Settings) {
	fs.BoolP("quiet", "q", d.Quiet, "no progress and no summary on stderr")
}

// ColorFlags are about colours.
func ColorFlags(fs *pflag.FlagSet, d Settings) {
	fs.Bool("no-color", d.NoColor, "no colours")
}

// ProgressFlags are about the progress bar.
func ProgressFlags(fs *pflag.FlagSet, d Settings) {
	fs.Bool("no-progress", d.NoProgress, "no progress bar")
}
