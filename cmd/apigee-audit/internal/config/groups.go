package config

import (
	"strings"
	"time"

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
		FilterFlags, StatusFlags, FailFlags, PartialFlags, BaselineFlags, GradingFlags, FixFlags, ConnectionFlags,
		DownloadFlags, DetailFlags, LogFlags, QuietFlags, ColorFlags, ProgressFlags,
	)
}

// titleOf is the annotation of a flag that holds the heading under which help lists it.
const titleOf = "title"

// Title is the heading under which help lists a flag, "" for none in particular.
func Title(f *pflag.Flag) string { return strings.Join(f.Annotations[titleOf], "") }

// title puts the flags that have no heading yet under one.
func title(fs *pflag.FlagSet, heading string) {
	fs.VisitAll(func(f *pflag.Flag) {
		if f.Annotations[titleOf] == nil {
			_ = fs.SetAnnotation(f.Name, titleOf, []string{heading}) // an error is for flags that do not exist
		}
	})
}

// GeneralTitle is the heading for what is about no setting in particular.
const GeneralTitle = "General"

// GeneralFlags choose the configuration file.
func GeneralFlags(fs *pflag.FlagSet, choice *FileChoice) {
	defer title(fs, GeneralTitle)
	fs.StringVar(&choice.Name, "config", "", "read settings from `FILE`")
	fs.BoolVar(&choice.None, "no-config", false, "do not read a configuration file, not even "+FoundName+" in the working directory")
}

// Keys are the names of all settings, in the order of the flags.
func Keys() []string {
	var all []string
	ScanFlags().VisitAll(func(f *pflag.Flag) { all = append(all, f.Name) })
	return all
}

// SubjectFlags are about what to audit.
func SubjectFlags(fs *pflag.FlagSet, d Settings) {
	defer title(fs, "What to audit")
	fs.StringSlice("org", d.Org, "audit organization `NAME` (repeatable)")
	fs.Bool("all-orgs", d.AllOrgs, "audit every organization that the credentials can see")
	fs.String("shard", d.Shard, "audit only share `I/N` of the organizations, such as 1/4; detected in Cloud Run Jobs; in Kubernetes Indexed Jobs, set /N")
	fs.Bool("demo", d.Demo, "audit the built-in sample organizations, served by the embedded simulator")
}

// NarrowingFlags are about what of it to report.
func NarrowingFlags(fs *pflag.FlagSet, d Settings) {
	defer title(fs, "What to report")
	EnvironmentFlags(fs, d)
	fs.StringSlice("proxy", d.Proxy, "report only proxies and shared flows that match `GLOB` (repeatable)")
}

// EnvironmentFlags are about in which environments.
func EnvironmentFlags(fs *pflag.FlagSet, d Settings) {
	defer title(fs, "What to report")
	fs.StringSlice("env", d.Env, "report only environments that match `GLOB` (repeatable); the whole organization is still searched")
}

// ChangeFlags say what would be deployed.
func ChangeFlags(fs *pflag.FlagSet, d Settings) {
	defer title(fs, "What if")
	fs.StringArray("with", d.With, "audit as if the bundles in `[ENV,…=]PATH` were deployed, where their names are now or in these environments (repeatable)")
	fs.StringArray("without", d.Without, "audit as if `NAME=ENV` were undeployed, sharedflows/NAME where a proxy has the same name (repeatable)")
	fs.StringArray("hook", d.Hook, "audit as if `ENV/POINT=SHAREDFLOW` were attached; nothing after = detaches (repeatable)")
}

// ReportFlags are about the report and its copies.
func ReportFlags(fs *pflag.FlagSet, d Settings) {
	defer title(fs, "Report")
	fs.StringP("format", "f", d.Format, "`FORMAT` of the report on stdout: "+strings.Join(format.Formats(), ", "))
	CopyFlags(fs, d)
	fs.String("sarif-path", d.SARIFPath, "`TEMPLATE` for paths in live organizations, in reports whose readers look for files (SARIF and others)")
}

// CopyFlags are about the copies of the report.
func CopyFlags(fs *pflag.FlagSet, d Settings) {
	defer title(fs, "Report")
	fs.StringArrayP("output", "o", d.Output, "also write the report to a file, as `FORMAT=FILE` (repeatable); {shard} in the name becomes this share")
}

// ExplainFlags are about one finding instead of the report.
func ExplainFlags(fs *pflag.FlagSet, d Settings) {
	defer title(fs, "Report")
	fs.String("explain", d.Explain, "explain in full, instead of writing the report, the findings that `WHAT` names: a fingerprint or its beginning, a proxy, a rule, or RULE:PROXY")
}

// RecordsFlags are about what to read in addition to bundles.
func RecordsFlags(fs *pflag.FlagSet, d Settings) {
	defer title(fs, "Runtime evidence")
	fs.String("traffic", d.Traffic, "read call counts from analytics for the last `WINDOW`, such as 30d, 12h or 2w: which refresh flows are idle, and how many tokens are stored")
	fs.Bool("reach", d.Reach, "read environment groups and API products: where tokens are issued, and to whose clients")
	fs.Bool("apps", d.Apps, "with --reach, also name the apps that use those products, but never their keys")
	fs.Bool("debug-masks", d.DebugMasks, "read the debug mask of every environment that issues or refreshes tokens")
}

// FilterFlags are about which findings to report.
func FilterFlags(fs *pflag.FlagSet, d Settings) {
	defer title(fs, "What to report")
	fs.StringSlice("rule", d.Rule, "run only the rule with this `ID` or name (repeatable)")
	fs.String("min-severity", d.MinSeverity, "leave out findings below `SEVERITY`: high, medium, low or info")
	fs.String("min-confidence", d.MinConfidence, "leave out findings below `CONFIDENCE`: high, medium or low")
}

// StatusFlags are about how the reported findings stand to the baseline and the suppressions.
func StatusFlags(fs *pflag.FlagSet, d Settings) {
	defer title(fs, "What to report")
	fs.StringSlice("status", d.Status, "list only findings with this `STATUS`: new, known or suppressed (repeatable); new ones decide the exit status all the same")
}

// FailFlags are about which findings make a run fail.
func FailFlags(fs *pflag.FlagSet, d Settings) {
	defer title(fs, "Baseline and exit status")
	fs.String("fail-on", d.FailOn, "exit with 1 if a finding has this `SEVERITY` or higher; none to never exit with 1")
}

// PartialFlags are about what an incomplete run means.
func PartialFlags(fs *pflag.FlagSet, d Settings) {
	defer title(fs, "Baseline and exit status")
	fs.Bool("allow-partial", d.AllowPartial, "do not exit with 3 when the audit is incomplete")
}

// BaselineFlags are about what is known already.
func BaselineFlags(fs *pflag.FlagSet, d Settings) {
	defer title(fs, "Baseline and exit status")
	fs.String("baseline", d.Baseline, "compare with the earlier JSON report in `FILE`: only findings that are not in it decide the exit status")
}

// GradingFlags are about what is accepted, and by which standard rules judge.
func GradingFlags(fs *pflag.FlagSet, d Settings) {
	defer title(fs, "Rules")
	fs.Bool("ignore-comments", d.IgnoreComments, "ignore comments in policies that suppress findings")
	fs.String("profile", d.Profile, "OAuth security `PROFILE` to audit against: bcp (RFC 9700) or fapi")
	duration(fs, "max-refresh-lifetime", d.MaxRefreshLifetime, "report refresh tokens that live longer than this `DURATION`")
}

// FixFlags are about how findings are mended.
func FixFlags(fs *pflag.FlagSet, d Settings) {
	defer title(fs, "Fixes")
	fs.String("prefer", d.Prefer, "where both would mend a finding, `WAY` to put first: refresh the refresh tokens, or stop-issuing them")
	duration(fs, "refresh-lifetime", d.RefreshLifetime, "`DURATION` that fixes give refresh tokens (0 for max-refresh-lifetime)")
}

// ConnectionFlags are about which server to ask, and as which account.
func ConnectionFlags(fs *pflag.FlagSet, d Settings) {
	defer title(fs, "Access")
	fs.String("token-file", d.TokenFile, "read the access token from `FILE` (or a pipe; - for stdin) instead of using Application Default Credentials")
	fs.String("credentials", d.Credentials, "read Google credentials from `FILE`: a service account key, user credentials or workload identity federation")
	fs.String("impersonate", d.Impersonate, "impersonate this service `ACCOUNT`")
	fs.String("platform", d.Platform, "`PLATFORM` of the organizations: x for Apigee X and hybrid, edge for Edge for Public and Private Cloud")
	fs.String("endpoint", d.Endpoint, "base `URL` of the management API: scheme and host")
	fs.String("location", d.Location, "data-residency `LOCATION` of the organizations, such as eu")
	fs.String("login-url", d.LoginURL, "Edge: log in with OAuth at this `URL`, such as https://login.apigee.com")
}

// DownloadFlags are about how fast to download, and what to keep.
func DownloadFlags(fs *pflag.FlagSet, d Settings) {
	defer title(fs, "Speed and limits")
	fs.Int("concurrency", d.Concurrency, "at most `N` parallel downloads for each organization")
	fs.Int("rate", d.Rate, "at most `N` requests per minute for each organization")
	duration(fs, "timeout", d.Timeout, "stop the run after this `DURATION`, such as 10m; the audit is incomplete if it is not finished by then (0 for no limit)")
	duration(fs, "request-timeout", d.RequestTimeout, "give up on a request after this `DURATION`")
	CacheDirFlag(fs, d)
	fs.Bool("no-cache", d.NoCache, "download every bundle, and do not use the cache")
	CacheLimitFlags(fs, d)
}

// CacheDirFlag is about where downloaded bundles are kept.
func CacheDirFlag(fs *pflag.FlagSet, d Settings) {
	fs.String("cache-dir", d.CacheDir, "keep downloaded bundles in `DIR` (default: the user's cache folder)")
}

// CacheLimitFlags are about which of them are kept.
func CacheLimitFlags(fs *pflag.FlagSet, d Settings) {
	duration(fs, "cache-max-age", d.CacheMaxAge, "after a run, remove bundles from the cache that were not used for this `DURATION` (0 for no limit)")
	SizeVar(fs, new(Size), "cache-max-size", d.CacheMaxSize, "after a run, remove the bundles used longest ago until the cache has this `SIZE`, such as 500MB or 2GB (0 for no limit)")
}

// DetailFlags are about more in the table.
func DetailFlags(fs *pflag.FlagSet, d Settings) {
	defer title(fs, "Report")
	fs.Bool("details", d.Details, "show the proof, the remedy and the fixes of every finding in the table")
}

// LogFlags are about what is written to stderr. They come after [DetailFlags], if a command has both.
func LogFlags(fs *pflag.FlagSet, d Settings) {
	defer title(fs, "Terminal and logs")
	fs.String("log-level", d.LogLevel, "lowest `LEVEL` of what is written to stderr: error, warn, info (also progress and the summary) or debug (also requests)")
	fs.String("log-format", d.LogFormat, "`FORMAT` of stderr: text, or json for one record per line, as Cloud Logging and Kubernetes read them")
	same := "--log-level info"
	if fs.Lookup("details") != nil {
		same = "--details " + same
	}
	fs.BoolP("verbose", "v", d.Verbose, "the same as "+same)
}

// QuietFlags are about less on stderr.
func QuietFlags(fs *pflag.FlagSet, d Settings) {
	defer title(fs, "Terminal and logs")
	fs.BoolP("quiet", "q", d.Quiet, "do not show progress or the summary on stderr")
}

// ColorFlags are about colours.
func ColorFlags(fs *pflag.FlagSet, d Settings) {
	defer title(fs, "Terminal and logs")
	fs.Bool("no-color", d.NoColor, "do not use colours")
}

// ProgressFlags are about the progress bar.
func ProgressFlags(fs *pflag.FlagSet, d Settings) {
	defer title(fs, "Terminal and logs")
	fs.Bool("no-progress", d.NoProgress, "do not show a progress bar")
}

// duration adds a flag whose value only [Load] reads, as that of any setting.
func duration(fs *pflag.FlagSet, name string, value time.Duration, usage string) {
	DurationVar(fs, new(time.Duration), name, value, usage)
}
