package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"apigee-audit/apigee"
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
	store, err := a.sharedCache(c)
	if err != nil {
		if !c.Quiet {
			a.sayOnce("no cache", "bundles are not cached: %v", err)
		}
		return nil
	}
	scope := cache.Scope{Platform: client.Platform(), Endpoint: client.Endpoint(), Organization: org}
	return cache.NewSource(client, client.Created, store, scope, bundle.DefaultLimits())
}

// sharedCache is the one store of all organizations of a run.
func (a *app) sharedCache(c *config.Choices) (*cache.Store, error) {
	a.cacheOnce.Do(func() { a.cache, a.cacheErr = a.openCache(c) })
	return a.cache, a.cacheErr
}

// trimCache evicts what the settings no longer keep, after a run that has used the cache.
func (a *app) trimCache(ctx context.Context, c *config.Choices) {
	if c.NoCache || len(c.Paths) > 0 || c.Platform != apigee.PlatformX {
		return
	}
	store, err := a.sharedCache(c)
	if err != nil {
		return // said already
	}
	removed, err := store.Trim(ctx)
	switch {
	case c.Quiet:
	case errors.Is(err, cache.ErrTooLarge):
		a.sayWarning("%v, so it may hold more than it should: run `apigee-audit cache prune` from time to time", err)
	case err != nil:
		a.sayWarning("the cache could not be trimmed: %v", err)
	case removed.Bundles > 0:
		a.say("removed %s, %s, from the cache", text.Count(removed.Bundles, "bundle"), text.Bytes(removed.Bytes))
	}
}

// limits are what the settings let a cache keep.
func limits(c *config.Choices) cache.Limits {
	return cache.Limits{MaxAge: c.CacheMaxAge, MaxSize: int64(c.CacheMaxSize)}
}

// cacheHits ends what is being written to the cache, and is how many bundles came from there. It also says when some were not used, or
// none could be kept.
func (a *app) cacheHits(c *config.Choices, cached *cache.Source) int {
	if cached == nil {
		return 0
	}
	cached.Close() // some file systems say only then that there is no room
	if err := cached.Distrusted(); err != nil {
		a.sayOnce("cache", "all or part of the cache is not used: %v; "+cacheAdvice, err)
	} else if err := cached.Unkept(); err != nil && !c.Quiet {
		a.sayWarning("bundles could not be cached for the next run: %v", err)
	}
	return cached.Hits()
}

// cacheAdvice is what to do about a cache that somebody else may have written.
const cacheAdvice = "make sure that only you own and can write to it (chown, chmod go-w), empty it with `apigee-audit cache purge`, use another folder with --cache-dir, or seal what it holds with " + config.EnvCacheKey

// minCacheKey is how many characters a key has at least: as many as 128 bits take in hex.
const minCacheKey = 32

func (a *app) openCache(c *config.Choices) (*cache.Store, error) {
	key := a.env[config.EnvCacheKey]
	if key != "" && len(key) < minCacheKey {
		return nil, fmt.Errorf("%s has fewer than %d characters: use a random one, as from: openssl rand -hex 32", config.EnvCacheKey, minCacheKey)
	}
	dir := c.CacheDir
	if dir == "" {
		var err error
		if dir, err = cache.DefaultDir(); err != nil {
			return nil, fmt.Errorf("%w; set a folder with --cache-dir", err)
		}
	}
	return cache.Open(dir, []byte(key), limits(c)), nil
}

func newCache(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cache COMMAND",
		Short: "Inspect, trim and empty the cache of downloaded bundles",
		Long: `Inspect, trim and empty the cache of downloaded bundles. Deployed revisions of Apigee X and hybrid never change, so an
audit keeps them, readable by you alone, and downloads only what is new. The cache contains no credentials.

After a run, bundles that were not used for --cache-max-age are removed, and with --cache-max-size those used longest ago.`,
		Example: `  apigee-audit cache info
  apigee-audit cache prune --older-than 30d --max-size 2GB
  apigee-audit cache purge --org acme-prod`,
		Args: noCommand,
		RunE: a.needsCommand,
	}
	cmd.AddCommand(newCacheInfo(a), newCachePrune(a), newCachePurge(a))
	return cmd
}

// chosenCache is the cache that the settings of a command name.
func (a *app) chosenCache(flags *pflag.FlagSet, choice config.FileChoice) (*cache.Store, *config.Choices, error) {
	l, err := a.settings(flags, choice)
	if err != nil {
		return nil, nil, err
	}
	c, err := l.Cache()
	if err != nil {
		return nil, nil, usagef("%w", err)
	}
	store, err := a.openCache(c)
	return store, c, err
}

func newCacheInfo(a *app) *cobra.Command {
	var choice *config.FileChoice
	flags := config.Flags(config.CacheDirFlag, config.CacheLimitFlags)
	cmd := &cobra.Command{
		Use:   "info",
		Short: "Show where the cache is, what it contains, and what would be removed",
		Args:  noArguments,
		RunE: perform(func(cmd *cobra.Command, _ []string) error {
			store, c, err := a.chosenCache(flags, *choice)
			if err != nil {
				return err
			}
			survey, err := store.Survey(cmd.Context())
			if err != nil {
				return err
			}
			err = a.tell("%s: %s", store.Dir(), amount(survey.Total()))
			for _, k := range survey.Organizations {
				err = errors.Join(err, a.tell("  %s at %s: %s%s", cmp.Or(k.Organization, "unreadable"), cmp.Or(k.Endpoint, "?"), amount(k.Usage), ages(k)))
			}
			if survey.Total().Bundles == 0 {
				return err
			}
			return errors.Join(err, a.tell("%s", evictable(survey, limits(c))))
		}),
	}
	choice = accept(cmd, flags)
	return cmd
}

func amount(u cache.Usage) string {
	return text.Count(u.Bundles, "bundle") + ", " + text.Bytes(u.Bytes)
}

// ages say when bundles were last used, as well as is known.
func ages(k cache.Kept) string {
	const day = "2006-01-02"
	oldest, newest := k.Oldest.UTC().Format(day), k.Newest.UTC().Format(day)
	switch {
	case k.Oldest.IsZero():
		return ", last used at an unknown time"
	case oldest == newest:
		return ", last used on " + newest
	}
	return ", last used between " + oldest + " and " + newest
}

// evictable says what pruning would remove, and by which limits.
func evictable(survey *cache.Survey, l cache.Limits) string {
	if l.None() {
		return "no limit is set, so everything is kept"
	}
	var because []string
	if l.MaxAge > 0 {
		because = append(because, "not used for "+text.Lifetime(l.MaxAge.Milliseconds()))
	}
	if l.MaxSize > 0 {
		because = append(because, "used longest ago beyond "+text.Bytes(l.MaxSize))
	}
	evicted := survey.Evicted(l)
	if evicted.Bundles == 0 {
		return "nothing would be removed (" + strings.Join(because, "; ") + ")"
	}
	return amount(evicted) + " would be removed (" + strings.Join(because, "; ") + ")"
}

func newCachePrune(a *app) *cobra.Command {
	var choice *config.FileChoice
	var olderThan time.Duration
	var maxSize config.Size
	dry := false
	flags := config.Flags(config.CacheDirFlag)
	cmd := &cobra.Command{
		Use:   "prune [flags]",
		Short: "Remove cached bundles that were not used for long, or are too many",
		Long: `Remove cached bundles that were not used for --older-than, and after them those used longest ago, until the rest takes no
more than --max-size. Without these flags, the limits are those of a scan: cache-max-age and cache-max-size. Other
processes may use the cache meanwhile. Files that are not the cache's stay.`,
		Example: `  apigee-audit cache prune --older-than 30d --max-size 2GB
  apigee-audit cache prune --max-size 500MB --dry-run`,
		Args: noArguments,
		RunE: perform(func(cmd *cobra.Command, _ []string) error {
			store, c, err := a.chosenCache(flags, *choice)
			if err != nil {
				return err
			}
			if olderThan < 0 {
				return usagef("--older-than must not be negative")
			}
			most := limits(c)
			if cmd.Flags().Changed("older-than") || cmd.Flags().Changed("max-size") {
				most = cache.Limits{MaxAge: olderThan, MaxSize: int64(maxSize)}
			}
			if dry {
				survey, err := store.Survey(cmd.Context())
				if err != nil {
					return err
				}
				return a.tell("%s", evictable(survey, most))
			}
			removed, left, err := store.Prune(cmd.Context(), most)
			return errors.Join(a.tell("removed %s; %s left", amount(removed), amount(left)), err)
		}),
	}
	config.DurationVar(cmd.Flags(), &olderThan, "older-than", 0, "remove bundles that were not used for this `DURATION`, such as 30d (0 for no limit)")
	config.SizeVar(cmd.Flags(), &maxSize, "max-size", 0, "remove the bundles used longest ago until the rest has this `SIZE`, such as 500MB or 2GB (0 for no limit)")
	cmd.Flags().BoolVarP(&dry, "dry-run", "n", false, "say what would be removed, and remove nothing")
	choice = accept(cmd, flags)
	return cmd
}

func newCachePurge(a *app) *cobra.Command {
	var choice *config.FileChoice
	flags := config.Flags(config.CacheDirFlag)
	org := ""
	cmd := &cobra.Command{
		Use:   "purge [flags]",
		Short: "Remove cached bundles, of one organization or all",
		Args:  noArguments,
		RunE: perform(func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("org") && org == "" {
				return usagef("--org needs the name of an organization; omit --org to remove everything")
			}
			store, _, err := a.chosenCache(flags, *choice)
			if err != nil {
				return err
			}
			removed, err := store.Purge(cmd.Context(), org)
			if err != nil {
				return err
			}
			return a.tell("removed %s", amount(removed))
		}),
	}
	cmd.Flags().StringVar(&org, "org", "", "remove only the bundles of organization `NAME`")
	choice = accept(cmd, flags)
	return cmd
}
