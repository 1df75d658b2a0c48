package cli

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/internal/text"
)

const (
	// pageWidth is how wide help and rule pages are where there is no terminal.
	pageWidth = 80
	// widestPage is how wide they are at most: longer lines are hard to read.
	widestPage = 100
	// narrowestPage keeps a few words in a line.
	narrowestPage = 30
)

// page is text for people, on its way to a stream.
type page struct {
	strings.Builder
	width   int
	colored bool
}

// newPage begins a page for stdout, or for stderr if that is where w leads.
func (a *app) newPage(w io.Writer) *page {
	if w == a.err {
		return &page{width: readable(a.errWidth)}
	}
	return &page{width: readable(a.tableWidth()), colored: a.colored(false)}
}

// readable is the width of a page for a terminal of so many columns, 0 for none.
func readable(columns int) int {
	return max(min(cmp.Or(columns, pageWidth), widestPage), narrowestPage)
}

// paragraph wraps a text behind a lead.
func (p *page) paragraph(lead, s string) {
	p.WriteString(text.Paragraph(lead, s, p.width, narrowestPage/2, utf8.RuneCountInString))
}

// heading begins a section.
func (p *page) heading(s string) {
	if p.Len() > 0 {
		p.WriteByte('\n')
	}
	p.WriteString(p.bold(s+":") + "\n")
}

func (p *page) bold(s string) string {
	if !p.colored {
		return s
	}
	return "\x1b[1m" + s + "\x1b[0m"
}

// prose wraps paragraphs that were broken into lines in the source. One with indented lines has a form of its own and keeps it.
func (p *page) prose(s string) {
	for i, paragraph := range strings.Split(strings.TrimSpace(s), "\n\n") {
		if i > 0 {
			p.WriteByte('\n')
		}
		if strings.HasPrefix(paragraph, "\t") || strings.HasPrefix(paragraph, " ") || strings.Contains(paragraph, "\n\t") || strings.Contains(paragraph, "\n ") {
			p.WriteString(paragraph + "\n")
			continue
		}
		p.paragraph("", strings.Join(strings.Fields(paragraph), " "))
	}
}

// row is a term and what is said about it.
type row struct{ term, about string }

// rows lists terms in a column and what is said about them in another. A term that is longer than most has a line of its own.
func (p *page) rows(all []row, longest int) {
	const gap = "  "
	left := min(longest, p.width*2/5)
	for _, r := range all {
		term := gap + r.term
		if n := utf8.RuneCountInString(r.term); n > left {
			p.WriteString(term + "\n")
			term = strings.Repeat(" ", len(gap)+left)
		} else {
			term += strings.Repeat(" ", left-n)
		}
		if r.about == "" {
			p.WriteString(strings.TrimRight(term, " ") + "\n")
			continue
		}
		p.paragraph(term+gap, r.about)
	}
}

// longestTerm is the width of the longest term.
func longestTerm(all []row) (n int) {
	for _, r := range all {
		n = max(n, utf8.RuneCountInString(r.term))
	}
	return n
}

// examples are command lines with remarks. Lines that people copy are never broken: a remark for which there is no room stands below.
func (p *page) examples(s string) {
	for line := range strings.Lines(s) {
		line = strings.TrimRight(line, " \n")
		command, remark := line, ""
		if i := strings.Index(strings.TrimLeft(line, " "), "  "); i > 0 {
			i += len(line) - len(strings.TrimLeft(line, " "))
			command, remark = line[:i], strings.TrimSpace(line[i:])
		}
		if remark == "" || utf8.RuneCountInString(line) <= p.width {
			p.WriteString(line + "\n")
			continue
		}
		p.WriteString(command + "\n")
		p.paragraph("      ", remark)
	}
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

// help says what a command does and how to call it.
func (a *app) help(cmd *cobra.Command, _ []string) {
	p := a.newPage(cmd.OutOrStdout())
	p.prose(cmp.Or(cmd.Long, cmd.Short+"."))
	p.howToCall(cmd)
	_, _ = io.WriteString(cmd.OutOrStdout(), p.String()) // the library gives help no way to fail
}

// usage says how to call a command.
func (a *app) usage(cmd *cobra.Command) error {
	p := a.newPage(cmd.OutOrStdout())
	p.howToCall(cmd)
	_, err := io.WriteString(cmd.OutOrStdout(), p.String())
	return err
}

// howToCall puts examples first, because that is what people look for.
func (p *page) howToCall(cmd *cobra.Command) {
	if cmd.HasExample() {
		p.heading("Examples")
		p.examples(cmd.Example)
	}
	line := cmd.UseLine()
	if cmd.HasAvailableSubCommands() {
		line = cmd.CommandPath() + " COMMAND"
	}
	p.heading("Usage")
	p.WriteString("  " + line + "\n")
	if cmd.HasAvailableSubCommands() {
		var all []row
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() {
				all = append(all, row{sub.Name(), sub.Short})
			}
		}
		p.heading("Commands")
		p.rows(all, longestTerm(all))
	}
	p.flags(cmd.LocalFlags())
}

// flags lists flags under their headings, aligned over all of them.
func (p *page) flags(flags *pflag.FlagSet) {
	sections, longest := flagSections(flags), 0
	for _, s := range sections {
		longest = max(longest, longestTerm(s.rows()))
	}
	for _, s := range sections {
		p.heading(s.heading)
		p.rows(s.rows(), longest)
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
func (s *flagSection) rows() []row {
	var all []row
	for _, f := range s.flags {
		d := describeFlag(f)
		if f.Shorthand == "" {
			d.names = "    " + d.names
		}
		all = append(all, row{strings.TrimRight(d.names+" "+d.value, " "), d.text})
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
