package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/rules"
	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/report"
)

func newRules(a *app) *cobra.Command {
	format := "table"
	cmd := &cobra.Command{
		Use:   "rules [ID]",
		Short: "List the rules, or explain one",
		Long: `List the rules, or explain one by its ID or name: what it finds, why it matters, bad and good examples, references,
and the related entries in CWE, OWASP, PCI DSS and NIST.`,
		Example: `  apigee-audit rules
  apigee-audit rules RT101
  apigee-audit rules refresh-token-never-refreshed
  apigee-audit rules --format json`,
		Args: atMostOne("name one rule, or none to list them all"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return ruleIDs(rules.All()), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: perform(func(_ *cobra.Command, args []string) error {
			if !slices.Contains(ruleFormats(), format) {
				return usagef("unknown format %q%s (rules can be written as %s)", format, config.DidYouMean(format, ruleFormats()), strings.Join(ruleFormats(), ", "))
			}
			if len(args) == 0 {
				return a.listRules(format, rules.All())
			}
			rule, err := config.FindRule(args[0])
			if err != nil {
				return usagef("%w", err)
			}
			return a.explainRule(format, rule)
		}),
	}
	cmd.Flags().StringVarP(&format, "format", "f", format, "`FORMAT`: table, which is text for a terminal, markdown or json")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(ruleFormats(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// ruleFormats are what rules can be written as.
func ruleFormats() []string { return []string{"table", "markdown", "json"} }

func ruleIDs(all []*audit.Rule) []string {
	ids := make([]string, len(all))
	for i, r := range all {
		ids[i] = r.ID
	}
	return ids
}

// listRules writes one rule per line where programs read it; on a terminal, what does not fit is wrapped.
func (a *app) listRules(format string, all []*audit.Rule) error {
	switch {
	case format == "json":
		return writeJSON(a.out, described(all))
	case format == "markdown":
		var b strings.Builder
		b.WriteString("| rule | severity | name | what it finds |\n|---|---|---|---|\n")
		for _, r := range all {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.ID, r.Severity, r.Name, r.Summary)
		}
		_, err := io.WriteString(a.out, b.String())
		return err
	case a.tableWidth() == 0:
		t := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "ID\tSEVERITY\tNAME\tWHAT IT FINDS")
		for _, r := range all {
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", r.ID, r.Severity, r.Name, r.Summary)
		}
		return t.Flush() // which remembers the first error of the writes above
	}
	p := a.newPage(a.out)
	for _, r := range all {
		p.Heading(fmt.Sprintf("%s  %-8s  %s", r.ID, r.Severity, r.Name))
		p.Paragraph("       ", r.Summary)
	}
	_, err := io.WriteString(a.out, p.String())
	return err
}

// explainRule writes the page of a rule: laid out for a terminal, or as it is stored.
func (a *app) explainRule(format string, r *audit.Rule) error {
	switch format {
	case "json":
		return writeJSON(a.out, describe(r))
	case "markdown":
		_, err := io.WriteString(a.out, rulePage(r))
		return err
	}
	p := a.newPage(a.out)
	p.Markdown(rulePage(r))
	_, err := io.WriteString(a.out, p.String())
	return err
}

// rulePage is the page of a rule in Markdown; docs/rules holds the same text.
func rulePage(r *audit.Rule) string {
	page := strings.TrimSpace(r.Page)
	if heading, rest, _ := strings.Cut(page, "\n"); strings.HasPrefix(heading, "# ") {
		page = strings.TrimSpace(rest) // ours says more
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# %s %s\n\nSeverity %s, confidence %s. %s\n\n%s\n", r.ID, r.Name, r.Severity, r.Confidence, r.Summary, page)
	if len(r.Standards) > 0 {
		b.WriteString("\n## Standards\n\n")
	}
	for _, s := range r.Standards {
		fmt.Fprintf(&b, "- [%s](%s) %s", s.Label(), s.URL, s.Title)
		if s.Why != "" {
			b.WriteString(": " + s.Why)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// description is a rule for programs, with its page.
type description struct {
	report.Rule
	Page string `json:"page"`
}

func describe(r *audit.Rule) description {
	return description{report.Describe([]*finding.Rule{&r.Rule})[0], r.Page}
}

func described(all []*audit.Rule) []description {
	list := []description{}
	for _, r := range all {
		list = append(list, describe(r))
	}
	return list
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
