package cli

import (
	"cmp"
	"context"

	"github.com/spf13/cobra"

	"apigee-audit/cmd/apigee-audit/internal/config"
)

func newConfig(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config COMMAND",
		Short: "Write or check a configuration file, or show the settings in effect",
		Args:  noCommand,
		Example: `  apigee-audit config init
  apigee-audit config check
  apigee-audit config check audit.yaml
  apigee-audit config show --config audit.yaml`,
		RunE: a.needsCommand,
	}
	cmd.AddCommand(newConfigInit(a), newConfigCheck(a), newConfigShow(a), newConfigSchema(a))
	return cmd
}

func newConfigCheck(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "check [FILE]",
		Short: "Check a configuration file and the environment variables",
		Long: `Check a configuration file (FILE, or the one that a scan would read) and the environment variables as a scan does,
without auditing anything. Exit status: 0 when a scan would accept them, 2 when not.`,
		Args: atMostOne("name one configuration file, or none to check the one that a scan would read"),
		RunE: perform(func(cmd *cobra.Command, args []string) error {
			file := ""
			if len(args) > 0 {
				file = args[0]
			}
			flags := config.ScanFlags()
			l, err := a.load(flags, config.FileChoice{Name: file})
			if err != nil {
				return err
			}
			if err := settled(cmd.Context(), l); err != nil {
				return err
			}
			for _, name := range a.env.Unknown(config.Keys()) {
				return usagef("unknown environment variable %s", name)
			}
			return a.tell("%s is valid", cmp.Or(a.config.Name, "no configuration file is read; what is set by environment variables"))
		}),
	}
}

func newConfigShow(a *app) *cobra.Command {
	var choice *config.FileChoice
	cmd := &cobra.Command{
		Use:   "show [flags]",
		Short: "Show the settings in effect as a configuration file",
		Long: `Show the combined result of flags, environment variables, configuration file and defaults, as a configuration file.
Secrets are not settings and are never shown: access tokens and passwords come from separate files and variables.`,
		Args: noArguments,
		RunE: perform(func(cmd *cobra.Command, _ []string) error {
			l, err := a.settings(cmd.Flags(), *choice)
			if err != nil {
				return err
			}
			// What cannot be used is not shown either: an endpoint may hold a password.
			if err := settled(cmd.Context(), l); err != nil {
				return err
			}
			out, err := config.YAML(l.Settings)
			if err != nil {
				return err
			}
			_, err = a.out.Write(out)
			return err
		}),
	}
	choice = accept(cmd, config.ScanFlags())
	completeScan(cmd)
	return cmd
}

// settled judges settings for any subject of a scan.
func settled(ctx context.Context, l *config.Loaded) error {
	if err := l.Check(); err != nil {
		return usagef("%w", err)
	}
	_, err := loadBaseline(ctx, l.Baseline)
	return l.At("baseline", err)
}
