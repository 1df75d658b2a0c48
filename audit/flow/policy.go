package flow

import (
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/xmltree"
	"apigee-audit/audit/finding"
)

// Policy is one policy that matters to the audit: it handles tokens, steers the flow, or writes or reads variables.
type Policy struct {
	Name, Type, File         string
	Enabled, ContinueOnError bool
	Span                     xmltree.Span // the root start tag
	Program                  *Program

	OAuth      *OAuthV2    // OAuthV2 policies that generate, refresh or invalidate
	Reads      *Read       // GetOAuthV2Info of a refresh token
	Revoke     *Revocation // RevokeOAuthV2
	SharedFlow string      // FlowCallout: the shared flow it calls
	// CalloutSpan is the SharedFlowBundle element of a FlowCallout.
	CalloutSpan xmltree.Span
	// Mentions are the places where the policy speaks of refresh tokens or of whole messages.
	Mentions []Mention
	// Outputs is what the policy puts where it outlives the request, whatever it is, and Copies what it fills variables from.
	Outputs []Mention
	Copies  []Copy
	// PostsRefresh reports whether the policy can send grant_type=refresh_token somewhere (ServiceCallout, scripts).
	PostsRefresh bool
	Opaque       bool // code that the audit cannot follow: scripts and Java

	// GrantRecord is the custom dimension of analytics in which the policy records the grant type, "" for none.
	GrantRecord   string
	recordedGrant string // the variable it records

	// Answer is the body that an AssignMessage gives a message, nil when it gives none.
	Answer *Answer
	// Authentication says whether the policy makes sure who the client is.
	Authentication Authentication

	// revocation is how the policy revokes refresh tokens; nil where it revokes none.
	revocation *finding.Revocation
	writes     []write
	steady     bool // it cannot fail: an AssignMessage of literals
	addresses  []Address
	source     string // from the root element on, bounded and without secrets; "" when no finding can point here
}

// Read is what a GetOAuthV2Info policy with a RefreshToken element says.
type Read struct {
	// Token is the element, with the variable that holds the token; "" where the element names none.
	Token xmltree.Text
}

// reads is the variable from which the policy looks at a refresh token, "" for none.
func (p *Policy) reads() string {
	if p.Reads == nil {
		return ""
	}
	return p.Reads.Token.Value
}

func (r *programReader) readPolicies() {
	names := make([]string, 0, len(r.bundle.Policies))
	for name := range r.bundle.Policies {
		names = append(names, name)
	}
	slices.Sort(names)
	r.findAliases(names)
	for _, name := range names {
		src := r.bundle.Policies[name]
		r.readDirectives(src)
		p := &Policy{
			Name: strings.Clone(src.Name), Type: strings.Clone(src.Type), File: src.File,
			Enabled: src.Enabled, ContinueOnError: src.ContinueOnError,
			Program: r.program,
		}
		r.understand(p, src)
		r.program.handlesTokens = r.program.handlesTokens || p.namesRefreshToken()
		r.program.Policies = append(r.program.Policies, p)
	}
	// What policies write matters only near tokens, and most proxies are far from them.
	r.program.callsTokenFlows = r.shared.callsTokenFlows(r.program)
	if !r.program.untouched() {
		r.program.properties = r.readPropertySets()
		for _, p := range r.program.Policies {
			src := r.bundle.Policies[p.Name]
			p.Span = src.Doc.TagSpan(src.Doc.Root)
			r.understandWrites(p, src)
			p.addresses = r.readAddresses(p, src.Doc)
			p.Outputs, p.Copies = readOutputs(src.Doc), append(p.Copies, r.copiesOf(p.Name)...)
		}
	}
	r.program.Policies = keep(r.program.Policies, (*Policy).meansSomething)
	for _, p := range r.program.Policies {
		if !r.program.untouched() { // no finding points there
			p.keepSource(r.bundle.Policies[p.Name].Doc)
		}
		r.byName[p.Name] = p
	}
}

// untouched tells proxies that neither handle tokens nor call a shared flow that does.
func (u *Program) untouched() bool {
	return u.Revision.Kind == apigee.KindProxy && !u.handlesTokens && !u.callsTokenFlows
}

// understand fills in what the policy's type means to the audit.
func (r *programReader) understand(p *Policy, src *bundle.Policy) {
	d, root := src.Doc, src.Doc.Root
	p.Mentions = r.readMentions(d)
	switch p.Type {
	case bundle.TypeOAuthV2:
		o := readOAuthV2(src)
		if o.Generates() || o.Refreshes() || o.Operation == InvalidateToken {
			p.OAuth = o
		}
	case bundle.TypeGetOAuthV2Info:
		if n := root.Child("RefreshToken"); n != nil {
			p.Reads = &Read{Token: d.TextOf(n)}
			if ref, ok := n.Attr("ref"); ok {
				p.Reads.Token.Value = strings.Clone(ref)
			}
		}
	case bundle.TypeRevokeOAuthV2:
		p.Revoke = readRevocation(d)
	case bundle.TypeFlowCallout:
		n := root.Child("SharedFlowBundle")
		p.SharedFlow, p.CalloutSpan = strings.Clone(n.String()), d.Span(n)
	case bundle.TypeAssignMessage:
		p.Answer = readAnswer(d)
	}
	p.GrantRecord, p.recordedGrant = readGrantRecord(root)
	p.Authentication = authentication(p.Type, root)
	p.revocation = p.readRevocation(root)
}

// understandWrites fills in which variables the policy may set, and notes which it reads.
func (r *programReader) understandWrites(p *Policy, src *bundle.Policy) {
	p.writes = r.readWrites(p, src)
	p.steady = p.Type == bundle.TypeAssignMessage && takesNothing(src.Doc)
	for _, w := range p.writes {
		for _, source := range []string{w.copyOf, w.from} {
			if source != "" && !w.prefix {
				r.reads(source)
			}
		}
	}
	for _, v := range p.consumes() {
		r.program.reads = append(r.program.reads, canonical(v))
	}
}

// takesNothing reports whether an AssignMessage is made of literals alone, so that no variable can be missing.
func takesNothing(d *xmltree.Document) bool {
	for n := range d.Root.Descendants() {
		switch n.Name {
		case "Ref", "PropertySetRef", "ResourceURL", "Copy":
			return false
		}
		if _, has := n.Attr("ref"); has || strings.Contains(n.Text, "{") {
			return false
		}
	}
	return true
}

// What a policy means to the audit is asked in five widths, each of which holds the one before:
//
//	operatesOnTokens   it does something to tokens as such
//	namesRefreshToken  … or takes a variable that holds a refresh token: its bundle is one that handles tokens
//	handlesTokens      … or takes a whole message, which may hold one: whether it can run must be proved
//	matters            … or decides what happens to those: leaving it out of the walk could change a verdict
//	meansSomething     … or is of use in some bundle; which ones matter is known once the bundle is read
//
// and beside them bearsOnTokens: it handles none, and must be placed among those that do.

// operatesOnTokens reports whether the policy issues, refreshes, reads or revokes tokens.
func (p *Policy) operatesOnTokens() bool { return p.OAuth != nil || p.Reads != nil || p.Revoke != nil }

// namesRefreshToken reports whether the policy is about refresh tokens, not only about whole messages.
func (p *Policy) namesRefreshToken() bool {
	return p.operatesOnTokens() || slices.ContainsFunc(p.Mentions, func(m Mention) bool { return !m.IsBody() })
}

// handlesTokens reports whether the way of the policy through the flow may have to be shown.
func (p *Policy) handlesTokens() bool { return p.operatesOnTokens() || len(p.Mentions) > 0 }

// bearsOnTokens reports whether the policy must be placed among those that handle tokens: it authenticates clients, runs
// code, replaces a response, records the grant type, copies values or puts them where they stay, or stops requests.
func (p *Policy) bearsOnTokens() bool {
	return p.Authentication != NoAuthentication || p.Opaque || p.Answer != nil || p.GrantRecord != "" ||
		len(p.Copies) > 0 || len(p.Outputs) > 0 || p.stops()
}

// stops reports whether no request gets past the policy.
func (p *Policy) stops() bool { return p.Type == bundle.TypeRaiseFault }

// matters reports whether leaving the policy out of the walk could change a verdict.
func (p *Policy) matters(u *Program) bool {
	shared := u.Revision.Kind == apigee.KindSharedFlow
	return p.handlesTokens() || p.SharedFlow != "" || p.stops() || len(p.writes) > 0 || p.PostsRefresh || len(p.addresses) > 0 ||
		(u.handlesTokens || shared) && p.bearsOnTokens()
}

// meansSomething reports whether the audit may have a use for the policy.
func (p *Policy) meansSomething() bool {
	return p.handlesTokens() || p.Type == bundle.TypeFlowCallout || len(p.writes) > 0 || p.PostsRefresh || p.bearsOnTokens()
}
