package finding

import "time"

// Operation is a policy that can run where its bundle is deployed, and what it does to refresh tokens there.
type Operation struct {
	Policy string `json:"policy"`
	// Type is the policy's type, and Operation what an OAuthV2 policy is told to do, "" for others.
	Type      string `json:"type"`
	Operation string `json:"operation,omitempty"`
	Place
	// What it does, as in [Evidence].
	Grants    []string `json:"issues"`
	Refreshes bool     `json:"refreshes"`
	Reads     bool     `json:"reads"`
	Imports   bool     `json:"imports"`
	Revokes   bool     `json:"revokes"`
	// MayRefresh reports whether it has no Operation element and refreshes, if anything.
	MayRefresh bool `json:"mayRefresh,omitempty"`
	// Unsure says why it may do none of that, "" where there is no reason to think so.
	Unsure string `json:"unsure,omitempty"`

	// AccessLifetime and RefreshLifetime are those of the tokens that it issues, imports or refreshes; nil for other policies.
	AccessLifetime  *Lifetime `json:"accessLifetime,omitempty"`
	RefreshLifetime *Lifetime `json:"refreshLifetime,omitempty"`
	// JWT says of one that issues, imports or refreshes whether access tokens are JWTs, AppEndUser of one that issues or imports
	// whether tokens carry an end user: both decide what can revoke them.
	JWT        bool `json:"jwt,omitempty"`
	AppEndUser bool `json:"appEndUser,omitempty"`
	// Rotation and ClientAuthentication are about refreshing; "" for policies that do not refresh.
	Rotation             Rotation             `json:"rotation,omitempty"`
	ClientAuthentication ClientAuthentication `json:"clientAuthentication,omitempty"`
	// Revocation is how it revokes; nil for policies that do not.
	Revocation *Revocation `json:"revocation,omitempty"`

	// Proxies are those in which a policy of a shared flow runs, sorted; nil for policies of proxies.
	Proxies []string `json:"proxies,omitempty"`
	// Calls are the requests that get to it, and MoreCalls how many places there are beyond those.
	Calls     []Call `json:"calls"`
	MoreCalls int    `json:"moreCalls,omitempty"`
}

// Issuing reports whether refresh tokens come into being there.
func (o *Operation) Issuing() bool { return len(o.Grants) > 0 || o.Imports }

// Call is a kind of request that gets to a policy.
type Call struct {
	// Proxy is the one that is called; "" where it is not known, as of a shared flow from disk that nothing calls.
	Proxy string `json:"proxy,omitempty"`
	// Methods are the HTTP methods that the conditions ask for; none where they do not say.
	Methods []string `json:"methods,omitempty"`
	// Paths are patterns, base path first.
	Paths []string `json:"paths,omitempty"`
	// Conditions are those on the way, outermost first.
	Conditions []string `json:"conditions,omitempty"`
}

// Lifetime is how long a policy makes a token valid.
type Lifetime struct {
	Kind LifetimeKind `json:"kind"`
	// Milliseconds is the literal, for a [LifetimeLiteral].
	Milliseconds int64 `json:"milliseconds,omitempty"`
	// Variable is the one that wins over whatever else is there, which is then only the fallback.
	Variable string `json:"variable,omitempty"`
	// Value is the text of a [LifetimeInvalid].
	Value string `json:"value,omitempty"`
	// Endless reports whether the platform lets the token live forever then. Apigee X and hybrid end every token at some time,
	// whatever the policy says.
	Endless bool `json:"endless,omitempty"`
}

// LifetimeKind is what the element of a lifetime comes to.
type LifetimeKind string

// The kinds of lifetimes.
const (
	LifetimeLiteral   LifetimeKind = "literal"   // a number of milliseconds
	LifetimeUnlimited LifetimeKind = "unlimited" // -1
	LifetimeDefault   LifetimeKind = "default"   // nothing is said, so that the platform decides
	LifetimeVariable  LifetimeKind = "variable"  // a variable without a fallback
	LifetimeInvalid   LifetimeKind = "invalid"   // what is said is not a lifetime
	LifetimeKept      LifetimeKind = "kept"      // a refresh that returns the same token again keeps the end that it has
)

// Known reports whether the bundle alone says when the token expires, or that it does not.
func (l *Lifetime) Known() bool {
	return l != nil && l.Variable == "" && (l.Kind == LifetimeLiteral || l.Unlimited())
}

// Unlimited reports whether no end is set. Where a variable wins, that is only the fallback.
func (l *Lifetime) Unlimited() bool { return l.Kind == LifetimeUnlimited || l.Endless }

// Over reports whether tokens live longer than a bound. It is meant for lifetimes that are [Lifetime.Known].
func (l *Lifetime) Over(bound time.Duration) bool {
	return l.Unlimited() || l.Milliseconds > bound.Milliseconds()
}

// Rotation is what a refresh does with the refresh token.
type Rotation string

// The two ways. Source: docs.cloud.google.com/apigee/docs/api-platform/reference/policies/oauthv2-policy, "ReuseRefreshToken".
const (
	Rotates Rotation = "rotates" // a new one takes its place
	Reuses  Rotation = "reuses"  // it stays valid until it expires
)

// Rotations lists both.
func Rotations() []Rotation { return []Rotation{Rotates, Reuses} }

// ClientAuthentication is who makes sure which client refreshes.
type ClientAuthentication string

// The possibilities, the best first.
const (
	AuthenticatedByApigee ClientAuthentication = "apigee" // the policy itself checks the client's id and secret
	AuthenticatedBefore   ClientAuthentication = "policy" // a policy before it does, for every request
	AuthenticationUnsure  ClientAuthentication = "unsure" // something before it may, or does for some requests
	NotAuthenticated      ClientAuthentication = "none"
)

// ClientAuthentications lists all of them, the best first.
func ClientAuthentications() []ClientAuthentication {
	return []ClientAuthentication{AuthenticatedByApigee, AuthenticatedBefore, AuthenticationUnsure, NotAuthenticated}
}

// Revocation is how a policy revokes refresh tokens.
type Revocation struct {
	// ByToken: the token that a request presents (InvalidateToken). ByApp and ByEndUser: all tokens of an app, or of an end user
	// (RevokeOAuthV2); both are false where such a policy does not say.
	ByToken   bool `json:"byToken,omitempty"`
	ByApp     bool `json:"byApp,omitempty"`
	ByEndUser bool `json:"byEndUser,omitempty"`
	// Cascade reports whether the paired token is revoked with it; nil where the policy does not say, and no documentation tells
	// what that means.
	Cascade *bool `json:"cascade,omitempty"`
	// Parameters are the variables that say what to revoke.
	Parameters []Parameter `json:"parameters,omitempty"`
}

// Parameter is an element of a policy and the variable that it is taken from, or its literal value.
type Parameter struct {
	Name     string `json:"name"`
	Variable string `json:"variable,omitempty"`
	Value    string `json:"value,omitempty"`
}

// WhyNotRevoked is the reason why a policy that revokes refresh tokens can revoke none of those that another one issues.
type WhyNotRevoked uint8

// The reasons; Revocable is none.
const (
	Revocable WhyNotRevoked = iota
	// IssuedWithJWT: OAuthV2 fails on refresh tokens that were issued with JWT access tokens.
	// Source: docs.cloud.google.com/apigee/docs/api-platform/security/oauth/validating-and-invalidating-access-tokens.
	IssuedWithJWT
	// WithoutEndUser: RevokeOAuthV2 finds tokens by end user only if they were issued with AppEndUser.
	// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/policies/revoke-oauth-v2-policy.
	WithoutEndUser
)

// CanRevoke tells why no refresh token can be revoked that was issued with JWTs, or without an end user; Revocable if it can.
func (r *Revocation) CanRevoke(jwt, appEndUser bool) WhyNotRevoked {
	switch {
	case r.ByToken && jwt:
		return IssuedWithJWT
	case r.ByEndUser && !r.ByApp && !appEndUser:
		return WithoutEndUser
	}
	return Revocable
}

// Reach is how clients get to a deployed proxy, as far as the organization's records were read.
type Reach struct {
	// Hostnames are those of the environment's groups, sorted; nil where they could not be read.
	Hostnames []string `json:"hostnames,omitzero"`
	// Products are the API products that open the proxy there, by name; nil where they could not be read, or where the proxy
	// does nothing to refresh tokens.
	Products []Opening `json:"products,omitzero"`
}

// Opening is an API product that opens a proxy.
type Opening struct {
	Name string `json:"name"`
	// Apps are those that have the product, sorted; nil where they were not asked for or could not be read.
	Apps []string `json:"apps,omitzero"`
}

// DeploymentTraffic is what analytics counted of a deployed proxy.
type DeploymentTraffic struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	// Calls are all calls.
	Calls
	// Issuing and Refreshing are those on paths that only issue or only refresh; Either those that may have done either.
	Issuing    Calls `json:"issuing"`
	Refreshing Calls `json:"refreshing"`
	Either     Calls `json:"either"`
	// Partial reports whether rows are missing: the counts are lower bounds.
	Partial bool `json:"partial,omitempty"`
}
