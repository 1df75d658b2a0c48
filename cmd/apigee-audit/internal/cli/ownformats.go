package cli

import (
	"strings"

	"github.com/spf13/cobra"
)

// ownFormats are --format and --output of a command whose formats are not those of a report.
type ownFormats struct {
	known   []string // the first is the default
	format  string
	outputs []string
}

// flags adds both; of and what are the words for what is written.
func (o *ownFormats) flags(cmd *cobra.Command, of, what string) {
	cmd.Flags().StringVarP(&o.format, "format", "f", o.known[0], "`FORMAT`"+of+" on stdout: "+strings.Join(o.known, ", "))
	cmd.Flags().StringArrayVarP(&o.outputs, "output", "o", nil, "also write "+what+" to a file, as `FORMAT=FILE` (repeatable)")
}

// complete offers the values of both to the shell.
func (o *ownFormats) complete(cmd *cobra.Command) {
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(o.known, cobra.ShellCompDirectiveNoFileComp)) // the flags are there
	_ = cmd.RegisterFlagCompletionFunc("output", completeCopies(o.known))
}
