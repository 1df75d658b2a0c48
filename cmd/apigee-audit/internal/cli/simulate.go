package cli

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"apigee-audit/apigee"
	"apigee-audit/apigee/auth"
	"apigee-audit/apigee/simulator"
	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/internal/text"
)

// simulatorToken is no secret: it guards made-up organizations on loopback.
const simulatorToken = "simulator"

func newSimulate(a *app) *cobra.Command {
	var (
		listen  = "127.0.0.1:0"
		latency time.Duration
		verbose bool

		platform      = string(apigee.PlatformX)
		mfa, passcode string
	)
	cmd := &cobra.Command{
		Use:   "simulate [PATH...] [flags]",
		Short: "Serve bundles as a management API on this machine",
		Long: `Serve bundles as a management API on this machine, for trying things out and for tests. Without PATHs it serves the
built-in sample organizations; with PATHs the bundles found there, as one organization, or the organizations of snapshots
made by pull. It runs until interrupted.

The bearer token, the user and the password are all "simulator". With --platform edge, a login server answers at the same
address.`,
		Example: `  apigee-audit simulate
  apigee-audit simulate --listen 127.0.0.1:8080 ./proxies
  apigee-audit simulate acme-2026-11.zip`,
		Args: cobra.ArbitraryArgs,
		RunE: perform(func(cmd *cobra.Command, args []string) error {
			host, port, err := net.SplitHostPort(listen)
			_, badPort := strconv.ParseUint(port, 10, 16)
			switch {
			case err != nil || badPort != nil:
				return usagef("--listen %s: use host and port, such as 127.0.0.1:8080", listen)
			case !auth.IsLoopback(host):
				return usagef("--listen %s: the simulator listens on loopback only; use an address such as 127.0.0.1:8080", listen)
			case !apigee.Platform(strings.ToLower(platform)).Known():
				return usagef("unknown platform %q: platforms are %s", platform, config.PlatformNames())
			case latency < 0:
				return usagef("--latency must not be negative")
			case !strings.EqualFold(platform, string(apigee.PlatformEdge)) && mfa+passcode != "":
				return usagef("--mfa and --passcode are for --platform edge: only Edge has a login server of its own")
			}
			orgs, err := a.simulated(cmd.Context(), args)
			if err != nil {
				return err
			}
			logger := a.logger()
			if verbose {
				logger = a.requestLogger()
			}
			options := simulator.Options{
				Token: simulatorToken, User: simulatorToken, Password: simulatorToken, MFA: mfa, Passcode: passcode,
				Latency: latency, Logger: logger,
			}
			if strings.EqualFold(platform, string(apigee.PlatformEdge)) {
				return a.serve(cmd.Context(), simulator.NewEdge(orgs, options), orgs, listen, " --platform edge")
			}
			return a.serve(cmd.Context(), simulator.New(orgs, options), orgs, listen, "")
		}),
	}
	cmd.Flags().StringVar(&listen, "listen", listen, "`ADDRESS` to listen on, loopback only; port 0 picks a free one")
	cmd.Flags().StringVar(&platform, "platform", platform, "`PLATFORM` to simulate: x or edge")
	cmd.Flags().StringVar(&mfa, "mfa", mfa, "on Edge, require this `CODE` of users who log in with a password")
	cmd.Flags().StringVar(&passcode, "passcode", passcode, "on Edge, accept this `PASSCODE` once instead of user and password")
	config.DurationVar(cmd.Flags(), &latency, "latency", latency, "delay every answer by `DURATION`")
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", verbose, "log requests to stderr")
	return cmd
}

// serve answers until the context ends. Where to ask goes to stdout, so that scripts can read it.
func (a *app) serve(ctx context.Context, server *simulator.Server, orgs []*simulator.Organization, listen, flags string) error {
	url, stop, err := server.StartOn(ctx, listen)
	if err != nil {
		return err
	}
	defer stop()
	fmt.Fprintln(a.out, url)
	fmt.Fprintln(a.out, "\norganizations:")
	for _, o := range orgs {
		fmt.Fprintln(a.out, " ", text.Sanitize(o.Name))
	}
	fmt.Fprintf(a.out, "\nscan one with:\n  %s=%s apigee-audit scan%s --org %s --endpoint %s\n", config.EnvToken, simulatorToken, flags, text.Sanitize(orgs[0].Name), url)
	<-ctx.Done()
	return ended(exitInterrupted)
}
