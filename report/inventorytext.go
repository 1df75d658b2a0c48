package report

import (
	"fmt"
	"slices"
	"strings"

	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
)

// notRecorded is what is said where a report of an older version does not tell: it is not the same as "no".
const notRecorded = "not recorded"

// Does says what a deployment does to refresh tokens, one thing each; nothing where it does none of it itself.
func (e *InventoryEntry) Does() []string {
	var out []string
	say := func(yes bool, words string) {
		if yes {
			out = append(out, words)
		}
	}
	say(len(e.Grants) > 0, "issues "+strings.Join(e.Grants, ", "))
	say(e.Imports, "imports")
	say(e.Refreshes, "refreshes")
	say(!e.Refreshes && slices.ContainsFunc(e.Operations, func(o finding.Operation) bool { return o.MayRefresh }), "may refresh")
	say(e.Reads, "reads")
	say(e.Revokes, strings.TrimSpace("revokes "+e.RevokesBy()))
	return out
}

// RevokesBy says how a deployment revokes: "by token", "by app, end user"; "" where it does not, or the report does not tell.
func (e *InventoryEntry) RevokesBy() string {
	var ways []string
	for _, by := range []struct {
		is    func(*finding.Revocation) bool
		words string
	}{
		{func(r *finding.Revocation) bool { return r.ByToken }, "token"},
		{func(r *finding.Revocation) bool { return r.ByApp }, "app"},
		{func(r *finding.Revocation) bool { return r.ByEndUser }, "end user"},
	} {
		if slices.ContainsFunc(e.Operations, func(o finding.Operation) bool { return o.Revocation != nil && by.is(o.Revocation) }) {
			ways = append(ways, by.words)
		}
	}
	if len(ways) == 0 {
		return ""
	}
	return "by " + strings.Join(ways, ", ")
}

// Idle reports whether a deployment does nothing to refresh tokens, neither itself nor through a shared flow.
func (e *InventoryEntry) Idle() bool { return len(e.Does()) == 0 && len(e.SharedFlows) == 0 }

// handles reports whether there are lifetimes to tell.
func (e *InventoryEntry) handles() bool { return len(e.Grants) > 0 || e.Imports || e.Refreshes }

// AccessLifetime and RefreshLifetime are how long the tokens of a deployment live, in words: each lifetime once, those of refreshed
// tokens separately where they differ.
func (e *InventoryEntry) AccessLifetime() string {
	return e.lifetimes(func(o *finding.Operation) *finding.Lifetime { return o.AccessLifetime })
}

// RefreshLifetime is explained at [InventoryEntry.AccessLifetime].
func (e *InventoryEntry) RefreshLifetime() string {
	return e.lifetimes(func(o *finding.Operation) *finding.Lifetime { return o.RefreshLifetime })
}

func (e *InventoryEntry) lifetimes(of func(*finding.Operation) *finding.Lifetime) string {
	if e.handles() && e.Operations == nil {
		return notRecorded
	}
	var issued, refreshed []string
	for i := range e.Operations {
		o := &e.Operations[i]
		l := of(o)
		switch {
		case l == nil:
		case o.Issuing():
			issued = append(issued, LifetimeText(l))
		default:
			refreshed = append(refreshed, LifetimeText(l))
		}
	}
	issued, refreshed = Distinct(issued), Distinct(refreshed)
	switch {
	case len(refreshed) == 0 || slices.Equal(issued, refreshed):
		return strings.Join(issued, "; ")
	case len(issued) == 0:
		return strings.Join(refreshed, "; ")
	}
	return strings.Join(issued, "; ") + "; refreshed: " + strings.Join(refreshed, "; ")
}

// LifetimeText is a lifetime in words: "30 days", "variable private.ttl, else 30 days", "platform default".
func LifetimeText(l *finding.Lifetime) string {
	words := lifetimeLiteral(l)
	switch {
	case l.Kind == finding.LifetimeKept:
		return "as before the refresh"
	case l.Variable == "":
		return words
	case words == "":
		return "variable " + l.Variable
	}
	return "variable " + l.Variable + ", else " + words
}

func lifetimeLiteral(l *finding.Lifetime) string {
	switch l.Kind {
	case finding.LifetimeLiteral:
		return text.Lifetime(l.Milliseconds)
	case finding.LifetimeUnlimited:
		return "unlimited"
	case finding.LifetimeDefault:
		if l.Endless {
			return "unlimited (default)"
		}
		return "platform default"
	case finding.LifetimeInvalid:
		return "invalid " + text.Quote(text.Clip(l.Value, 40))
	case finding.LifetimeVariable:
		return ""
	}
	return string(l.Kind) // of a newer version
}

// Rotation says what becomes of the refresh token at a refresh; "" for deployments that do not refresh.
func (e *InventoryEntry) Rotation() string {
	return e.refreshing(func(o *finding.Operation) string {
		switch o.Rotation {
		case finding.Rotates:
			return "yes"
		case finding.Reuses:
			return "no"
		}
		return string(o.Rotation)
	})
}

// ClientAuthentication says who makes sure which client refreshes; "" for deployments that do not refresh.
func (e *InventoryEntry) ClientAuthentication() string {
	return e.refreshing(func(o *finding.Operation) string {
		switch o.ClientAuthentication {
		case finding.AuthenticatedByApigee:
			return "by Apigee"
		case finding.AuthenticatedBefore:
			return "by a policy"
		}
		return string(o.ClientAuthentication)
	})
}

// refreshing joins what the refreshing policies say.
func (e *InventoryEntry) refreshing(say func(*finding.Operation) string) string {
	if e.Refreshes && e.Operations == nil {
		return notRecorded
	}
	var out []string
	for i := range e.Operations {
		if e.Operations[i].Refreshes {
			out = append(out, say(&e.Operations[i]))
		}
	}
	return strings.Join(Distinct(out), "; ")
}

// RevocableText says what can revoke the tokens that a deployment issues: "no", "by session and logout", "1 of 2: by session"; "" for
// those that issue none.
func (e *InventoryEntry) RevocableText() string {
	r := e.Revocable
	switch {
	case r == nil && (len(e.Grants) > 0 || e.Imports):
		return notRecorded
	case r == nil:
		return ""
	case len(r.By) == 0 && r.Partial:
		return "none seen"
	case len(r.By) == 0:
		return "no"
	}
	const most = 3
	var names []string
	for _, k := range r.By {
		names = append(names, BundleName(k.Kind, k.Name))
	}
	words := "by " + someOf(Distinct(names), most, r.More)
	if r.Without > 0 {
		words = fmt.Sprintf("%d of %d: %s", r.Issued-r.Without, r.Issued, words)
	}
	return words
}

// someOf names at most so many, and counts the rest together with others that have no name here.
func someOf(names []string, most, others int) string {
	n := len(names) + others
	names = names[:min(len(names), most)]
	if n > len(names) {
		return fmt.Sprintf("%s and %d more", strings.Join(names, ", "), n-len(names))
	}
	return text.List(names)
}

// Proxies are those in which the policies of a shared flow run, sorted.
func (e *InventoryEntry) Proxies() []string {
	var out []string
	for i := range e.Operations {
		out = append(out, e.Operations[i].Proxies...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Through says which shared flows do something to refresh tokens in a proxy, or for a shared flow in which proxies; "" for neither.
func (e *InventoryEntry) Through() string {
	const most = 3
	switch proxies := e.Proxies(); {
	case len(proxies) > 0:
		return "runs in " + someOf(proxies, most, 0)
	case len(e.SharedFlows) > 0:
		return "runs shared flow " + someOf(e.SharedFlows, most, 0)
	}
	return ""
}

// Hostnames are those of the environment; nothing where they were not read.
func (e *InventoryEntry) Hostnames() []string {
	if e.Reach == nil {
		return nil
	}
	return e.Reach.Hostnames
}

// Products and Apps are those that open the proxy; nothing where they were not read.
func (e *InventoryEntry) Products() []string {
	if e.Reach == nil {
		return nil
	}
	var out []string
	for _, p := range e.Reach.Products {
		out = append(out, p.Name)
	}
	return out
}

// Apps are explained at [InventoryEntry.Products].
func (e *InventoryEntry) Apps() []string {
	if e.Reach == nil {
		return nil
	}
	var out []string
	for _, p := range e.Reach.Products {
		out = append(out, p.Apps...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// CallsText is "1,200 in 30 days" with what of them may have issued or refreshed; "" where calls were not counted.
func (e *InventoryEntry) CallsText() string {
	t := e.Traffic
	if t == nil {
		return ""
	}
	words := fmt.Sprintf("%s in %s", text.Grouped(t.Calls.Calls), text.Lifetime(t.To.Sub(t.From).Milliseconds()))
	if t.Partial {
		words = "at least " + words
	}
	var parts []string
	for _, part := range []struct {
		calls int64
		words string
	}{{t.Issuing.Calls, "issuing"}, {t.Refreshing.Calls, "refreshing"}, {t.Either.Calls, "either"}} {
		if part.calls > 0 {
			parts = append(parts, text.Grouped(part.calls)+" "+part.words)
		}
	}
	if len(parts) > 0 {
		words += " (" + strings.Join(parts, ", ") + ")"
	}
	return words
}

// FindingsText counts findings by severity, "1 high" and "2 low", with what is accepted; "none" for no findings.
func (e *InventoryEntry) FindingsText() []string {
	f := e.Findings
	if f == nil {
		return []string{"not reported"}
	}
	parts := f.BySeverity()
	if f.Accepted > 0 {
		parts = append(parts, fmt.Sprintf("%d accepted", f.Accepted))
	}
	if len(parts) == 0 {
		return []string{"none"}
	}
	return parts
}

// Closing sums an inventory up: what was asked for, how many deployments there are, and what is missing. hidden are deployments that
// a writer leaves out because they do nothing to refresh tokens.
func (v *Inventory) Closing(hidden int) []string {
	var lines []string
	if l := v.FilterText(); l != "" {
		lines = append(lines, l)
	}
	lines = append(lines, v.counted())
	if hidden > 0 {
		lines = append(lines, fmt.Sprintf("%s of them do nothing with refresh tokens and are not shown (-v shows them).", text.Grouped(int64(hidden))))
		if hidden == 1 {
			lines[len(lines)-1] = "1 of them does nothing with refresh tokens and is not shown (-v shows it)."
		}
	}
	if v.lacksOperations() {
		lines = append(lines, "The report was made by an older version, which did not record lifetimes, rotation, client authentication and base paths: scan again for those.")
	}
	lines = append(lines, narrowing(v.Document)...)
	if !v.Complete {
		lines = append(lines, "The inventory is incomplete: what could not be looked at may do something with refresh tokens.")
	}
	return lines
}

// counted says how many deployments do what.
func (v *Inventory) counted() string {
	n := func(does func(*InventoryEntry) bool) (n int) {
		for i := range v.Deployments {
			if does(&v.Deployments[i]) {
				n++
			}
		}
		return n
	}
	var parts []string
	for _, of := range []struct {
		one, many string
		does      func(*InventoryEntry) bool
	}{
		{"issues", "issue", func(e *InventoryEntry) bool { return len(e.Grants) > 0 }},
		{"imports", "import", func(e *InventoryEntry) bool { return e.Imports }},
		{"refreshes", "refresh", func(e *InventoryEntry) bool { return e.Refreshes }},
		{"reads", "read", func(e *InventoryEntry) bool { return e.Reads }},
		{"revokes", "revoke", func(e *InventoryEntry) bool { return e.Revokes }},
	} {
		switch count := n(of.does); count {
		case 0:
		case 1:
			parts = append(parts, "1 "+of.one)
		default:
			parts = append(parts, fmt.Sprintf("%d %s", count, of.many))
		}
	}
	line := text.Count(len(v.Deployments), "deployment")
	if len(v.Deployments) != v.Total {
		line = fmt.Sprintf("%d of %s", len(v.Deployments), text.Count(v.Total, "deployment"))
	}
	if len(parts) > 0 {
		line += ": " + strings.Join(parts, ", ")
	}
	return line + "."
}

// lacksOperations reports whether an older version made the report, or a part of it.
func (v *Inventory) lacksOperations() bool {
	return slices.ContainsFunc(v.Deployments, func(e InventoryEntry) bool { return e.Operations == nil })
}

// FilterText says in a sentence what was asked for; "" for everything.
func (v *Inventory) FilterText() string {
	x := v.Filter
	var parts []string
	for _, of := range []struct {
		wanted  *bool
		yes, no string
	}{
		{x.Issues, "issues refresh tokens", "issues no refresh tokens"},
		{x.Refreshes, "refreshes", "does not refresh"},
		{x.Imports, "imports refresh tokens", "imports none"},
		{x.Reads, "reads refresh tokens", "reads none"},
		{x.Revokes, "revokes refresh tokens", "revokes none"},
	} {
		words := of.yes
		switch {
		case of.wanted == nil:
			continue
		case !*of.wanted:
			words = of.no
		}
		if of.wanted == x.Issues && x.Grant != "" {
			words += " through " + x.Grant
		}
		parts = append(parts, words)
	}
	if x.RefreshLifetimeOver > 0 {
		parts = append(parts, "has refresh tokens that live longer than "+text.Lifetime(x.RefreshLifetimeOver))
	}
	for _, of := range []struct {
		what     string
		patterns []string
	}{{"organization", x.Organizations}, {"environment", x.Environments}, {"name", x.Proxies}} {
		if len(of.patterns) > 0 {
			parts = append(parts, of.what+" "+strings.Join(of.patterns, " or "))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "Filters: " + strings.Join(parts, "; ") + "."
}

// Distinct are some words without empty ones and repetitions, in their order.
func Distinct(words []string) []string {
	var out []string
	for _, w := range words {
		if w != "" && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

// NotComparedText says of a deployment why its lifetime was not compared.
func NotComparedText(n *NotCompared, several bool) string {
	s := BundleName(n.Kind, n.Name)
	if n.Revision != "" {
		s += " r" + n.Revision
	}
	s += " " + n.Environment + ": " + n.Why
	if several {
		s = "organization " + n.Organization + ", " + s
	}
	return s
}
