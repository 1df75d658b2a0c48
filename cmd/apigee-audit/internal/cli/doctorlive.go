package cli

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"golang.org/x/oauth2"

	"apigee-audit/apigee/api"
	"apigee-audit/apigee/auth"
	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/cmd/apigee-audit/internal/doctor"
)

// checkLive checks the network, the credentials and the organizations. The error is for a demonstration that does not start.
func (a *app) checkLive(ctx context.Context, c *config.Choices) ([]doctor.Check, error) {
	if c.Demo {
		s, err := a.demo(ctx, c)
		if err != nil {
			return nil, ranOut(ctx, err)
		}
		defer s.stop()
		checks, _ := a.checkWay(ctx, c, s.endpoint, s.tokens, nil)
		return append(checks, a.checkOrganizations(ctx, c, s.targets)...), nil
	}
	tokens, missing := a.tokens(ctx, c)
	checks, blocked := a.checkWay(ctx, c, c.Endpoint, tokens, missing)
	if blocked != "" {
		return append(checks, unasked(c, blocked)...), nil
	}
	targets, err := a.live(ctx, c, tokens, nil)
	if err != nil {
		what, advice := doctor.Explain(err, explaining(ctx))
		return append(checks, doctor.Fail(organizations, what, advice)), nil
	}
	if targets = pick(c.Share, targets); c.AllOrgs || !c.Share.All() {
		which := "none in this share"
		if len(targets) > 0 {
			which = countOf(targets)
		}
		checks = append(checks, doctor.Passed(organizations, which))
	}
	return append(checks, a.checkOrganizations(ctx, c, targets)...), nil
}

// organizations is the check of which there are.
const organizations = "organizations"

// checkWay checks everything on the way to any organization. blocked is why none can be asked, "" where they can.
func (a *app) checkWay(ctx context.Context, c *config.Choices, endpoint string, tokens oauth2.TokenSource, missing error) (checks []doctor.Check, blocked string) {
	o := a.options(c, "", endpoint, c.Location, tokens)
	reached, err := api.Reach(ctx, c.Platform, o)
	checks = doctor.Network(reached, err, a.proxySetting(reached.Endpoint), explaining(ctx))
	if err != nil {
		blocked = "the management API cannot be reached"
	}
	var account auth.Advice
	if missing == nil {
		account, missing = api.Credential(ctx, c.Platform, o)
	}
	const name = "credentials"
	if missing != nil {
		what, advice := doctor.Explain(missing, explaining(ctx))
		checks = append(checks, doctor.Fail(name, what, advice))
		if ctx.Err() != nil {
			return checks, reason(ctx, ctx.Err())
		}
		return checks, "there is no access token"
	}
	return append(checks, doctor.Passed(name, whose(account))), blocked
}

// whose says of whom a credential is, and where it comes from.
func whose(a auth.Advice) string {
	who := cmp.Or(strings.TrimSuffix(a.Account, ","), "an access token")
	if a.User != "" {
		who += ": " + a.User
	}
	return who
}

// proxySetting is what names the network proxy for an endpoint, as requests read it.
func (a *app) proxySetting(endpoint string) doctor.ProxySetting {
	name := "HTTPS_PROXY"
	if strings.HasPrefix(endpoint, "http:") {
		name = "HTTP_PROXY"
	}
	if lower := strings.ToLower(name); a.env[name] == "" && a.env[lower] != "" {
		name = lower
	}
	return doctor.ProxySetting{Variable: name, Value: a.env[name]}
}

// unasked are the organizations of which nothing can be asked.
func unasked(c *config.Choices, why string) []doctor.Check {
	if c.AllOrgs {
		return []doctor.Check{doctor.Skip(organizations, why)}
	}
	var checks []doctor.Check
	for _, name := range c.Organizations {
		if c.Share.Has(name) {
			check := doctor.Skip("organization", why)
			check.Organization = name
			checks = append(checks, check)
		}
	}
	return checks
}

// checkOrganizations tries the calls of an audit in each organization, side by side.
func (a *app) checkOrganizations(ctx context.Context, c *config.Choices, targets []target) []doctor.Check {
	extra := api.Extras{Traffic: c.Evidence.Traffic > 0, Reach: c.Evidence.Reach, Apps: c.Evidence.Apps, DebugMasks: c.Evidence.DebugMasks}
	tried := handedOver(ctx, len(targets), func(i int) *[]doctor.Check {
		name := targets[i].name
		checks, err := alone(a, name, func() ([]doctor.Check, error) {
			return doctor.Organization(name, c.Platform, targets[i].try(ctx, extra), explaining(ctx)), nil
		})
		if err != nil {
			checks = []doctor.Check{notTried(name, err.Error())}
		}
		return &checks
	})
	var all []doctor.Check
	for i, checks := range tried {
		if checks == nil {
			checks = &[]doctor.Check{notTried(targets[i].name, reason(ctx, ctx.Err()))}
		}
		all = slices.Concat(all, *checks)
	}
	return all
}

// notTried is the check of an organization of which nothing was found out.
func notTried(organization, why string) doctor.Check {
	check := doctor.Fail("organization", why, "")
	check.Organization = organization
	return check
}
