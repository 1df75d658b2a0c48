package cli

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/internal/text"
)

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "apigee-audit",
		Short: "Find refresh tokens that are issued but never used",
		Long: `apigee-audit finds out, for whole Apigee organizations, where refresh tokens are issued and whether every one
of them is really refreshed, rotated, expired and revoked. It is read-only: an organization only ever gets GET requests.`,
		Example: `  apigee-audit scan --demo                 try it, without any organization
  apigee-audit doctor --org acme-prod      check what an audit needs: credentials, permissions, network, folders
  apigee-audit scan --org acme-prod        audit a live organization with gcloud's credentials
  apigee-audit scan ./proxies              audit bundles on disk
  apigee-audit fix ./proxies               show the edits that mend findings
  apigee-audit rules RT101                 what a rule means and how to fix it`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noCommand,
		RunE:          a.needsCommand,
	}
	root.SetUsageFunc(a.usage)
	root.SetHelpFunc(a.help)
	root.Flags().Bool("version", false, "print the version") // without cobra's -v, which is --verbose elsewhere
	root.SetVersionTemplate("apigee-audit {{.Version}}\n")
	root.SetFlagErrorFunc(flagError)
	root.SetHelpCommand(newHelp())
	root.AddCommand(
		newScan(a), newDoctor(a), newPull(a), newFix(a), newInventory(a), newIncident(a), newRules(a), newRender(a), newDiff(a), newMerge(a), newHistory(a),
		newBaseline(a), newSimulate(a), newCache(a), newConfig(a), newVersion(a), newMan(),
	)
	return root
}

// noCommand answers an unknown command with the one that was probably meant.
func noCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	return usagef("unknown command %q%s", args[0], config.DidYouMean(args[0], names))
}

// noArguments refuses what is neither a flag nor the value of one.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usagef("%s takes flags only: remove %s", cmd.CommandPath(), text.Quote(args[0]))
}

// atMostOne refuses more than one argument, and says what to give instead.
func atMostOne(advice string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) > 1 {
			return usagef("%s", advice)
		}
		return nil
	}
}

// flagError adds to an unknown flag the one that was probably meant.
func flagError(cmd *cobra.Command, err error) error {
	if e := (*pflag.InvalidValueError)(nil); errors.As(err, &e) {
		return usagef("%w", config.FlagError(e))
	}
	name, unknown := strings.CutPrefix(err.Error(), "unknown flag: ")
	if !unknown {
		return usagef("%w", err)
	}
	var flags []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { flags = append(flags, "--"+f.Name) })
	return usagef("%w%s", err, config.DidYouMean(name, flags))
}
