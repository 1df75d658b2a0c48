package cli

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// widestHelp is as wide as help is on wide terminals, and where there is none.
const widestHelp = 110

// needsCommand is what a command does that only has others below it: it shows its help as a mistake.
func (a *app) needsCommand(cmd *cobra.Command, _ []string) error {
	if a.log.Load().JSON {
		return usagef("%s needs a command", cmd.CommandPath())
	}
	cmd.SetOut(a.err)
	if err := cmd.Help(); err != nil {
		return err
	}
	return ended(exitUsage)
}

// usage says how to call a command. It puts examples first, because that is what people look for.
func (a *app) usage(cmd *cobra.Command) error {
	var b strings.Builder
	if cmd.HasExample() {
		fmt.Fprintf(&b, "Examples:\n%s\n\n", cmd.Example)
	}
	line := cmd.UseLine()
	if cmd.HasAvailableSubCommands() {
		line = cmd.CommandPath() + " COMMAND"
	}
	fmt.Fprintf(&b, "Usage:\n  %s\n", line)
	if cmd.HasAvailableSubCommands() {
		b.WriteString("\nCommands:\n")
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() {
				fmt.Fprintf(&b, "  %-*s %s\n", sub.NamePadding(), sub.Name(), sub.Short)
			}
		}
	}
	if cmd.HasAvailableLocalFlags() {
		width := min(cmp.Or(a.tableWidth(), widestHelp), widestHelp)
		fmt.Fprintf(&b, "\nFlags:\n%s\n", strings.TrimRight(flagUsages(cmd.LocalFlags(), width), " \n"))
	}
	_, err := fmt.Fprint(cmd.OutOrStdout(), b.String())
	return err
}

// switchValue is the value of a switch for help, in which the library does not see that it also takes =true and =false:
// nobody needs that, and it stood after every switch.
type switchValue struct{ pflag.Value }

// flagUsages lists flags.
func flagUsages(flags *pflag.FlagSet, width int) string {
	shown := pflag.NewFlagSet("", pflag.ContinueOnError)
	shown.SortFlags = flags.SortFlags
	flags.VisitAll(func(f *pflag.Flag) {
		one := *f
		if f.Value.Type() == "bool" {
			one.Value = switchValue{f.Value}
		}
		if one.DefValue == "0s" {
			one.DefValue = "0" // which the library takes for none, and leaves out
		}
		shown.AddFlag(&one)
	})
	return shown.FlagUsagesWrapped(width)
}
