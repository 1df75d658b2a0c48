package rules

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"apigee-audit/apigee/xmltree"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
	"apigee-audit/internal/policyxml"
)

// The XML that remedies propose, and the words for where it goes.

// refreshGrant is the grant type of a refresh request. Source: RFC 6749 section 6.
const refreshGrant = "refresh_token"

// paste adds XML to a diagnostic, with the place of a hop.
func paste(d *audit.Diagnostic, xml string, at finding.Hop, where string) {
	d.Snippets = append(d.Snippets, finding.Snippet{
		XML: finding.Lines(xml), Where: where, Kind: at.Kind, Name: at.Name, Source: at.Source, File: at.File, Line: at.Line,
	})
}

// pasteElement adds an element to paste into the diagnostic's policy: in place of the one that is there, or as a new one.
func pasteElement(d *audit.Diagnostic, xml string, there xmltree.Span) {
	at := d.Policy.Hop()
	where := "in " + at.Unconditional()
	if there.Line > 0 {
		where, at.Line = "in place of the element there", int(there.Line)
	}
	paste(d, xml, at, where)
}

// pasteLifetime adds a lifetime element, with the variable that wins over its value, if one does.
func pasteLifetime(d *audit.Diagnostic, element string, ms int64, l flow.Lifetime) {
	pasteElement(d, policyxml.Element(element, strconv.FormatInt(ms, 10), "ref", l.Ref), l.Span)
}

// placeOf is where a hop stands, for a sentence: `flow "token" (apiproxy/proxies/default.xml:7)`, with its bundle where that is not
// the one that the sentence is about.
func placeOf(h finding.Hop, about *flow.Program) string {
	s := h.Unconditional() + " (" + positionOf(h) + ")"
	if h.Kind != about.Revision.Kind || h.Name != about.Revision.Name {
		s = fmt.Sprintf("%s (%s of %s %q)", h.Unconditional(), positionOf(h), h.Kind.Noun(), h.Name)
	}
	return s
}

func positionOf(h finding.Hop) string {
	if h.Line == 0 {
		return h.File
	}
	return h.File + ":" + strconv.Itoa(h.Line)
}

// pasteCondition adds a condition that holds that of a hop, and goes in its place. It reports false, and adds none, where the hop
// does not show all of its condition, because it is too long.
func pasteCondition(d *audit.Diagnostic, h finding.Hop, condition string) bool {
	if strings.HasSuffix(h.Condition, "…") {
		return false
	}
	replaceCondition(d, h, condition)
	return true
}

// replaceCondition adds a condition in place of that of a hop.
func replaceCondition(d *audit.Diagnostic, h finding.Hop, condition string) {
	where := "in place of the condition of " + h.Unconditional()
	if h.Condition == "" {
		where = "in " + h.Unconditional()
	}
	paste(d, policyxml.Condition(condition), h, where)
}

// isRefresh and isNoRefresh are the conditions for refresh requests and all others.
func isRefresh(o *flow.OAuthV2) string { return policyxml.IsGrant(o.GrantVariable(), refreshGrant) }
func isNoRefresh(o *flow.OAuthV2) string {
	return policyxml.IsNotGrant(o.GrantVariable(), refreshGrant)
}

// pasteFlow adds a flow for refresh requests above one that lets none in, at its path.
func pasteFlow(d *audit.Diagnostic, above finding.Hop, policy string, o *flow.OAuthV2, suffixes []string) {
	condition := isRefresh(o)
	if len(suffixes) == 1 {
		condition = fmt.Sprintf("proxy.pathsuffix MatchesPath %q and %s", suffixes[0], condition)
	}
	paste(d, policyxml.Flow(refreshGrant, condition, policyxml.Step(policy, "")), above, "above "+above.Unconditional())
}

// attachBeside proposes the step that lets a refresh policy run where another policy issues: after its step, or in a flow of its own
// where the flow around it lets no refresh request in, and a condition for the issuing step that would fault on it. The words
// say where, and begin with a verb; it is the policy in them.
func attachBeside(d *audit.Diagnostic, is flow.Issuance, policy, it string, o *flow.OAuthV2) string {
	about := d.Policy.Program
	issuing := is.Site.Policy
	variable := o.GrantVariable()
	b, ok := is.Site.Beside(variable)
	if !ok {
		return fmt.Sprintf("attach %s next to %q with the condition %s", it, issuing.Name, isRefresh(o))
	}
	if r := b.Refusing; r != nil {
		if r.What == finding.HopFlow {
			pasteFlow(d, *r, policy, o, b.Suffixes)
			return fmt.Sprintf("attach %s in a flow of its own above %s, which lets no refresh request in", it, placeOf(*r, about))
		}
		paste(d, policyxml.Step(policy, isRefresh(o)), b.Step, "after "+b.Step.Unconditional())
		pasteCondition(d, *r, policyxml.Or(r.Condition, isRefresh(o)))
		return fmt.Sprintf("attach %s after %s, and let refresh requests past %s", it, placeOf(b.Step, about), placeOf(*r, about))
	}
	paste(d, policyxml.Step(policy, isRefresh(o)), b.Step, "after "+b.Step.Unconditional())
	words := fmt.Sprintf("attach %s after %s in %s", it, placeOf(b.Step, about), b.Flow.Unconditional())
	if b.Takes && pasteCondition(d, b.Step, policyxml.And(b.Step.Condition, isNoRefresh(o))) {
		words += fmt.Sprintf(", and keep refresh requests away from %q, which faults on them", issuing.Name)
	}
	return words
}

// addRefresh proposes a refresh policy for the tokens that a bundle issues, and where it runs. The words begin with a verb.
func addRefresh(d *audit.Diagnostic, is flow.Issuance, s finding.Settings) string {
	issuing := is.Site.Policy
	r := refreshFor(issuing.OAuth, s)
	r.Name = freeName(issuing.Program, "RefreshAccessToken")
	if r.JWT != nil {
		r.Name = freeName(issuing.Program, "RefreshJWTAccessToken")
	}
	at := issuing.Hop()
	at.File, at.Line = issuing.Program.Revision.Kind.Root()+"/policies/"+r.Name+".xml", 0
	paste(d, r.XML(), at, "a new file")
	return fmt.Sprintf("add the OAuthV2 policy %q and %s", r.Name, attachBeside(d, is, r.Name, "it", issuing.OAuth))
}

// refreshFor is the policy that refreshes what another one issues: with its variables and its lifetimes, as far as these are
// sound.
func refreshFor(o *flow.OAuthV2, s finding.Settings) policyxml.Refresh {
	r := policyxml.Refresh{
		GrantType: o.GrantType.Value, Reuse: s.Profile == finding.ProfileFAPI,
		ExpiresIn: "1800000", ExpiresInRef: o.ExpiresIn.Ref,
		RefreshTokenExpiresIn: strconv.FormatInt(s.MaxRefreshLifetime.Milliseconds(), 10), RefreshTokenExpiresInRef: o.RefreshTokenExpiresIn.Ref,
	}
	access, refresh := readLifetime(o.ExpiresIn), readLifetime(o.RefreshTokenExpiresIn)
	if access.kind == flow.LifetimeTimed && !access.inSeconds() {
		r.ExpiresIn = strconv.FormatInt(access.ms, 10)
	}
	if refresh.kind == flow.LifetimeTimed && !refresh.inSeconds() && refresh.ms <= s.MaxRefreshLifetime.Milliseconds() && refresh.ms > access.ms {
		r.RefreshTokenExpiresIn = strconv.FormatInt(refresh.ms, 10)
	}
	if sign := o.Signing; sign != nil {
		jwt := policyxml.Signing(*sign)
		jwt.Algorithm, jwt.Ref = cmp.Or(jwt.Algorithm, "RS256"), cmp.Or(jwt.Ref, "private.key")
		r.JWT = &jwt
	}
	if o.Imports() {
		r.External = &policyxml.External{AccessToken: o.ExternalAccessToken.Value, RefreshToken: o.ExternalRefreshToken.Value}
	}
	return r
}

// freeName is a name that no policy of the bundle that the audit looks at has.
func freeName(u *flow.Program, name string) string {
	return policyxml.FreeName(name, func(name string) bool { return u.Policy(name) != nil })
}
