package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"apigee-audit/cmd/apigee-audit/internal/config"
)

// accept gives a command its flags, and those about the configuration file with them.
func accept(cmd *cobra.Command, flags *pflag.FlagSet) *config.FileChoice {
	cmd.Flags().SortFlags = false
	cmd.Flags().AddFlagSet(flags)
	general, choice := pflag.NewFlagSet("", pflag.ContinueOnError), &config.FileChoice{}
	config.GeneralFlags(general, choice)
	cmd.Flags().AddFlagSet(general)
	return choice
}

// load merges what is set for a command, and starts the log that it asks for. Mistakes in it are usage errors.
func (a *app) load(flags *pflag.FlagSet, choice config.FileChoice) (*config.Loaded, error) {
	l, err := config.Load(a.env, flags, choice)
	if err != nil {
		return nil, usagef("%w", err)
	}
	a.config = l.File
	logging, err := l.Logging()
	a.startLog(logging)
	if err != nil {
		return nil, usagef("%w", err)
	}
	return l, nil
}

// settings merges what is set for a command, and warns about unknown variables and about a file that nobody named.
func (a *app) settings(flags *pflag.FlagSet, choice config.FileChoice) (*config.Loaded, error) {
	l, err := a.load(flags, choice)
	if err != nil {
		return nil, err
	}
	a.ends = !l.Quiet
	a.sayFound()
	for _, name := range a.env.Unknown(config.Keys()) {
		a.sayWarning("unknown environment variable %s", name)
	}
	return l, nil
}

// sayFound says that a file was read which nobody named. It may have come with somebody else's repository or pull
// request, and what it narrows must not be mistaken for what the user wanted.
func (a *app) sayFound() {
	if a.config.Found {
		a.say("read %s", foundFile(a.config))
	}
}

// foundFile says what a file that nobody named sets, after "read".
func foundFile(f config.File) string {
	if len(f.Keys) == 0 {
		return f.Name + " from the working directory; it sets nothing"
	}
	return fmt.Sprintf("%s from the working directory; it sets %s (use --no-config to ignore it)", f.Name, strings.Join(f.Keys, ", "))
}
