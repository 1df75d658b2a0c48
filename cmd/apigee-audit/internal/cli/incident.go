package cli

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"apigee-audit/apigee"
	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/report"
	"apigee-audit/report/format"
)

// incidentRequest is what the command line of incident asks for beside settings.
type incidentRequest struct {
	ownFormats
	kind apigee.Kind // "" for a proxy or, where there is none of the name, a shared flow
	name string
}

func newIncident(a *app) *cobra.Command {
	var choice *config.FileChoice
	flags := askingFlags(config.EnvironmentFlags)
	r := incidentRequest{ownFormats: ownFormats{known: format.IncidentFormats()}}
	cmd := &cobra.Command{
		Use:   "incident PROXY [PATH...] [flags]",
		Short: "Show what to do if refresh tokens of a proxy leaked",
		Long: `Show what to do if refresh tokens of a proxy leaked: where it issues them, which API products and apps can hold them
(with --reach --apps), until when tokens live that were issued until the audit ended, with the arithmetic, which flows
can revoke them and by which calls, the policy to add if none can, and what the management API can do.

PROXY is the name of a proxy, or sharedflows/NAME for a shared flow. PATHs and flags are those of inventory: live
organizations, the sample, bundles on disk, snapshots, or stored JSON reports, which are asked without any request.
--env narrows it to environments. Nothing is written to an organization, and nothing revoked: what is shown is for
people.

Exit status: 0 if everything was looked at, 2 for a usage or configuration error, 3 if the audit failed or is incomplete,
130 if it was interrupted.`,
		Example: `  apigee-audit incident login --org acme-prod --reach --apps
  apigee-audit incident login audit.json --env prod
  apigee-audit incident member-app --demo --reach --apps
  apigee-audit incident sharedflows/issue-token audit.json -f json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 || args[0] == "" {
				return usagef("name the proxy whose refresh tokens leaked, then PATHs or --org")
			}
			return nil
		},
		RunE: perform(func(cmd *cobra.Command, args []string) error {
			if err := config.CheckFormat(r.format, r.known); err != nil {
				return usagef("%w", err)
			}
			r.kind, r.name = bundleNamed(args[0])
			about, err := a.aboutChoices(flags, *choice, args[1:])
			if err != nil {
				return err
			}
			about.choices.Proxies = nil // whatever a configuration file says: it is about this one
			return a.incident(cmd.Context(), about, r)
		}),
	}
	r.flags(cmd, "", "it")
	choice = accept(cmd, flags)
	r.complete(cmd)
	completeScan(cmd)
	return cmd
}

// bundleNamed reads apis/NAME, sharedflows/NAME or a bare name, whose kind is open.
func bundleNamed(word string) (apigee.Kind, string) {
	for _, kind := range []apigee.Kind{apigee.KindProxy, apigee.KindSharedFlow} {
		if name, ok := strings.CutPrefix(word, string(kind)+"/"); ok {
			return kind, name
		}
	}
	return "", word
}

// incident shows what to do.
func (a *app) incident(ctx context.Context, about *aboutReport, r incidentRequest) error {
	if err := a.ask(ctx, about, r.ownFormats); err != nil {
		return err
	}
	in := newIncidentOf(about, r)
	if in == nil {
		return a.noIncident(about, r)
	}
	if err := answer(a, about, format.WriteIncident, r.format, in); err != nil {
		return err
	}
	return a.answered(ctx, about, r.format, in.Problems, in.Complete)
}

// newIncidentOf asks for a proxy, and for a shared flow where there is none of the name.
func newIncidentOf(about *aboutReport, r incidentRequest) *report.Incident {
	filter := report.InventoryFilter{Environments: about.choices.Environments, Organizations: about.organizations()}
	if r.kind != "" {
		return report.NewIncident(about.doc, r.kind, r.name, filter)
	}
	if in := report.NewIncident(about.doc, apigee.KindProxy, r.name, filter); in != nil {
		return in
	}
	return report.NewIncident(about.doc, apigee.KindSharedFlow, r.name, filter)
}

// noIncident says that there is no such deployment: a mistake, unless it may be among what could not be looked at.
func (a *app) noIncident(about *aboutReport, r incidentRequest) error {
	if !about.doc.Complete || !about.saw {
		a.warn(slog.LevelWarn, a.sayUnread(about.doc.Problems))
		return fmt.Errorf("%s is not among what could be looked at, and not everything could: what becomes of its tokens is not known", r.name)
	}
	var names []string
	for i := range about.doc.Inventory {
		e := &about.doc.Inventory[i]
		name := e.Name
		if e.Kind == apigee.KindSharedFlow {
			name = string(e.Kind) + "/" + name
		}
		names = append(names, name)
	}
	slices.Sort(names)
	where := ""
	if len(about.choices.Environments) > 0 {
		where = " in these environments"
	}
	return usagef("nothing called %s is deployed%s%s", r.name, where, config.DidYouMean(r.name, slices.Compact(names)))
}
