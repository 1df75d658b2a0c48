package flow

import (
	"strings"

	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/xmltree"
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
