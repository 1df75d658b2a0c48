package cli

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"apigee-audit/apigee/api"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/cache"
	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/internal/text"
)

// cached puts the cache in front of a client; nil for no cache.
func (a *app) cached(c *config.Choices, client *api.X, org string) *cache.Source {
	if c.NoCache {
		return nil
	}
	store, err := openCache(c.CacheDir)
	if err != nil {
		if !c.Quiet {
			a.sayWarning("bundles are not cached: %v", err)
		}
		return nil
	}
	scope := cache.Scope{Platform: client.Platform(), Endpoint: client.Endpoint(), Organization: org}
	return cache.NewSource(client, client.Created, store, scope, bundle.DefaultLimits())
}

// cacheHits is how many bundles came from the cache. It also says when some were not used, or none could be kept.
func (a *app) cacheHits(c *config.Choices, cached *cache.Source) int {
	if cached == nil {
		return 0
	}
	if err := cached.Distrusted(); err != nil {
		a.sayOnce("cache", "all or part of the cache is not used: %v; "+cacheAdvice, err)
	} else if err := cached.Unkept(); err != nil && !c.Quiet {
		a.sayWarning("bundles could not be cached for the next run: %v", err)
	}
	return cached.Hits()
}

// cacheAdvice is what to do about a cache that somebody else may have written.
const cacheAdvice = "make sure that only you own and can write to it (chown, chmod go-w), empty it with `apigee-audit cache purge`, or use another folder with --cache-dir"

func openCache(dir string) (*cache.Store, error) {
	if dir == "" {
		var err error
		if dir, err = cache.DefaultDir(); err != nil {
			return nil, fmt.Errorf("%w; set a folder with --cache-dir", err)
		}
	}
	return cache.Open(dir), nil
}

func newCache(a *app) *cobra.Command {
	dir := ""
	cmd := &cobra.Command{
		Use:   "cache COMMAND",
		Short: "Inspect and empty the cache of downloaded bundles",
		Long: `Inspect and empty the cache of downloaded bundles. Deployed revisions of Apigee X and hybrid never change, so an audit
keeps them, readable by you alone, and downloads only what is new. The cache contains no credentials.`,
		Example: `  apigee-audit cache info
  apigee-audit cache purge --org acme-prod`,
		Args: noCommand,
		RunE: a.needsCommand,
	}
	cmd.PersistentFlags().StringVar(&dir, "cache-dir", "", "use the cache in `DIR` (default: "+config.EnvName("cache-dir")+", else the user's cache folder)")
	open := func() (*cache.Store, error) { return openCache(cmp.Or(dir, a.env[config.EnvName("cache-dir")])) }
	cmd.AddCommand(newCacheInfo(a, open), newCachePurge(a, open))
	return cmd
}

func newCacheInfo(a *app, open func() (*cache.Store, error)) *cobra.Command {
	return &cobra.Command{
		Use:   "info",
		Short: "Show where the cache is and what it contains",
		Args:  noArguments,
		RunE: perform(func(*cobra.Command, []string) error {
			store, err := open()
			if err != nil {
				return err
			}
			all, err := store.Info()
			if err != nil {
				return err
			}
			var sum cache.Usage
			for _, k := range all {
				sum.Bundles, sum.Bytes = sum.Bundles+k.Bundles, sum.Bytes+k.Bytes
			}
			err = a.tell("%s: %s, %s", store.Dir(), text.Count(sum.Bundles, "bundle"), text.Bytes(sum.Bytes))
			for _, k := range all {
				err = errors.Join(err, a.tell("  %s at %s: %s, %s", cmp.Or(k.Organization, "unreadable"), cmp.Or(k.Endpoint, "?"),
					text.Count(k.Bundles, "bundle"), text.Bytes(k.Bytes)))
			}
			return err
		}),
	}
}

func newCachePurge(a *app, open func() (*cache.Store, error)) *cobra.Command {
	org := ""
	cmd := &cobra.Command{
		Use:   "purge [flags]",
		Short: "Remove cached bundles",
		Args:  noArguments,
		RunE: perform(func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("org") && org == "" {
				return usagef("--org needs the name of an organization; omit --org to remove everything")
			}
			store, err := open()
			if err != nil {
				return err
			}
			removed, err := store.Purge(org)
			if err != nil {
				return err
			}
			return a.tell("removed %s, %s", text.Count(removed.Bundles, "bundle"), text.Bytes(removed.Bytes))
		}),
	}
	cmd.Flags().StringVar(&org, "org", "", "remove only the bundles of organization `NAME`")
	return cmd
}
