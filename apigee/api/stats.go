package api

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/apigee/inventory"
	"apigee-audit/internal/text"
)

var _ inventory.EvidenceSource = (*X)(nil)

// Limits of one synchronous query of analytics.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/limits, "Analytics" (92 days, hybrid 14 days). More
// rows than statsRows are refused; further ones come with an offset.
const (
	statsWindow       = 92 * 24 * time.Hour
	statsWindowHybrid = 14 * 24 * time.Hour
	statsRows         = 14400
	// statsPages bounds what is read of one query: no proxy that issues tokens has half a million different paths.
	statsPages = 40
	// statsProxies is how many names go into one filter, so that addresses stay short.
	statsProxies = 40
)

// statsPage asks for the rows of one page.
type statsPage func(ctx context.Context, q apigee.TrafficQuery, w apigee.Window, filter string, offset int) (*statsAnswer, error)

// Traffic counts calls by synchronous queries: one for each part of the window that the platform answers at once, each
// group of proxies and each page.
func (c *X) Traffic(ctx context.Context, q apigee.TrafficQuery) (*apigee.Traffic, error) {
	if err := checkQuery(q); err != nil {
		return nil, fmt.Errorf("read analytics: %w", err)
	}
	longest, err := c.longestWindow(ctx)
	if err != nil {
		return nil, err
	}
	return statsPage(c.sendStats).traffic(ctx, q, longest)
}

// traffic adds up the parts of a query that has been checked.
func (send statsPage) traffic(ctx context.Context, q apigee.TrafficQuery, longest time.Duration) (*apigee.Traffic, error) {
	found := &apigee.Traffic{}
	sums := map[string]int{} // values → index in Rows
	for _, w := range q.Window.Split(longest) {
		for _, filter := range proxyFilters(q.Proxies) {
			part, truncated, err := send.part(ctx, q, w, filter)
			if err != nil {
				return nil, err
			}
			found.Truncated = found.Truncated || truncated
			for key, row := range part {
				if i, seen := sums[key]; seen {
					found.Rows[i].Calls += row.Calls
					continue
				}
				sums[key] = len(found.Rows)
				found.Rows = append(found.Rows, row)
			}
		}
	}
	return found, nil
}

// checkQuery refuses what must not be asked for, or cannot be put into an address.
func checkQuery(q apigee.TrafficQuery) error {
	if err := checkName("environment", q.Environment); err != nil {
		return err
	}
	if len(q.Dimensions) == 0 || !q.Window.Start.Before(q.Window.End) {
		return errors.New("a query needs dimensions and a window")
	}
	for _, d := range q.Dimensions {
		if !dimensionPattern.MatchString(d) {
			return fmt.Errorf("%s is not a dimension of analytics", text.QuoteSaid(d))
		}
		if strings.EqualFold(d, apigee.DimensionAccessToken) {
			return errors.New("the dimension access_token holds credentials and is never queried")
		}
	}
	for _, p := range q.Proxies {
		if err := checkName(apigee.KindProxy.Noun(), p); err != nil {
			return err
		}
	}
	return nil
}

// longestWindow is how much one query may span; it depends on whether the runtime is hybrid.
func (c *X) longestWindow(ctx context.Context) (time.Duration, error) {
	runtime := c.runtime.Load()
	if runtime == nil {
		if _, err := c.Organization(ctx); err != nil {
			return 0, err
		}
		runtime = c.runtime.Load()
	}
	if *runtime == "HYBRID" {
		return statsWindowHybrid, nil
	}
	return statsWindow, nil
}

// proxyFilters writes filters for groups of proxies; without proxies there is one empty filter.
func proxyFilters(proxies []string) []string {
	if len(proxies) == 0 {
		return []string{""}
	}
	var out []string
	for group := range slices.Chunk(proxies, statsProxies) {
		// Names hold no quotes: they have been checked.
		out = append(out, "(apiproxy in '"+strings.Join(group, "','")+"')")
	}
	return out
}

// part reads all pages for one part of the window. Rows are keyed by their values, so that one which moves from page
// to page between two requests is not counted twice.
func (send statsPage) part(ctx context.Context, q apigee.TrafficQuery, w apigee.Window, filter string) (rows map[string]apigee.TrafficRow, truncated bool, err error) {
	rows = map[string]apigee.TrafficRow{}
	offset := 0
	for range statsPages {
		answer, err := send(ctx, q, w, filter, offset)
		if err != nil {
			return nil, false, err
		}
		page, known := answer.rows, len(rows)
		for _, r := range page {
			rows[strings.Join(r.Values, "\x00")] = r
		}
		cut := answer.meta.truncated()
		switch {
		case len(page) == 0:
			return rows, cut, nil
		case len(page) < statsRows && !cut:
			return rows, false, nil
		case len(rows) == known, answer.meta.wholeOnly(): // the next page would be this one again
			return rows, true, nil
		}
		offset += len(page)
	}
	return rows, true, nil
}

func (c *X) sendStats(ctx context.Context, q apigee.TrafficQuery, w apigee.Window, filter string, offset int) (*statsAnswer, error) {
	return c.conn.stats(ctx, c.stats, q, w, filter, offset, operation{
		// The environment is left out: it is the subject of the problem that this becomes.
		doing:      "read analytics",
		permission: mayReadAnalytics,
		missing:    "the environment no longer exists, or is not visible to this account",
	})
}

// stats sends one query, in the words that both platforms share.
func (c *connection) stats(ctx context.Context, calls *caller, q apigee.TrafficQuery, w apigee.Window, filter string, offset int, o operation) (*statsAnswer, error) {
	query := url.Values{
		"select": {messageCount}, "timeRange": {timeRange(w)},
		"sortby": {messageCount}, "sort": {"DESC"}, // an order of some kind, or offsets mean nothing
		"limit": {strconv.Itoa(statsRows)}, "offset": {strconv.Itoa(offset)},
	}
	if filter != "" {
		query.Set("filter", filter)
	}
	path := c.below("environments", q.Environment, "stats", strings.Join(q.Dimensions, ","))
	return ask(ctx, c, calls, question{operation: o, path: path, query: query}, statsAnswer{asked: q})
}

// timeRange spells a window as the API wants it, in UTC and whole minutes.
func timeRange(w apigee.Window) string {
	const layout = "01/02/2006 15:04"
	return w.Start.UTC().Format(layout) + "~" + w.End.UTC().Format(layout)
}
