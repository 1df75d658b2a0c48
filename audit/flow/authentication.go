package flow

import (
	"strings"

	"apigee-audit/apigee"
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
func authentication(policyType string, root *apigee.Node) Authentication {
	switch policyType {
	case apigee.TypeVerifyAPIKey, apigee.TypeVerifyJWT, apigee.TypeVerifyJWS, apigee.TypeValidateSAMLAssertion:
		return Authenticates
	case apigee.TypeHMAC:
		if root.Child("VerificationValue") != nil {
			return Authenticates
		}
	case apigee.TypeOAuthV2:
		operation := root.Child("Operation").String()
		verifies := strings.HasPrefix(operation, "Verify") || strings.HasPrefix(operation, "Generate")
		if verifies && !strings.EqualFold(root.Child("ExternalAuthorization").String(), "true") {
			return Authenticates
		}
	case apigee.TypeServiceCallout, apigee.TypeExternalCallout, apigee.TypeIntegrationCallout, apigee.TypeConnectorCallout, apigee.TypeJavascript, apigee.TypeJavaScript, apigee.TypeScript, apigee.TypePythonScript, apigee.TypeJavaCallout,
		apigee.TypeBasicAuthentication, apigee.TypeAccessEntity, apigee.TypeGetOAuthV2Info, apigee.TypeLookupCache, apigee.TypeKeyValueMapOperations, apigee.TypeLdap, apigee.TypeLDAP, apigee.TypeVerifyIAM:
		return MayAuthenticate
	}
	return NoAuthentication
}
