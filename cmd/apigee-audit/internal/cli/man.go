package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// newMan writes the manual pages for packagers. Cobra's own generator would bring in a Markdown compiler for this.
func newMan() *cobra.Command {
	dir := ""
	cmd := &cobra.Command{
		Use:    "man -o DIR",
		Short:  "Write the manual pages",
		Hidden: true,
		Args:   noArguments,
		RunE: perform(func(cmd *cobra.Command, _ []string) error {
			if dir == "" {
				return usagef("name a folder for the pages with -o")
			}
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return err
			}
			return writeManPages(dir, cmd.Root())
		}),
	}
	cmd.Flags().StringVarP(&dir, "output", "o", "", "write the pages to folder `DIR`")
	return cmd
}

// writeManPages writes a page for the command and everything below it.
func writeManPages(dir string, cmd *cobra.Command) error {
	if cmd.Hidden || cmd.Name() == "help" {
		return nil
	}
	name := strings.ReplaceAll(cmd.CommandPath(), " ", "-") + ".1"
	if err := os.WriteFile(filepath.Join(dir, name), []byte(manPage(cmd)), 0o644); err != nil { // for everybody, unlike reports
		return err
	}
	for _, sub := range cmd.Commands() {
		if err := writeManPages(dir, sub); err != nil {
			return err
		}
	}
	return nil
}

// manPage is one command in the macros of man(7).
func manPage(cmd *cobra.Command) string {
	var b strings.Builder
	title := strings.ReplaceAll(cmd.CommandPath(), " ", "-")
	fmt.Fprintf(&b, ".TH %s 1 \"\" \"%s\" \"apigee-audit manual\"\n", roff(strings.ToUpper(title)), roff("apigee-audit "+version()))
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(title), roff(cmd.Short))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s\n", roff(cmd.UseLine()))
	long := cmd.Long
	if long == "" {
		long = cmd.Short + "."
	}
	b.WriteString(".SH DESCRIPTION\n")
	for i, p := range strings.Split(long, "\n\n") {
		if i > 0 {
			b.WriteString(".PP\n")
		}
		b.WriteString(roff(p) + "\n")
	}
	manFlags(&b, cmd.NonInheritedFlags())
	if cmd.HasExample() {
		fmt.Fprintf(&b, ".SH EXAMPLES\n.nf\n%s\n.fi\n", roff(cmd.Example))
	}
	var related []string
	if cmd.HasParent() {
		related = append(related, cmd.Parent().CommandPath())
	}
	for _, sub := range cmd.Commands() {
		if !sub.Hidden && sub.Name() != "help" {
			related = append(related, sub.CommandPath())
		}
	}
	for i, r := range related {
		if i == 0 {
			b.WriteString(".SH SEE ALSO\n")
		} else {
			b.WriteString(",\n")
		}
		fmt.Fprintf(&b, ".BR %s (1)", roff(strings.ReplaceAll(r, " ", "-")))
	}
	if len(related) > 0 {
		b.WriteString("\n")
	}
	return b.String()
}

func manFlags(b *strings.Builder, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	b.WriteString(".SH OPTIONS\n")
	sections := flagSections(flags)
	for _, section := range sections {
		if len(sections) > 1 {
			fmt.Fprintf(b, ".SS %s\n", roff(section.heading))
		}
		for _, f := range section.flags {
			d := describeFlag(f)
			fmt.Fprintf(b, ".TP\n.B %s", roff(d.names))
			if d.value != "" {
				fmt.Fprintf(b, " %s", roff(d.value))
			}
			b.WriteString("\n" + roff(d.text) + "\n")
		}
	}
}

// roff escapes text: backslashes, hyphens that stand for themselves, and lines that would be requests.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, `-`, `\-`).Replace(s)
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, ".") || strings.HasPrefix(l, "'") {
			lines[i] = `\&` + l
		}
	}
	return strings.Join(lines, "\n")
}
