package audit

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
	case "VerifyAPIKey", "VerifyJWT", "VerifyJWS", "ValidateSAMLAssertion":
		return Authenticates
	case "HMAC":
		if root.Child("VerificationValue") != nil {
			return Authenticates
		}
	case "OAuthV2":
		operation := root.Child("Operation").String()
		verifies := strings.HasPrefix(operation, "Verify") || strings.HasPrefix(operation, "Generate")
		if verifies && !strings.EqualFold(root.Child("ExternalAuthorization").String(), "true") {
			return Authenticates
		}
	case "ServiceCallout", "ExternalCallout", "IntegrationCallout", "ConnectorCallout", "Javascript", "JavaScript", "Script", "PythonScript", "JavaCallout",
		"BasicAuthentication", "AccessEntity", "GetOAuthV2Info", "LookupCache", "KeyValueMapOperations", "Ldap", "LDAP", "VerifyIAM":
		return MayAuthenticate
	}
	return NoAuthentication
}
