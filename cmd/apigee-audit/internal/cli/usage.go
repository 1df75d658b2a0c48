package cli

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/cmd/apigee-audit/internal/page"
)

// newPage begins a page for stdout, or for stderr if that is where w leads.
func (a *app) newPage(w io.Writer) *page.Page {
	if w == a.err {
		return page.New(a.errWidth, false)
	}
	return page.New(a.tableWidth(), a.colored(false))
}

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

// newHelp is the command that does what --help does.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:    "help [COMMAND]",
		Short:  "Show what a command does and how to call it",
		Hidden: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			of, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return noCommand(cmd.Root(), args)
			}
			of.InitDefaultHelpFlag()
			return of.Help()
		},
	}
}

// help says what a command does and how to call it.
func (a *app) help(cmd *cobra.Command, _ []string) {
	p := a.newPage(cmd.OutOrStdout())
	p.Prose(cmp.Or(cmd.Long, cmd.Short+"."))
	howToCall(p, cmd)
	_, _ = io.WriteString(cmd.OutOrStdout(), p.String()) // the library gives help no way to fail
}

// usage says how to call a command.
func (a *app) usage(cmd *cobra.Command) error {
	p := a.newPage(cmd.OutOrStdout())
	howToCall(p, cmd)
	_, err := io.WriteString(cmd.OutOrStdout(), p.String())
	return err
}

// howToCall puts examples first, because that is what people look for.
func howToCall(p *page.Page, cmd *cobra.Command) {
	if cmd.HasExample() {
		p.Heading("Examples:")
		p.Examples(cmd.Example)
	}
	line := cmd.UseLine()
	if cmd.HasAvailableSubCommands() {
		line = cmd.CommandPath() + " COMMAND"
	}
	p.Heading("Usage:")
	p.Line("  " + line)
	if cmd.HasAvailableSubCommands() {
		var all []page.Row
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() {
				all = append(all, page.Row{Term: sub.Name(), About: sub.Short})
			}
		}
		p.Heading("Commands:")
		p.Rows(all, page.Longest(all))
	}
	listFlags(p, cmd.LocalFlags())
}

// listFlags lists flags under their headings, aligned over all of them.
func listFlags(p *page.Page, flags *pflag.FlagSet) {
	sections, longest := flagSections(flags), 0
	for _, s := range sections {
		longest = max(longest, page.Longest(s.rows()))
	}
	for _, s := range sections {
		p.Heading(s.heading + ":")
		p.Rows(s.rows(), longest)
	}
}

// flagSection are flags that help and manual pages list under one heading.
type flagSection struct {
	heading string
	flags   []*pflag.Flag
}

// flagSections are the flags of a command by heading, in the order in which these come up. What has none comes first, but for --help
// where there are others.
func flagSections(flags *pflag.FlagSet) []flagSection {
	const none = "Flags"
	titled := false
	flags.VisitAll(func(f *pflag.Flag) { titled = titled || config.Title(f) != "" })
	all := []flagSection{{heading: none}}
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		heading := cmp.Or(config.Title(f), none)
		if titled && f.Name == "help" {
			heading = config.GeneralTitle
		}
		for i := range all {
			if all[i].heading == heading {
				all[i].flags = append(all[i].flags, f)
				return
			}
		}
		all = append(all, flagSection{heading, []*pflag.Flag{f}})
	})
	if len(all[0].flags) == 0 {
		all = all[1:]
	}
	return all
}

// rows are the flags of a section for help. What has no short form is indented as if it had one.
func (s *flagSection) rows() []page.Row {
	var all []page.Row
	for _, f := range s.flags {
		d := describeFlag(f)
		if f.Shorthand == "" {
			d.names = "    " + d.names
		}
		all = append(all, page.Row{Term: strings.TrimRight(d.names+" "+d.value, " "), About: d.text})
	}
	return all
}

// flagText is how a flag is described, in help and in manual pages.
type flagText struct{ names, value, text string }

func describeFlag(f *pflag.Flag) flagText {
	value, usage := pflag.UnquoteUsage(f)
	d := flagText{"--" + f.Name, value, usage}
	if f.Shorthand != "" {
		d.names = "-" + f.Shorthand + ", " + d.names
	}
	switch f.DefValue {
	case "", "false", "[]", "0", "0s":
	default:
		d.text += fmt.Sprintf(" (default %s)", f.DefValue)
	}
	return d
}
