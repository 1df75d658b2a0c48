package flow

import (
	"strings"

	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/xmltree"
	"apigee-audit/audit/finding"
)

// Authentication says what a policy does about knowing the client.
type Authentication uint8

// How sure it is that a policy authenticates the client.
const (
	NoAuthentication Authentication = iota
	// MayAuthenticate is code or a call whose outcome the audit cannot see.
	MayAuthenticate
	Authenticates
)

// authentication judges a policy by its type and what it is told to do: generating a token checks the client's id and
// secret unless ExternalAuthorization takes that over, and an HMAC proves nothing that it is not compared with.
func authentication(policyType string, root *xmltree.Node) Authentication {
	switch policyType {
	case bundle.TypeVerifyAPIKey, bundle.TypeVerifyJWT, bundle.TypeVerifyJWS, bundle.TypeValidateSAMLAssertion:
		return Authenticates
	case bundle.TypeHMAC:
		if root.Child("VerificationValue") != nil {
			return Authenticates
		}
	case bundle.TypeOAuthV2:
		operation := root.Child("Operation").String()
		verifies := strings.HasPrefix(operation, "Verify") || strings.HasPrefix(operation, "Generate")
		if verifies && !strings.EqualFold(root.Child("ExternalAuthorization").String(), "true") {
			return Authenticates
		}
	case bundle.TypeServiceCallout, bundle.TypeExternalCallout, bundle.TypeIntegrationCallout, bundle.TypeConnectorCallout, bundle.TypeJavascript, bundle.TypeJavaScript, bundle.TypeScript, bundle.TypePythonScript, bundle.TypeJavaCallout,
		bundle.TypeBasicAuthentication, bundle.TypeAccessEntity, bundle.TypeGetOAuthV2Info, bundle.TypeLookupCache, bundle.TypeKeyValueMapOperations, bundle.TypeLdap, bundle.TypeLDAP, bundle.TypeVerifyIAM:
		return MayAuthenticate
	}
	return NoAuthentication
}

// Authenticating is what is known of the client before a place.
type Authenticating struct {
	Sure bool // every request that gets there is authenticated
	// The last policies that authenticate but let the flow continue when they fail, that authenticate only some of the requests,
	// and that may authenticate without the audit seeing it; each nil for none.
	Ignored, Partly, Maybe *Site
}

// Authenticators looks for what authenticates the client before a place.
func (w *Trace) Authenticators(at *Site) Authenticating {
	var out Authenticating
	bears := func(p *Policy) bool { return p.Authentication != NoAuthentication }
	for _, r := range w.Earlier(at, bears) {
		switch {
		case r.Policy.Authentication == MayAuthenticate:
			out.Maybe = r
		case !r.FailureStops():
			out.Ignored = r
		case !w.Certain(at, r):
			out.Partly = r
		default:
			out.Sure = true
		}
	}
	return out
}

// ClientAuthentication is who makes sure which client refreshes, at a place where a policy refreshes.
func (e *Environment) ClientAuthentication(w *Trace, at *Site) finding.ClientAuthentication {
	if !at.Policy.OAuth.ExternalAuthorization.Value {
		return finding.AuthenticatedByApigee
	}
	found := w.Authenticators(at)
	switch {
	case found.Sure:
		return finding.AuthenticatedBefore
	case found.Ignored != nil, found.Partly != nil, found.Maybe != nil, at.Response && w.CallsTarget(), len(e.UnknownCallees(w)) > 0:
		return finding.AuthenticationUnsure
	}
	return finding.NotAuthenticated
}
