package report

import (
	"fmt"
	"slices"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
)

// IncidentVersion is the major version of the JSON form of an [Incident]; changes within it only add fields.
const IncidentVersion = 1

// Incident is what a report says about the refresh tokens of one proxy in case they leaked: who holds them, how long they live, and
// what revokes them.
type Incident struct {
	IncidentVersion int         `json:"incidentVersion"`
	Tool            Tool        `json:"tool"`
	Kind            apigee.Kind `json:"kind"`
	Name            string      `json:"name"`
	// AsOf is when the audit ended: this is about tokens that were issued until then.
	AsOf          time.Time        `json:"asOf"`
	Complete      bool             `json:"complete"`
	Organizations []IncidentIn     `json:"organizations"`
	Problems      []apigee.Problem `json:"problems"`
	Document      *Document        `json:"-"`
}

// IncidentIn is an incident in one organization.
type IncidentIn struct {
	Organization string          `json:"organization"`
	Platform     apigee.Platform `json:"platform"`
	Offline      bool            `json:"offline"`
	// Deployments are those of the proxy, and of the shared flows that issue in it.
	Deployments []IncidentDeployment `json:"deployments"`
	// Products are those that open the proxy where it issues, with their apps; nil where they were not read.
	Products []Opening `json:"products,omitzero"`
	// StoredTokens is how many of its tokens are stored at most, by environment; nil where traffic was not read.
	StoredTokens []finding.ProxyTokens `json:"storedTokens,omitempty"`
	// Verdict sums up in sentences until when refresh tokens live.
	Verdict string `json:"verdict"`
	// Issued are the tokens as the issuing policies make them; Refreshed what refreshing makes of them.
	Issued    []TokenLife `json:"issued"`
	Refreshed []TokenLife `json:"refreshed"`
	// MoreRefreshed is how many refreshing policies of other proxies there are beyond those.
	MoreRefreshed int `json:"moreRefreshed,omitempty"`
	// Revocations are the flows that can revoke them, Unable those that revoke other tokens only, with the reason.
	Revocations []RevocationCall `json:"revocations"`
	Unable      []RevocationCall `json:"unable"`
	// Additions are policies to add.
	Additions []Addition `json:"additions"`
	// Management is what the platform's management API can do, a sentence each.
	Management []string `json:"management"`
	// Lacks is what the report does not tell, with what to do about it.
	Lacks []string `json:"lacks"`
}

// Opening is an API product that opens the proxy, with the environments in which it does.
type Opening struct {
	finding.Opening
	Environments []string `json:"environments"`
}

// IncidentDeployment is a deployment whose refresh tokens this is about.
type IncidentDeployment struct {
	Environment string      `json:"environment"`
	Kind        apigee.Kind `json:"kind"`
	Name        string      `json:"name"`
	Revision    string      `json:"revision"`
	Sources     []string    `json:"sources,omitempty"`
	Grants      []string    `json:"issues"`
	Imports     bool        `json:"imports"`
	BasePaths   []string    `json:"basePaths,omitempty"`
	Hostnames   []string    `json:"hostnames,omitempty"`
}

// TokenLife is how long the tokens live that a policy issues or refreshes.
type TokenLife struct {
	Kind         apigee.Kind       `json:"kind"`
	Name         string            `json:"name"`
	Policy       string            `json:"policy"`
	Environments []string          `json:"environments"`
	Unsure       string            `json:"unsure,omitempty"` // why the policy may do nothing
	Lifetime     *finding.Lifetime `json:"lifetime,omitempty"`
	// Until is when the last refresh token expires that the policy issued, or made by a refresh, until the audit ended; nil where there
	// is no end, or none that is known. Arithmetic shows how it comes about, or why there is none.
	Until      *time.Time `json:"until,omitempty"`
	Arithmetic string     `json:"arithmetic"`
	// AccessUntil and AccessArithmetic are the same for the access tokens.
	AccessUntil      *time.Time `json:"accessUntil,omitempty"`
	AccessArithmetic string     `json:"accessArithmetic"`
	// Rotation and ClientAuthentication are those of a refreshing policy.
	Rotation             finding.Rotation             `json:"rotation,omitempty"`
	ClientAuthentication finding.ClientAuthentication `json:"clientAuthentication,omitempty"`
	// Elsewhere reports whether a refreshing policy runs in other proxies only.
	Elsewhere bool `json:"elsewhere,omitempty"`
}

// RevocationCall is a policy that revokes refresh tokens, and the requests that get to it.
type RevocationCall struct {
	Revoker
	Revocation *finding.Revocation `json:"revocation"`
	Calls      []finding.Call      `json:"calls"`
	MoreCalls  int                 `json:"moreCalls,omitempty"`
	// URLs are where these calls go, as far as host names are known.
	URLs []string `json:"urls,omitempty"`
	// For are the issuing policies that it is about, where it is not about all: those that it can revoke tokens of, or of an
	// unable one all.
	For []string `json:"for,omitempty"`
	Why string   `json:"why,omitempty"`
}

// Addition is a policy to add so that tokens can be revoked.
type Addition struct {
	Why string        `json:"why"`
	XML finding.Lines `json:"xml"`
}

// NewIncident works out an incident of the proxy or shared flow with a name, in the environments and organizations that a filter asks
// for. It is nil where the report has no such deployment.
func NewIncident(d *Document, kind apigee.Kind, name string, x InventoryFilter) *Incident {
	in := &Incident{
		IncidentVersion: IncidentVersion, Tool: d.Tool, Kind: kind, Name: name, AsOf: d.FinishedAt, Organizations: []IncidentIn{}, Document: d,
	}
	var organizations []Organization
	organizations, in.Problems, in.Complete = x.lookedAt(d)
	revocability := newRevocability(d)
	for _, org := range organizations {
		about := &incident{document: d, organization: org, kind: kind, name: name, filter: x, revokers: revocability[org.Name]}
		if about.gather(); len(about.own) > 0 {
			in.Organizations = append(in.Organizations, about.tell())
		}
	}
	if len(in.Organizations) == 0 {
		return nil
	}
	return in
}

// incident is an [IncidentIn] in the making.
type incident struct {
	document     *Document
	organization Organization
	kind         apigee.Kind
	name         string
	filter       InventoryFilter
	revokers     *revokers

	all []*finding.Evidence // of the organization
	own []*finding.Evidence // of the proxy, where it was asked for
	// issuing and refreshing are the policies that issue in the proxy, and all that refresh in the organization, its own first.
	issuing, refreshing []operatingIn
	out                 IncidentIn
}

// operatingIn is a policy in one deployment.
type operatingIn struct {
	evidence  *finding.Evidence
	operation *finding.Operation
	own       bool // it runs in the proxy, in an environment that was asked for
}

// gather collects what the inventory says of the organization.
func (b *incident) gather() {
	for i := range b.document.Inventory {
		e := &b.document.Inventory[i]
		if e.Organization != b.organization.Name {
			continue
		}
		b.all = append(b.all, e)
		if e.Kind == b.kind && e.Name == b.name && finding.MatchesAny(b.filter.Environments, e.Environment) {
			b.own = append(b.own, e)
		}
	}
	var elsewhere []operatingIn
	for _, e := range b.all {
		for i := range e.Operations {
			o := &e.Operations[i]
			in := operatingIn{e, o, b.concerns(e, o)}
			switch {
			case o.Refreshes && in.own:
				b.refreshing = append(b.refreshing, in)
			case o.Refreshes:
				elsewhere = append(elsewhere, in)
			case o.Issuing() && in.own:
				b.issuing = append(b.issuing, in)
			}
		}
	}
	b.refreshing = append(b.refreshing, elsewhere...)
}

// concerns reports whether a policy runs in the proxy, in an environment that was asked for.
func (b *incident) concerns(e *finding.Evidence, o *finding.Operation) bool {
	return slices.ContainsFunc(b.own, func(own *finding.Evidence) bool {
		return own.Environment == e.Environment && (e.Kind == b.kind && e.Name == b.name || b.kind == apigee.KindProxy && slices.Contains(o.Proxies, b.name))
	})
}

func (b *incident) tell() IncidentIn {
	b.out = IncidentIn{
		Organization: b.organization.Name, Platform: b.organization.Platform, Offline: b.organization.Offline,
		Deployments: []IncidentDeployment{}, Issued: []TokenLife{}, Refreshed: []TokenLife{}, Revocations: []RevocationCall{}, Unable: []RevocationCall{},
		Additions: []Addition{}, Lacks: []string{},
	}
	b.deployments()
	b.clients()
	b.lives()
	b.revocations()
	b.add()
	b.out.Management = managementText(b.organization.Platform)
	b.lacks()
	return b.out
}

// deployments are those of the proxy, and of the shared flows that issue in it.
func (b *incident) deployments() {
	add := func(e *finding.Evidence) {
		d := IncidentDeployment{
			Environment: e.Environment, Kind: e.Kind, Name: e.Name, Revision: e.Revision, Sources: e.Sources, Grants: present(e.Grants), Imports: e.Imports,
			BasePaths: e.BasePaths,
		}
		if e.Reach != nil {
			d.Hostnames = e.Reach.Hostnames
		}
		b.out.Deployments = append(b.out.Deployments, d)
	}
	for _, e := range b.own {
		add(e)
	}
	var last *finding.Evidence
	for _, i := range b.issuing {
		if i.evidence != last && !slices.Contains(b.own, i.evidence) {
			add(i.evidence)
		}
		last = i.evidence
	}
}

// handsOut are the policies in the proxy from which clients get refresh tokens: those that issue, and without any of them those that
// refresh the tokens of others.
func (b *incident) handsOut() []operatingIn {
	if len(b.issuing) > 0 {
		return b.issuing
	}
	return only(b.refreshing, func(i operatingIn) bool { return i.own })
}

// clients are the products and the counts of the proxy where it hands out tokens; of a shared flow, of the proxies in which it runs.
func (b *incident) clients() {
	proxies := map[[2]string]bool{} // by environment and name
	in := map[string]bool{}
	for _, i := range b.handsOut() {
		in[i.evidence.Environment] = true
	}
	for _, e := range b.own {
		if e.Kind == apigee.KindProxy && (e.Operations == nil || in[e.Environment]) {
			proxies[[2]string{e.Environment, e.Name}] = true
		}
	}
	for _, i := range b.handsOut() {
		if b.kind == apigee.KindSharedFlow {
			for _, name := range i.operation.Proxies {
				proxies[[2]string{i.evidence.Environment, name}] = true
			}
		}
	}
	at := map[string]int{}
	for _, e := range b.all {
		if e.Kind != apigee.KindProxy || !proxies[[2]string{e.Environment, e.Name}] || e.Reach == nil || e.Reach.Products == nil {
			continue
		}
		b.out.Products = present(b.out.Products)
		for _, p := range e.Reach.Products {
			k, known := at[p.Name]
			if !known {
				k = len(b.out.Products)
				at[p.Name] = k
				b.out.Products = append(b.out.Products, Opening{p, nil})
			}
			if in := &b.out.Products[k]; !slices.Contains(in.Environments, e.Environment) {
				in.Environments = append(in.Environments, e.Environment)
			}
		}
	}
	for _, s := range b.document.StoredTokens {
		if s.Organization != b.organization.Name {
			continue
		}
		for _, p := range s.Proxies {
			if proxies[[2]string{p.Environment, p.Name}] {
				b.out.StoredTokens = append(b.out.StoredTokens, p)
			}
		}
	}
}

// mostLives bounds what is said of refreshing policies: those of the proxy itself come first.
const mostLives = 10

// lives works out until when tokens live.
func (b *incident) lives() {
	life := func(made string) func(operatingIn) TokenLife {
		return func(i operatingIn) TokenLife {
			o := i.operation
			l := TokenLife{
				Lifetime: o.RefreshLifetime, Unsure: o.Unsure, Rotation: o.Rotation, ClientAuthentication: o.ClientAuthentication, Elsewhere: !i.own,
			}
			l.Until, l.Arithmetic = ending(b.document.FinishedAt, made, o.RefreshLifetime, b.organization.Platform)
			l.AccessUntil, l.AccessArithmetic = ending(b.document.FinishedAt, made, o.AccessLifetime, b.organization.Platform)
			if o.Rotation == finding.Reuses {
				l.Until, l.Arithmetic = nil, "the refresh token stays the same, and keeps the end that it has"
			}
			return l
		}
	}
	b.out.Issued, b.out.Refreshed = joinLives(b.issuing, life("issued at the latest")), joinLives(b.refreshing, life("refreshed at the latest"))
	b.out.Verdict = lifeVerdict(b.out.Issued, b.out.Refreshed)
	for n := len(b.out.Refreshed); n > mostLives && b.out.Refreshed[n-1].Elsewhere; n-- { // the proxy's own come first
		b.out.Refreshed, b.out.MoreRefreshed = b.out.Refreshed[:n-1], b.out.MoreRefreshed+1
	}
}

// joinLives makes one entry of a policy that is the same in several environments.
func joinLives(in []operatingIn, life func(operatingIn) TokenLife) []TokenLife {
	out := []TokenLife{}
	at := map[string]int{}
	for _, i := range in {
		l := life(i)
		l.Kind, l.Name, l.Policy = i.evidence.Kind, i.evidence.Name, i.operation.Policy
		key := fmt.Sprintf("%q %q %q %q %q %q %q %q %t", l.Kind, l.Name, l.Policy, l.Arithmetic, l.AccessArithmetic, l.Unsure, l.Rotation, l.ClientAuthentication, l.Elsewhere)
		k, known := at[key]
		if !known {
			k = len(out)
			at[key] = k
			out = append(out, l)
		}
		if !slices.Contains(out[k].Environments, i.evidence.Environment) {
			out[k].Environments = append(out[k].Environments, i.evidence.Environment)
		}
	}
	return out
}

// longestSum bounds lifetimes that are added to a date; what lives longer has no end that matters.
const longestSum = 100 * 365 * 24 * time.Hour

// ending adds a lifetime to a time. Without a sum, the words say why there is none.
func ending(from time.Time, since string, l *finding.Lifetime, p apigee.Platform) (*time.Time, string) {
	start := since + " " + timeText(from)
	switch {
	case l == nil:
		return nil, start + ": how long it lives is " + notRecorded
	case l.Unlimited() && l.Variable == "":
		words := start + ": no end"
		if !l.Endless {
			words += " is set (-1); " + p.Traits().Title + " ends it at some time, and its documentation does not say when"
		}
		return nil, words
	case l.Variable != "" && l.Kind == finding.LifetimeLiteral:
		return nil, fmt.Sprintf("%s: not known, because variable %s holds the lifetime; with the fallback of %s until %s",
			start, l.Variable, lifetimeLiteral(l), untilText(from, l.Milliseconds))
	case l.Variable != "":
		return nil, start + ": not known, because variable " + l.Variable + " holds the lifetime"
	case l.Kind == finding.LifetimeLiteral && time.Duration(l.Milliseconds) > longestSum/time.Millisecond:
		return nil, start + " + " + LifetimeText(l) + ": no end that matters"
	case l.Kind == finding.LifetimeLiteral:
		until := from.Add(time.Duration(l.Milliseconds) * time.Millisecond)
		return &until, fmt.Sprintf("%s + %s (%d ms) = %s", start, LifetimeText(l), l.Milliseconds, timeText(until))
	case l.Kind == finding.LifetimeDefault:
		return nil, start + ": not known, because the policy says nothing and the platform's default holds"
	}
	return nil, start + ": not known, because the lifetime is " + LifetimeText(l)
}

func untilText(from time.Time, ms int64) string {
	if time.Duration(ms) > longestSum/time.Millisecond {
		return "an end that does not matter"
	}
	return timeText(from.Add(time.Duration(ms) * time.Millisecond))
}

// timeText is a time to the second.
func timeText(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// revocations are the flows that revoke the tokens, and those that revoke others only.
func (b *incident) revocations() {
	if b.revokers == nil {
		return
	}
	for _, k := range b.revokers.all {
		call := RevocationCall{Revoker: k.Revoker, Revocation: k.operation.Revocation, Calls: present(k.operation.Calls), MoreCalls: k.operation.MoreCalls, URLs: b.urls(k)}
		unable := call
		for _, i := range b.handsOut() {
			name := i.operation.Policy
			inherits := i.operation.Refreshes // an end user of the token that it replaces
			switch k.operation.Revocation.CanRevoke(i.operation.JWT, i.operation.AppEndUser || inherits) {
			case finding.Revocable:
				call.For = append(call.For, name)
				if r := k.operation.Revocation; inherits && r.ByEndUser && !r.ByApp {
					call.Why = "only those that were issued with an end user (AppEndUser)"
				}
			case finding.IssuedWithJWT:
				unable.For, unable.Why = append(unable.For, name), "InvalidateToken fails on refresh tokens that were issued with JWT access tokens"
			case finding.WithoutEndUser:
				unable.For, unable.Why = append(unable.For, name), "it revokes by end user, and the tokens carry none (AppEndUser)"
			}
		}
		call.For, unable.For = Distinct(call.For), Distinct(unable.For)
		if len(call.For) > 0 {
			if len(unable.For) == 0 {
				call.For = nil
			}
			b.out.Revocations = append(b.out.Revocations, call)
		}
		if len(unable.For) > 0 {
			b.out.Unable = append(b.out.Unable, unable)
		}
	}
}

// mostURLs bounds the addresses of one revoking policy.
const mostURLs = 10

// urls are where the calls to a revoking policy go.
func (b *incident) urls(k *revoking) []string {
	var out []string
	for _, c := range k.operation.Calls {
		for _, e := range b.all {
			if e.Kind != apigee.KindProxy || e.Name != c.Proxy || e.Reach == nil || !slices.Contains(k.Environments, e.Environment) {
				continue
			}
			for _, host := range e.Reach.Hostnames {
				for _, path := range c.Paths {
					if url := "https://" + host + path; len(out) < mostURLs && !slices.Contains(out, url) {
						out = append(out, url)
					}
				}
			}
		}
	}
	return out
}

// lacks says what the report does not tell.
func (b *incident) lacks() {
	say := func(format string, args ...any) { b.out.Lacks = append(b.out.Lacks, fmt.Sprintf(format, args...)) }
	if slices.ContainsFunc(b.own, func(e *finding.Evidence) bool { return e.Operations == nil }) {
		say("The report was made by an older version, which recorded neither lifetimes nor what revokes: scan again.")
	}
	noApps := func(o Opening) bool { return o.Apps == nil }
	switch {
	case len(b.handsOut()) == 0:
	case b.out.Offline:
		say("Bundles from disk do not tell where they are deployed, nor the products and apps: ask the organization, with --org, --reach and --apps.")
	case b.out.Products == nil:
		say("API products and apps were not read: run it with --reach --apps.")
	case slices.ContainsFunc(b.out.Products, noApps):
		say("Apps were not read: run it with --reach --apps.")
	}
	if b.out.StoredTokens == nil && !b.out.Offline && len(b.issuing) > 0 {
		say("How many tokens there are was not counted: run it with --traffic 30d.")
	}
	say("Lifetimes are those of the revisions that are deployed now. Tokens of earlier revisions keep the lifetimes of then, and the report does not know them.")
}

// HandsOut reports whether any policy was found through which clients get refresh tokens from the proxy.
func (in *IncidentIn) HandsOut() bool {
	return len(in.Issued) > 0 || slices.ContainsFunc(in.Refreshed, func(l TokenLife) bool { return !l.Elsewhere })
}

// Untold reports whether the report does not tell which policies issue.
func (in *IncidentIn) Untold() bool {
	return len(in.Issued) == 0 && slices.ContainsFunc(in.Deployments, func(d IncidentDeployment) bool { return len(d.Grants) > 0 || d.Imports })
}
