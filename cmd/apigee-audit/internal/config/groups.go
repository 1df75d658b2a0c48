package config

import "github.com/spf13/pflag"

// ConnectionFlags are the flags of scan that say what to read, as whom and how hard. They are one definition for every
// command that reads organizations.
func ConnectionFlags() *pflag.FlagSet {
	return PickFlags("org", "all-orgs", "shard", "demo", "allow-partial", "token-file", "credentials", "impersonate", "platform", "endpoint",
		"location", "login-url",
		"concurrency", "rate", "timeout", "request-timeout", "cache-dir", "no-cache", "verbose", "quiet", "no-color", "no-progress")
}

// PickFlags takes some of scan's flags, in scan's order. The names are ours: a wrong one panics in every test.
func PickFlags(names ...string) *pflag.FlagSet {
	wanted := map[string]bool{}
	for _, n := range names {
		wanted[n] = true
	}
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	fs.SortFlags = false
	ScanFlags().VisitAll(func(f *pflag.Flag) {
		if wanted[f.Name] {
			fs.AddFlag(f)
			delete(wanted, f.Name)
		}
	})
	for n := range wanted {
		panic("no flag --" + n)
	}
	return fs
}
