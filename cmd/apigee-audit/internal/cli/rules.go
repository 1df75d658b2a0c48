package cli

import (
	"encoding/json"
	"fmt"
	"io"
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
			if format != "table" && format != "json" {
				return usagef("unknown format %q: use table or json", format)
			}
			if len(args) == 0 {
				if format == "json" {
					return writeJSON(a.out, described(rules.All()))
				}
				return listRules(a.out, rules.All())
			}
			rule, err := config.FindRule(args[0])
			if err != nil {
				return usagef("%w", err)
			}
			if format == "json" {
				return writeJSON(a.out, describe(rule))
			}
			return explainRule(a.out, rule)
		}),
	}
	cmd.Flags().StringVarP(&format, "format", "f", format, "`FORMAT`: table or json")
	return cmd
}

func ruleIDs(all []*audit.Rule) []string {
	ids := make([]string, len(all))
	for i, r := range all {
		ids[i] = r.ID
	}
	return ids
}

func listRules(w io.Writer, all []*audit.Rule) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tSEVERITY\tNAME\tWHAT IT FINDS")
	for _, r := range all {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", r.ID, r.Severity, r.Name, r.Summary)
	}
	return t.Flush() // which remembers the first error of the writes above
}

// explainRule writes the page of a rule in Markdown; docs/rules holds the same text.
func explainRule(w io.Writer, r *audit.Rule) error {
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
	_, err := io.WriteString(w, b.String())
	return err
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
