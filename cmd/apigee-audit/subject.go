package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// connectionFlags are the flags of scan that say what to read, as whom and how hard. They are one definition for every
// command that reads organizations.
func connectionFlags() *pflag.FlagSet {
	return pickFlags("org", "all-orgs", "shard", "demo", "allow-partial", "token-file", "credentials", "impersonate", "platform", "endpoint",
		"location", "login-url",
		"concurrency", "rate", "timeout", "request-timeout", "cache-dir", "no-cache", "verbose", "quiet", "no-color", "no-progress")
}

// pickFlags takes some of scan's flags, in scan's order. The names are ours: a wrong one panics in every test.
func pickFlags(names ...string) *pflag.FlagSet {
	wanted := map[string]bool{}
	for _, n := range names {
		wanted[n] = true
	}
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	fs.SortFlags = false
	scanFlags().VisitAll(func(f *pflag.Flag) {
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

// configChoice is which configuration file a command line wants.
type configChoice struct {
	file string // the one it names, "" for none in particular
	none bool   // none at all
}

// accept gives a command its flags, and those about the configuration file with them.
func accept(cmd *cobra.Command, flags *pflag.FlagSet) *configChoice {
	cmd.Flags().SortFlags = false
	cmd.Flags().AddFlagSet(flags)
	config := &configChoice{}
	cmd.Flags().StringVar(&config.file, "config", "", "read settings from `FILE`")
	cmd.Flags().BoolVar(&config.none, "no-config", false, "read no configuration file, not even "+foundConfig+" in the working directory")
	return config
}

// settings merges what is set for a command, and says what means nothing and what nobody asked for.
func (a *app) settings(flags *pflag.FlagSet, config configChoice) (settings, error) {
	s, err := a.loadSettings(flags, config)
	if err != nil {
		return s, err
	}
	a.sayFound()
	for _, name := range a.env.unknown(keys()) {
		a.say("warning: unknown environment variable %s", name)
	}
	return s, nil
}
