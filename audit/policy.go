package audit

import (
	"slices"
	"strings"

	"apigee-audit/apigee"
)

// Policy is one policy that matters to the audit: it handles tokens, steers the flow, or writes or reads variables.
type Policy struct {
	Name, Type, File         string
	Enabled, ContinueOnError bool
	Span                     apigee.Span // the root start tag
	Unit                     *Unit

	OAuth      *OAuthV2    // OAuthV2 policies that generate, refresh or invalidate
	ReadsToken apigee.Text // GetOAuthV2Info: its RefreshToken element; the span is known when the element is there
	Revoke     *Revocation // RevokeOAuthV2
	SharedFlow string      // FlowCallout: the shared flow it calls
	// CalloutSpan is the SharedFlowBundle element of a FlowCallout.
	CalloutSpan apigee.Span
	// Mentions are the places where the policy speaks of refresh tokens or of whole messages.
	Mentions []Mention
	// PostsRefresh tells that the policy can send grant_type=refresh_token somewhere (ServiceCallout, scripts).
	PostsRefresh bool
	Opaque       bool // code that the audit cannot follow: scripts and Java

	// GrantRecord is the custom dimension of analytics in which the policy records the grant type, "" for none.
	GrantRecord   string
	recordedGrant string // the variable it records

	// Answer is the body that an AssignMessage gives a message, nil when it gives none.
	Answer *Answer
	// Authentication says whether the policy makes sure who the client is.
	Authentication Authentication

	writes []write
}

// Revocation is what a RevokeOAuthV2 policy says.
type Revocation struct {
	Cascade Flag
}

// Mention is one place in a policy that names a variable or message holding a refresh token.
type Mention struct {
	Variable string
	Element  string // path of the element below the root: "AssignTo/Payload"
	Span     apigee.Span
}

func (r *unitReader) readPolicies() {
	names := make([]string, 0, len(r.bundle.Policies))
	for name := range r.bundle.Policies {
		names = append(names, name)
	}
	sortStrings(names)
	r.findAliases(names)
	for _, name := range names {
		src := r.bundle.Policies[name]
		p := &Policy{
			Name: strings.Clone(src.Name), Type: strings.Clone(src.Type), File: src.File,
			Enabled: src.Enabled, ContinueOnError: src.ContinueOnError,
			Span: src.Doc.TagSpan(src.Doc.Root), Unit: r.unit,
		}
		if !r.understand(p, src) {
			continue
		}
		r.byName[p.Name] = p
		r.unit.handlesTokens = r.unit.handlesTokens || p.namesRefreshToken()
		r.unit.Policies = append(r.unit.Policies, p)
	}
}

// understand fills in what the policy's type means to the audit; false when it means nothing.
func (r *unitReader) understand(p *Policy, src *apigee.Policy) bool {
	d, root := src.Doc, src.Doc.Root
	p.Mentions = r.readMentions(d)
	keep := len(p.Mentions) > 0
	switch p.Type {
	case "OAuthV2":
		o := readOAuthV2(src)
		if o.Generates() || o.Refreshes() || o.Operation == InvalidateToken {
			p.OAuth, keep = o, true
		}
	case "GetOAuthV2Info":
		if n := root.Child("RefreshToken"); n != nil {
			p.ReadsToken = d.TextOf(n)
			if ref, ok := n.Attr("ref"); ok {
				p.ReadsToken.Value = strings.Clone(ref)
			}
			keep = true
		}
	case "RevokeOAuthV2":
		p.Revoke, keep = &Revocation{Cascade: readFlag(d, root.Child("Cascade"))}, true
	case "RaiseFault":
		keep = true
	case "FlowCallout":
		n := root.Child("SharedFlowBundle")
		p.SharedFlow, p.CalloutSpan, keep = strings.Clone(n.String()), d.Span(n), true
	case "AssignMessage":
		p.Answer = readAnswer(d)
	}
	p.GrantRecord, p.recordedGrant = readGrantRecord(root)
	external := strings.EqualFold(root.Child("ExternalAuthorization").String(), "true")
	p.Authentication = authentication(p.Type, root.Child("Operation").String(), external)
	p.writes = r.readWrites(p, src)
	for _, w := range p.writes {
		if w.copyOf != "" {
			r.unit.reads = append(r.unit.reads, canonical(w.copyOf))
		}
	}
	if o := p.OAuth; o != nil { // rules ask where these come from
		for _, v := range []string{o.GrantType.Value, o.UserName.Value, o.PassWord.Value, o.RefreshToken.Value, o.ClientID.Value} {
			if v != "" {
				r.unit.reads = append(r.unit.reads, canonical(v))
			}
		}
	}
	return keep || p.GrantRecord != "" || len(p.writes) > 0 || p.PostsRefresh || p.Opaque || p.Answer != nil || p.Authentication != NoAuthentication
}

// namesRefreshToken tells policies that are about refresh tokens, not only about whole messages.
func (p *Policy) namesRefreshToken() bool {
	return p.OAuth != nil || p.ReadsToken.Span.Line > 0 || p.Revoke != nil ||
		slices.ContainsFunc(p.Mentions, func(m Mention) bool { return !holdsMessage(m.Variable) })
}
