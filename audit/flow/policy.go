package flow

import (
	"maps"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/xmltree"
	"apigee-audit/audit/finding"
)

// Policy is one policy that matters to the audit: it handles tokens, steers the flow, or writes or reads variables.
type Policy struct {
	*Definition
	Program *Program
	effects *effects // nil for none
}

// effects are what a policy does to variables, as far as anybody may ask, and the addresses that it speaks of. Policies that do the same
// share them.
type effects struct {
	copies    []Copy
	writes    []write
	addresses []Address
}

// Copies is what the policy fills variables from, as far as anybody may ask: see [programReader.keepCopies].
func (p *Policy) Copies() []Copy {
	if p.effects == nil {
		return nil
	}
	return p.effects.copies
}

// writes is what the policy may set, as far as anybody may ask: see [programReader.keepWrites].
func (p *Policy) writes() []write {
	if p.effects == nil {
		return nil
	}
	return p.effects.writes
}

// addresses are those that the policy speaks of.
func (p *Policy) addresses() []Address {
	if p.effects == nil {
		return nil
	}
	return p.effects.addresses
}

// Definition is what the file of a policy says. Programs that are made from a template share those of files that are the same.
type Definition struct {
	Name, Type, File string
	Span             xmltree.Span // the root start tag

	// These stand together because an organization has a hundred thousand policies.
	Enabled, ContinueOnError bool
	// PostsRefresh reports whether the policy can send grant_type=refresh_token somewhere (ServiceCallout, scripts).
	PostsRefresh bool
	Opaque       bool // code that the audit cannot follow: scripts and Java
	// Authentication says whether the policy makes sure who the client is.
	Authentication Authentication
	copies         bool // there are Copies, or were
	steady         bool // it cannot fail: an AssignMessage of literals

	OAuth      *OAuthV2    // OAuthV2 policies that generate, refresh or invalidate
	Reads      *Read       // GetOAuthV2Info of a refresh token
	Revoke     *Revocation // RevokeOAuthV2
	SharedFlow string      // FlowCallout: the shared flow it calls
	// CalloutSpan is the SharedFlowBundle element of a FlowCallout.
	CalloutSpan xmltree.Span
	// Mentions are the places where the policy speaks of refresh tokens or of whole messages.
	Mentions []Mention
	// Outputs is what the policy puts where it outlives the request, whatever it is.
	Outputs []Mention
	// Answer is the body that an AssignMessage gives a message, nil when it gives none.
	Answer *Answer

	grants *grantRecord // nil where the policy records no grant type
	// revocation is how the policy revokes refresh tokens; nil where it revokes none.
	revocation *finding.Revocation
	source     string // from the root element on, bounded and without secrets; "" when no finding can point here
}

// Read is what a GetOAuthV2Info policy with a RefreshToken element says.
type Read struct {
	// Token is the element, with the variable that holds the token; "" where the element names none.
	Token xmltree.Text
}

// reads is the variable from which the policy looks at a refresh token, "" for none.
func (p *Definition) reads() string {
	if p.Reads == nil {
		return ""
	}
	return p.Reads.Token.Value
}

// draft is a policy that is being read. What it sets and fills is spelled out once it is known who reads it.
type draft struct {
	*Policy
	src     *bundle.Policy
	known   *definition // nil where it is read for this program alone
	changes []change
	fills   []fill
	taken   []Copy    // those of fills that are kept, and of scripts
	sets    []write   // those of changes that are kept
	speaks  []Address // that it speaks of
	filled  bool      // fills were read
	silent  bool      // the file of the fills that were read names neither a refresh token nor a body
}

func (r *programReader) readPolicies() {
	u := r.program
	names := slices.Sorted(maps.Keys(r.bundle.Policies))
	r.begin(len(names))
	for i, name := range names {
		r.drafts[i].src = r.bundle.Policies[name]
	}
	r.findAliases()
	plain := r.plain()
	var called []string
	for i := range r.drafts {
		d := &r.drafts[i]
		r.readDirectives(d.src)
		d.Program = u
		if d.known = r.definitionOf(d.src, plain); d.known != nil {
			d.Definition = &d.known.understood
		} else {
			r.understand(d.Definition, d.src)
		}
		u.handlesTokens = u.handlesTokens || d.namesRefreshToken()
		if d.SharedFlow != "" {
			called = append(called, d.SharedFlow)
		}
	}
	// What policies write matters only near tokens, and most proxies are far from them.
	u.callsTokenFlows = r.shared.callsTokenFlows(called)
	if !u.untouched() {
		u.properties = r.readPropertySets()
		for i := range r.drafts {
			r.readDataFlow(&r.drafts[i])
		}
	}
	r.drafts = slices.DeleteFunc(r.drafts, func(d draft) bool { return !d.meansSomething() })
	n := len(r.drafts)
	if u.untouched() {
		n = len(called)
	}
	own := make([]Policy, 0, n)
	u.Policies = make([]*Policy, 0, n)
	for i := range r.drafts {
		d := &r.drafts[i]
		if d.SharedFlow == "" && u.untouched() { // steps have conditions that may be worth a notice
			r.byName[d.Name] = d.Policy
			continue
		}
		own = append(own, *d.Policy)
		d.Policy = &own[len(own)-1]
		if d.known == nil {
			d.Definition = r.own(d)
		}
		r.byName[d.Name] = d.Policy
		u.Policies = append(u.Policies, d.Policy)
	}
}

// own is the definition of a policy in this program alone, to be kept.
func (r *programReader) own(d *draft) *Definition {
	p, word := d.Definition, r.shared.word
	p.Name, p.Type, p.File = word(p.Name), word(p.Type), word(p.File)
	if !r.program.untouched() { // no finding points there
		p.keepSource(d.src.Doc)
	}
	if key, ok := p.plain(); ok {
		return r.shared.definitions.of(key, maxDefinitions, func(plain) *Definition { return p.kept() })
	}
	return p.kept()
}

// kept is a copy to be kept.
func (p *Definition) kept() *Definition {
	kept := *p
	return &kept
}

// plain is a definition that says so little that many policies have the same, although their files are not the same.
type plain struct {
	name, policyType, file                                         string
	span                                                           xmltree.Span
	enabled, continueOnError, postsRefresh, opaque, copies, steady bool
	authentication                                                 Authentication
	answers                                                        bool
	answer                                                         Answer
}

// plain is all that the definition says, if it is.
func (p *Definition) plain() (key plain, ok bool) {
	if p.OAuth != nil || p.Reads != nil || p.Revoke != nil || p.SharedFlow != "" || p.CalloutSpan != (xmltree.Span{}) ||
		len(p.Mentions)+len(p.Outputs) > 0 || p.grants != nil || p.revocation != nil || p.source != "" {
		return plain{}, false
	}
	key = plain{
		name: p.Name, policyType: p.Type, file: p.File, span: p.Span, enabled: p.Enabled, continueOnError: p.ContinueOnError,
		postsRefresh: p.PostsRefresh, opaque: p.Opaque, copies: p.copies, steady: p.steady, authentication: p.Authentication,
	}
	if p.Answer != nil {
		key.answers, key.answer = true, *p.Answer
	}
	return key, true
}

// untouched tells proxies that neither handle tokens nor call a shared flow that does.
func (u *Program) untouched() bool {
	return u.Revision.Kind == apigee.KindProxy && !u.handlesTokens && !u.callsTokenFlows
}

// understand fills in what the policy's type means to the audit.
func (r *programReader) understand(p *Definition, src *bundle.Policy) {
	d, root := src.Doc, src.Doc.Root
	*p = Definition{Name: src.Name, Type: src.Type, File: src.File, Enabled: src.Enabled, ContinueOnError: src.ContinueOnError}
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
	p.grants = readGrantRecord(root)
	p.Authentication = authentication(p.Type, root)
	p.revocation = p.readRevocation(root)
}

// readDataFlow fills in which variables the policy may set and what it does with others, and notes which it reads.
func (r *programReader) readDataFlow(d *draft) {
	if d.known != nil {
		d.Definition, d.changes, d.fills, d.speaks, d.filled = &d.known.whole, d.known.changes, d.known.fills, d.known.addresses, true
	} else {
		r.followDataFlow(d)
	}
	for i := range d.changes {
		c := &d.changes[i]
		for _, source := range [...]string{c.copyOf, c.from} {
			if source != "" && !c.prefix {
				r.reads(source)
			}
		}
	}
	for _, v := range d.consumes() {
		r.read(v)
	}
}

func (r *programReader) followDataFlow(d *draft) {
	doc := d.src.Doc
	d.Span = doc.TagSpan(doc.Root)
	n := len(r.changes)
	r.taken = nil
	r.changes = r.appendChanges(r.changes, d.Policy, d.src)
	d.taken = r.taken
	d.changes = r.changes[n:]
	d.steady = d.Type == bundle.TypeAssignMessage && takesNothing(doc)
	d.speaks, d.Outputs = r.readAddresses(d.Policy, doc), readOutputs(doc)
	d.copies = len(d.taken) > 0 || len(r.fillsOf(d)) > 0
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
func (p *Definition) operatesOnTokens() bool {
	return p.OAuth != nil || p.Reads != nil || p.Revoke != nil
}

// namesRefreshToken reports whether the policy is about refresh tokens, not only about whole messages.
func (p *Definition) namesRefreshToken() bool {
	return p.operatesOnTokens() || slices.ContainsFunc(p.Mentions, func(m Mention) bool { return !m.IsBody() })
}

// handlesTokens reports whether the way of the policy through the flow may have to be shown.
func (p *Definition) handlesTokens() bool { return p.operatesOnTokens() || len(p.Mentions) > 0 }

// bearsOnTokens reports whether the policy must be placed among those that handle tokens: it authenticates clients, runs
// code, replaces a response, records the grant type, copies values or puts them where they stay, or stops requests.
func (p *Policy) bearsOnTokens() bool {
	return p.Authentication != NoAuthentication || p.Opaque || p.Answer != nil || p.grants != nil ||
		p.copies || len(p.Outputs) > 0 || p.stops()
}

// findable reports whether a finding, or evidence, can be about the policy: it does something to tokens, puts values where they stay, or
// calls a shared flow that is not there.
func (p *Policy) findable() bool {
	return p.handlesTokens() || len(p.Outputs) > 0 || p.SharedFlow != ""
}

// stops reports whether no request gets past the policy.
func (p *Definition) stops() bool { return p.Type == bundle.TypeRaiseFault }

// matters reports whether leaving the policy out of the walk could change a verdict.
func (p *Policy) matters(u *Program) bool {
	shared := u.Revision.Kind == apigee.KindSharedFlow
	return p.handlesTokens() || p.SharedFlow != "" || p.stops() || len(p.writes()) > 0 || p.PostsRefresh || len(p.addresses()) > 0 ||
		(u.handlesTokens || shared) && p.bearsOnTokens()
}

// meansSomething reports whether the audit may have a use for the policy.
func (d *draft) meansSomething() bool {
	return d.handlesTokens() || d.Type == bundle.TypeFlowCallout || len(d.changes) > 0 || d.PostsRefresh || d.bearsOnTokens()
}
