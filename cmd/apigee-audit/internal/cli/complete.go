package cli

import (
	"slices"

	"github.com/spf13/cobra"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/disk"
	"apigee-audit/apigee/simulator"
)

// completion is what cobra asks for the words that may follow.
type completion = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective)

// completeNames offers the environments and proxies of what lies on disk or in the demonstration. Live organizations are
// not asked: a press of the tab key must not need credentials or the network.
func completeNames(pick func(apigee.Deployment) string) completion {
	return func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		var names []string
		if len(args) > 0 {
			if src, err := disk.Open(cmd.Context(), args, bundle.DefaultLimits()); err == nil {
				defer src.Close()
				listing, _ := src.Deployments(cmd.Context()) // what cannot be listed is not offered
				for _, d := range listing.Deployments {
					names = append(names, pick(d))
				}
			}
		} else if demo, err := cmd.Flags().GetBool("demo"); err == nil && demo {
			for _, o := range simulator.Demo() {
				for _, e := range o.Environments {
					for _, r := range e.Deployed {
						names = append(names, pick(apigee.Deployment{Environment: e.Name, Revision: r}))
					}
				}
			}
		}
		slices.Sort(names)
		return slices.Compact(names), cobra.ShellCompDirectiveNoFileComp
	}
}

// completeCopies offers FORMAT= for copies of the output; the shell goes on with the file.
func completeCopies(formats []string) completion {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		var all []string
		for _, f := range formats {
			all = append(all, f+"=")
		}
		return all, cobra.ShellCompDirectiveNoSpace
	}
}
