package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/report"
	"apigee-audit/report/format"
)

// inventoryRequest is what the command line of inventory asks for beside settings.
type inventoryRequest struct {
	ownFormats
	filter report.InventoryFilter
}

func newInventory(a *app) *cobra.Command {
	var choice *config.FileChoice
	flags := askingFlags(config.NarrowingFlags, config.DetailFlags)
	flags.Lookup("details").Usage = "list in the table also deployments that do nothing with refresh tokens"
	r := inventoryRequest{ownFormats: ownFormats{known: format.InventoryFormats()}}
	var asked *askedFlags
	cmd := &cobra.Command{
		Use:   "inventory [PATH...] [flags]",
		Short: "List what each deployment does with refresh tokens",
		Long: `List what each deployment does with refresh tokens, whether or not there is anything wrong with it: which grants issue
them, how long they live, whether a refresh rotates them, who checks the client, what can revoke them, and how many
findings there are. With --reach, also host names, API products and, with --apps, apps; with --traffic, calls.

It takes what scan takes: live organizations, the sample (--demo), bundles on disk and snapshots. PATHs can also be
stored JSON reports (- for stdin), which are asked without any request. --org then chooses among their organizations.

A deployment that issues through a shared flow is listed as running it; the shared flow has an entry of its own. Tables
leave out deployments that do nothing with refresh tokens, unless --details or a filter asks for them; CSV and JSON have all.

Findings do not change the exit status: it is 0 if everything was looked at, 2 for a usage or configuration error, 3 if
the audit failed or is incomplete, and 130 if it was interrupted.`,
		Example: `  apigee-audit inventory --demo
  apigee-audit inventory --org acme-prod --issues
  apigee-audit inventory audit.json --issues=password --no-refreshes
  apigee-audit inventory audit.json --lifetime-over 30d -f csv > long-lived.csv
  apigee-audit inventory --org acme-prod --reach --apps --traffic 30d -o json=inventory.json`,
		Args: cobra.ArbitraryArgs,
		RunE: perform(func(cmd *cobra.Command, args []string) error {
			if err := asked.read(cmd.Flags(), &r.filter, args); err != nil {
				return usagef("%w", err)
			}
			if err := config.CheckFormat(r.format, r.known); err != nil {
				return usagef("%w", err)
			}
			about, err := a.aboutChoices(flags, *choice, args)
			if err != nil {
				return err
			}
			return a.inventory(cmd.Context(), about, r)
		}),
	}
	asked = filterFlags(cmd.Flags())
	r.flags(cmd, " of the inventory", "the inventory")
	choice = accept(cmd, flags)
	r.complete(cmd)
	for _, flag := range []string{"issues", "no-issues"} {
		_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(grants(), cobra.ShellCompDirectiveNoFileComp))
	}
	completeScan(cmd) // whatever else of its flags there is here
	return cmd
}

// inventory lists what there is.
func (a *app) inventory(ctx context.Context, about *aboutReport, r inventoryRequest) error {
	if err := a.ask(ctx, about, r.ownFormats); err != nil {
		return err
	}
	r.filter.Environments, r.filter.Proxies, r.filter.Organizations = about.choices.Environments, about.choices.Proxies, about.organizations()
	v := report.NewInventory(about.doc, r.filter)
	if err := answer(a, about, format.WriteInventory, r.format, v); err != nil {
		return err
	}
	return a.answered(ctx, about, r.format, v.Problems, v.Complete)
}

// askedFlags are the flags that choose deployments by what they do.
type askedFlags struct {
	issues, noIssues string
	switches         map[string]*bool // by name, those that begin with no- among them
	lifetimeOver     time.Duration
}

// The switches that choose deployments, with what they do in words that follow "deployments that" and "that do not".
func inventorySwitches() [][2]string {
	return [][2]string{
		{"refreshes", "refresh tokens"}, {"imports", "import the refresh tokens of another system"},
		{"reads", "read refresh tokens with GetOAuthV2Info"}, {"revokes", "revoke refresh tokens"},
	}
}

// anyGrant is what the flags about issuing mean without a grant.
const anyGrant = "any"

func filterFlags(fs *pflag.FlagSet) *askedFlags {
	asked := &askedFlags{switches: map[string]*bool{}}
	fs.StringVar(&asked.issues, "issues", "", "list only deployments that issue refresh tokens, through any grant or with --issues=`GRANT` through this one")
	fs.StringVar(&asked.noIssues, "no-issues", "", "list only deployments that do not, or not through this `GRANT`")
	for _, name := range []string{"issues", "no-issues"} {
		fs.Lookup(name).NoOptDefVal = anyGrant
	}
	for _, s := range inventorySwitches() {
		asked.switches[s[0]] = fs.Bool(s[0], false, "list only deployments that "+s[1])
		asked.switches["no-"+s[0]] = fs.Bool("no-"+s[0], false, "list only deployments that do not")
	}
	config.DurationVar(fs, &asked.lifetimeOver, "lifetime-over", 0, "list only deployments whose refresh tokens live longer than this `DURATION`, such as 30d, or without end; those of unknown lifetime are named apart")
	return asked
}

// read makes a filter of what is set.
func (asked *askedFlags) read(fs *pflag.FlagSet, x *report.InventoryFilter, paths []string) error {
	if err := asked.readIssues(fs, x, paths); err != nil {
		return err
	}
	for name, to := range map[string]**bool{"refreshes": &x.Refreshes, "imports": &x.Imports, "reads": &x.Reads, "revokes": &x.Revokes} {
		yes, no := fs.Changed(name), fs.Changed("no-"+name)
		switch {
		case yes && no:
			return fmt.Errorf("use --%s or --no-%s, not both", name, name)
		case yes:
			*to = asked.switches[name]
		case no:
			wanted := !*asked.switches["no-"+name]
			*to = &wanted
		}
	}
	if fs.Changed("lifetime-over") && asked.lifetimeOver < time.Millisecond {
		return errors.New("--lifetime-over must be greater than 0, such as 30d")
	}
	x.RefreshLifetimeOver = asked.lifetimeOver.Milliseconds()
	return nil
}

// grants are those with which refresh tokens come.
// Source: docs.cloud.google.com/apigee/docs/api-platform/antipatterns/issuing-refresh-tokens.
func grants() []string { return []string{"authorization_code", "password"} }

func (asked *askedFlags) readIssues(fs *pflag.FlagSet, x *report.InventoryFilter, paths []string) error {
	yes, no := fs.Changed("issues"), fs.Changed("no-issues")
	if yes && no {
		return errors.New("use --issues or --no-issues, not both")
	}
	if !yes && !no {
		return nil
	}
	flag, word, wanted := "issues", asked.issues, yes
	if no {
		flag, word = "no-issues", asked.noIssues
	}
	for _, grant := range grants() {
		if slices.Contains(paths, grant) && word == anyGrant && !isFolder(grant) {
			return fmt.Errorf("%s would be a PATH: to ask about the grant, use --%s=%s", grant, flag, grant)
		}
	}
	switch strings.ToLower(word) {
	case anyGrant, "true":
	case "false":
		wanted = !wanted
	default:
		grant := strings.ToLower(word)
		if !slices.Contains(grants(), grant) {
			return fmt.Errorf("--%s=%s: refresh tokens come with the grants %s only", flag, word, strings.Join(grants(), " and "))
		}
		x.Grant = grant
	}
	x.Issues = &wanted
	return nil
}
