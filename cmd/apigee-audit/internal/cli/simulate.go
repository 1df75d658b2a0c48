package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"apigee-audit/apigee"
	"apigee-audit/apigee/auth"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/disk"
	"apigee-audit/apigee/simulator"
	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/internal/files"
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
		Short: "Serve bundles or snapshots as a management API on this machine",
		Long: `Serve bundles or snapshots as a management API on this machine, for trying things out and for tests. Without PATHs it
serves the built-in sample organizations; with PATHs the bundles found there, as one organization, or the organizations
of snapshots, with every bundle byte for byte as it was downloaded. It runs until interrupted.

What a snapshot does not hold is refused, as if the account lacked the permission: what could not be read when it was
pulled, and analytics, host names, API products, apps and debug masks. Its platform is the one that is simulated.

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
			}
			given := apigee.Platform(strings.ToLower(platform))
			what, err := a.simulated(cmd.Context(), args)
			if err != nil {
				return err
			}
			defer what.stop()
			if what.platform != "" {
				if cmd.Flags().Changed("platform") && given != what.platform {
					return usagef("--platform %s: the snapshot is of %s", platform, what.platform.Traits().Title)
				}
				given = what.platform
			}
			if given != apigee.PlatformEdge && mfa+passcode != "" {
				return usagef("--mfa and --passcode are for --platform edge: only Edge has a login server of its own")
			}
			logger := a.logger()
			if verbose {
				logger = a.requestLogger()
			}
			options := simulator.Options{
				Token: simulatorToken, User: simulatorToken, Password: simulatorToken, MFA: mfa, Passcode: passcode,
				Latency: latency, Logger: logger,
			}
			if given == apigee.PlatformEdge {
				return a.serve(cmd.Context(), simulator.NewEdge(what.organizations, options), what.organizations, listen, " --platform edge")
			}
			return a.serve(cmd.Context(), simulator.New(what.organizations, options), what.organizations, listen, "")
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

// simulated is what to serve.
type simulated struct {
	organizations []*simulator.Organization
	platform      apigee.Platform // of snapshots; "" for what any platform may have
	stop          func()          // releases what it is read from
}

// simulated lists the organizations to serve.
func (a *app) simulated(ctx context.Context, paths []string) (*simulated, error) {
	if len(paths) == 0 {
		return &simulated{organizations: simulator.Demo(), stop: func() {}}, nil
	}
	pulled, err := a.snapshots(ctx, &config.Choices{Paths: paths})
	if err != nil {
		return nil, err
	}
	if pulled != nil {
		what, err := a.simulatedSnapshots(ctx, pulled)
		if err != nil {
			pulled.stop()
		}
		return what, err
	}
	org, err := a.simulatedBundles(ctx, paths)
	if err != nil {
		return nil, err
	}
	return &simulated{organizations: []*simulator.Organization{org}, stop: func() {}}, nil
}

// simulatedSnapshots makes organizations of those in snapshots.
func (a *app) simulatedSnapshots(ctx context.Context, pulled *subject) (*simulated, error) {
	what := &simulated{stop: pulled.stop}
	for _, t := range pulled.targets {
		src, err := t.start(ctx)
		if err != nil {
			return nil, err
		}
		about, err := src.source.Organization(ctx)
		if err == nil {
			var org *simulator.Organization
			if org, err = simulator.FromSource(ctx, src.source); err == nil {
				what.organizations = append(what.organizations, org)
			}
		}
		if err != nil {
			a.sayWarning("organization %s is left out, because nothing of it is in the snapshot: %v", t.name, err)
			continue
		}
		if what.platform != "" && what.platform != about.Platform {
			return nil, usagef("the snapshots are of %s and of %s: serve them separately", what.platform.Traits().Title, about.Platform.Traits().Title)
		}
		what.platform = about.Platform
		if !t.complete {
			a.sayWarning("organization %s is incomplete in the snapshot: what could not be read then is refused", t.name)
		}
	}
	if len(what.organizations) == 0 {
		return nil, errors.New("no organizations to serve")
	}
	return what, nil
}

// simulatedBundles makes one organization of loose bundles.
func (a *app) simulatedBundles(ctx context.Context, paths []string) (*simulator.Organization, error) {
	src, err := files.Await(ctx, func() (*disk.Source, error) { return disk.Open(ctx, paths, bundle.DefaultLimits()) })
	if err != nil {
		return nil, pathError(err, nameBundles)
	}
	defer src.Close()
	listing, err := src.Deployments(ctx)
	if err != nil {
		return nil, err
	}
	a.warn(slog.LevelWarn, listing.Problems)
	archives := map[apigee.Revision]*bundle.Archive{}
	for _, d := range listing.Deployments {
		archive, err := src.Bundle(ctx, d.Revision)
		if err != nil {
			a.sayWarning("%s (%s) is left out: %v", title(d.Revision), d.Root, err)
			continue
		}
		archives[d.Revision] = archive
	}
	if len(archives) == 0 {
		return nil, errors.New("no bundles to serve")
	}
	return simulator.FromArchives(disk.Name, disk.Name, archives), nil
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
