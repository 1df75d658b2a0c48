package flow

import (
	"slices"
	"strings"

	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/xmltree"
	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
)

// Operations of the OAuthV2 policy that matter to refresh tokens.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/policies/oauthv2-policy.
const (
	GenerateAccessToken    = "GenerateAccessToken"
	GenerateJWTAccessToken = "GenerateJWTAccessToken"
	RefreshAccessToken     = "RefreshAccessToken"
	RefreshJWTAccessToken  = "RefreshJWTAccessToken"
	InvalidateToken        = "InvalidateToken"

	GenerateAuthorizationCode = "GenerateAuthorizationCode"
)

// Grant types of SupportedGrantTypes.
const (
	GrantAuthorizationCode = "authorization_code"
	GrantPassword          = "password"
	GrantClientCredentials = "client_credentials"
	GrantImplicit          = "implicit"
)

// OAuthV2 is what an OAuthV2 policy says, each part with its position.
type OAuthV2 struct {
	// Operation is one of the known operations, as the schema spells it. Without an Operation element it is what the other
	// elements suggest, and OperationMissing is true. Such a policy should not deploy (OperationRequired).
	Operation        string
	OperationMissing bool
	OperationSpan    xmltree.Span

	// Grants are the grant types the policy accepts: the list, or the platform's default when there is none.
	Grants       []string
	GrantsListed bool
	GrantsSpan   xmltree.Span
	GrantType    xmltree.Text // the variable that holds the grant type, "" for the default

	RefreshToken                     xmltree.Text // the variable that holds the refresh token, "" for the default
	ExpiresIn, RefreshTokenExpiresIn Lifetime
	ReuseRefreshToken                Flag
	GenerateResponse                 bool // the policy itself writes the token response

	ExternalAuthorization Flag
	StoreToken            Flag
	ExternalAccessToken   xmltree.Text
	ExternalRefreshToken  xmltree.Text

	UserName, PassWord xmltree.Text
	ClientID           xmltree.Text
	AppEndUser         xmltree.Text // the variable with the end user that the token is issued for, "" for none
	Tokens             []Token
	Attributes         []Attribute
	// Signing says how JWT access tokens are signed, nil for opaque ones.
	Signing *Signing
}

// Signing is the algorithm of JWT access tokens and where their key comes from.
type Signing struct {
	Algorithm string
	// Key is the element, SecretKey or PrivateKey; Ref, PasswordRef, IDRef and ID are what it holds.
	Key, Ref, PasswordRef, IDRef, ID string
}

// ReadSigning reads how an OAuthV2 policy signs, nil for operations without JWTs.
// Source: docs.cloud.google.com/apigee/docs/api-platform/security/oauth/using-jwt-oauth.
func ReadSigning(root *xmltree.Node) *Signing {
	if operation := knownOperation(root.Child("Operation").String()); operation != GenerateJWTAccessToken && operation != RefreshJWTAccessToken {
		return nil
	}
	s := &Signing{Algorithm: strings.Clone(strings.ToUpper(root.Child("Algorithm").String())), Key: "PrivateKey"}
	if strings.HasPrefix(s.Algorithm, "HS") || root.Child("SecretKey") != nil && root.Child("PrivateKey") == nil {
		s.Key = "SecretKey"
	}
	key := root.Child(s.Key)
	ref := func(name string) string {
		v, _ := key.Child(name).Attr("ref")
		return strings.Clone(v)
	}
	s.Ref, s.PasswordRef, s.IDRef, s.ID = ref("Value"), ref("Password"), ref("Id"), strings.Clone(key.Child("Id").String())
	return s
}

// Flag is a boolean element. Absent elements are not Present and not Value.
type Flag struct {
	Present, Value bool
	Span           xmltree.Span
}

// Token is one entry of Tokens in InvalidateToken.
type Token struct {
	Type    string // "accesstoken" or "refreshtoken", lower case
	Cascade Flag
	Value   xmltree.Text // the variable that holds the token
	Span    xmltree.Span
}

// Attribute is a custom attribute that is stored with the token.
type Attribute struct {
	Name, Ref, Value string
	Display          bool
	Span             xmltree.Span
}

// Refreshes reports whether the policy consumes a refresh token through Apigee; nil, which is no OAuthV2 policy, does not.
func (o *OAuthV2) Refreshes() bool {
	if o == nil {
		return false
	}
	return o.Operation == RefreshAccessToken || o.Operation == RefreshJWTAccessToken
}

// Generates reports whether the policy mints tokens of a kind that can come with a refresh token.
func (o *OAuthV2) Generates() bool {
	return o.Operation == GenerateAccessToken || o.Operation == GenerateJWTAccessToken
}

// RefreshableGrants are the accepted grants that come with a refresh token: authorization_code and password.
// Source: docs.cloud.google.com/apigee/docs/api-platform/antipatterns/issuing-refresh-tokens.
func (o *OAuthV2) RefreshableGrants() []string {
	if !o.Generates() || o.passesThrough() {
		return nil
	}
	var out []string
	for _, g := range o.Grants {
		if (g == GrantAuthorizationCode || g == GrantPassword) && !slices.Contains(out, g) {
			out = append(out, g)
		}
	}
	slices.Sort(out)
	return out
}

// defaultRefreshToken is where OAuthV2 looks for the refresh token unless its RefreshToken element names another variable.
// Source: docs.cloud.google.com/apigee/docs/api-platform/security/oauth/access-tokens.
const defaultRefreshToken = "request.formparam.refresh_token"

// TakesRefreshToken is the variable in which a refresh operation finds the token.
func (o *OAuthV2) TakesRefreshToken() string {
	if o.RefreshToken.Value == "" {
		return defaultRefreshToken
	}
	return o.RefreshToken.Value
}

// consumes lists the variables that a policy takes tokens, grants and credentials from: rules ask where they come from.
func (p *Policy) consumes() []string {
	var out []string
	add := func(variables ...string) {
		for _, v := range variables {
			if v != "" {
				out = append(out, v)
			}
		}
	}
	add(p.reads())
	if o := p.OAuth; o != nil {
		add(o.GrantType.Value, o.UserName.Value, o.PassWord.Value, o.ClientID.Value)
		if o.Refreshes() {
			add(o.TakesRefreshToken())
		}
		for _, t := range o.Tokens {
			add(t.Value.Value)
		}
	}
	return out
}

// IssuesJWT reports whether the policy mints access tokens that are JWTs.
func (o *OAuthV2) IssuesJWT() bool { return o.Operation == GenerateJWTAccessToken }

// KeepsItsEnd reports whether a refresh operation returns the same token again, with its expiry unchanged.
func (o *OAuthV2) KeepsItsEnd() bool { return o.Refreshes() && o.ReuseRefreshToken.Value }

// Imports reports whether the policy stores a refresh token that another system issued.
func (o *OAuthV2) Imports() bool {
	return o.Generates() && !o.passesThrough() && o.ExternalRefreshToken.Value != ""
}

// passesThrough reports whether the tokens of another system are handed on and expressly not stored. What an absent
// StoreToken means beside ExternalAuthorization is less sure.
// Source: the StoreToken element in SAP's documentation of the licensed policy.
func (o *OAuthV2) passesThrough() bool {
	return o.ExternalAuthorization.Value && o.StoreToken.Present && !o.StoreToken.Value
}

// Confidence is how sure it is that the policy issues or refreshes stored tokens, with the reason for any doubt.
func (o *OAuthV2) Confidence() (finding.Confidence, string) {
	switch {
	case o.OperationMissing:
		return finding.LowConfidence, "it has no Operation element and is read as " + o.Operation + ", which is not documented"
	case o.StoreToken.Present && !o.StoreToken.Value:
		return finding.LowConfidence, "StoreToken is false, and whether that keeps the token out of the store is not documented"
	case o.ExternalAuthorization.Value && !o.StoreToken.Value:
		return finding.LowConfidence, "with ExternalAuthorization a token may be stored only where StoreToken is true"
	}
	return finding.HighConfidence, ""
}

func readOAuthV2(p *bundle.Policy) *OAuthV2 {
	d, root := p.Doc, p.Doc.Root
	o := &OAuthV2{
		GrantType: d.TextOf(root.Child("GrantType")), RefreshToken: d.TextOf(root.Child("RefreshToken")),
		ExpiresIn:             readLifetime(d, root.Child("ExpiresIn")),
		RefreshTokenExpiresIn: readLifetime(d, root.Child("RefreshTokenExpiresIn")),
		ReuseRefreshToken:     readFlag(d, root.Child("ReuseRefreshToken")),
		ExternalAuthorization: readFlag(d, root.Child("ExternalAuthorization")),
		StoreToken:            readFlag(d, root.Child("StoreToken")),
		ExternalAccessToken:   d.TextOf(root.Child("ExternalAccessToken")),
		ExternalRefreshToken:  d.TextOf(root.Child("ExternalRefreshToken")),
		AppEndUser:            d.TextOf(root.Child("AppEndUser")),
		UserName:              d.TextOf(root.Child("UserName")), PassWord: d.TextOf(root.Child("PassWord")),
		ClientID: d.TextOf(root.Child("ClientId")),
	}
	op := root.Child("Operation")
	o.Operation, o.OperationSpan = knownOperation(op.String()), d.Span(op)
	if r := root.Child("GenerateResponse"); r != nil {
		o.GenerateResponse = !r.IsFalse("enabled")
	}
	grants := root.Child("SupportedGrantTypes")
	if op.String() == "" {
		o.OperationMissing, o.OperationSpan = true, d.TagSpan(root)
		o.Operation = likelyOperation(root, grants)
	}
	o.readGrants(d, grants)
	o.Signing = ReadSigning(root)
	for t := range root.Child("Tokens").Children() {
		if t.Name == "Token" {
			kind, _ := t.Attr("type")
			o.Tokens = append(o.Tokens, Token{
				Type: strings.Clone(strings.ToLower(kind)), Cascade: readFlagAttr(d, t, "cascade"), Value: d.TextOf(t), Span: d.Span(t),
			})
		}
	}
	for a := range root.Child("Attributes").Children() {
		if a.Name == "Attribute" {
			name, _ := a.Attr("name")
			ref, _ := a.Attr("ref")
			o.Attributes = append(o.Attributes, Attribute{
				Name: strings.Clone(name), Ref: strings.Clone(ref), Value: strings.Clone(a.Text),
				Display: !a.IsFalse("display"), Span: d.Span(a),
			})
		}
	}
	return o
}

// readGrants applies the documented default: no list, or an empty one, allows authorization_code and implicit.
func (o *OAuthV2) readGrants(d *xmltree.Document, list *xmltree.Node) {
	for g := range list.Children() {
		if g.Name == "GrantType" && g.Text != "" {
			o.Grants = append(o.Grants, strings.Clone(strings.ToLower(g.Text)))
		}
	}
	o.GrantsListed, o.GrantsSpan = len(o.Grants) > 0, d.Span(list)
	if !o.GrantsListed && o.Generates() {
		o.Grants = []string{GrantAuthorizationCode, GrantImplicit}
	}
}

// likelyOperation reads a policy without Operation by what it holds: a refresh token to take, or what only a request for an
// authorization code has.
func likelyOperation(root, grants *xmltree.Node) string {
	switch {
	case root.Child("RefreshToken") != nil:
		return RefreshAccessToken
	case root.Child("ResponseType") != nil && grants.Child("GrantType") == nil:
		return GenerateAuthorizationCode
	}
	return GenerateAccessToken
}

// knownOperation normalizes the case of an operation; an unknown one is returned as written.
func knownOperation(name string) string {
	for _, known := range []string{GenerateAccessToken, GenerateJWTAccessToken, RefreshAccessToken, RefreshJWTAccessToken, InvalidateToken} {
		if strings.EqualFold(name, known) {
			return known
		}
	}
	return strings.Clone(name)
}

func readFlag(d *xmltree.Document, n *xmltree.Node) Flag {
	return Flag{Present: n.String() != "", Value: strings.EqualFold(n.String(), "true"), Span: d.Span(n)}
}

func readFlagAttr(d *xmltree.Document, n *xmltree.Node, attr string) Flag {
	_, has := n.Attr(attr)
	return Flag{Present: has, Value: n.IsTrue(attr), Span: d.AttrSpan(n, attr)}
}

// Revocation is what a RevokeOAuthV2 policy says.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/policies/revoke-oauth-v2-policy.
type Revocation struct {
	Cascade Flag
	// ByApp and ByEndUser tell whose tokens it revokes; neither where the policy does not say.
	ByApp, ByEndUser bool
}

func readRevocation(d *xmltree.Document) *Revocation {
	root := d.Root
	return &Revocation{
		Cascade: readFlag(d, root.Child("Cascade")), ByApp: root.Child("AppId") != nil, ByEndUser: root.Child("EndUserId") != nil,
	}
}

// RevokesRefreshTokens reports whether the policy invalidates refresh tokens: one given as such, or the one paired with
// an access token through cascade.
func (o *OAuthV2) RevokesRefreshTokens() bool {
	return o.Operation == InvalidateToken && slices.ContainsFunc(o.Tokens, func(t Token) bool {
		return t.Type == "refreshtoken" || t.Cascade.Value
	})
}

// Revokes reports whether the policy revokes refresh tokens at all.
func (p *Policy) Revokes() bool { return p.revocation != nil }

// CanRevoke tells why the policy, which revokes refresh tokens, can revoke none that the other one issues.
func (p *Policy) CanRevoke(issued *OAuthV2) finding.WhyNotRevoked {
	return p.revocation.CanRevoke(issued.IssuesJWT(), issued.AppEndUser.Value != "")
}

// readRevocation is how the policy revokes refresh tokens; nil where it revokes none.
func (p *Definition) readRevocation(root *xmltree.Node) *finding.Revocation {
	if r := p.Revoke; r != nil {
		return &finding.Revocation{ByApp: r.ByApp, ByEndUser: r.ByEndUser, Cascade: r.Cascade.said(), Parameters: revocationParameters(root)}
	}
	if p.OAuth == nil || !p.OAuth.RevokesRefreshTokens() {
		return nil
	}
	out := &finding.Revocation{ByToken: true}
	for _, t := range p.OAuth.Tokens {
		if t.Type != "refreshtoken" && !t.Cascade.Value {
			continue
		}
		if said := t.Cascade.said(); out.Parameters == nil || said == nil || !*said { // what one of them leaves alive counts
			out.Cascade = said
		}
		out.Parameters = append(out.Parameters, finding.Parameter{Name: t.Type, Variable: text.Brief(t.Value.Value)})
	}
	return out
}

// said is the value, nil where there is none.
func (f Flag) said() *bool {
	if !f.Present {
		return nil
	}
	value := f.Value
	return &value
}

// revocationParameters are the elements of a RevokeOAuthV2 policy that say what it revokes.
func revocationParameters(root *xmltree.Node) []finding.Parameter {
	var out []finding.Parameter
	for _, name := range []string{"AppId", "EndUserId", "RevokeBeforeTimestamp"} {
		if n := root.Child(name); n != nil {
			ref, _ := n.Attr("ref")
			out = append(out, finding.Parameter{Name: name, Variable: strings.Clone(text.Brief(ref)), Value: strings.Clone(text.Brief(n.String()))})
		}
	}
	return out
}

// RevokesAlike reports whether two policies that revoke refresh tokens revoke those of the same issuing policies, as [Policy.CanRevoke]
// tells.
func (p *Policy) RevokesAlike(q *Policy) bool {
	for _, jwt := range []bool{false, true} {
		for _, appEndUser := range []bool{false, true} {
			if p.revocation.CanRevoke(jwt, appEndUser) != q.revocation.CanRevoke(jwt, appEndUser) {
				return false
			}
		}
	}
	return true
}
