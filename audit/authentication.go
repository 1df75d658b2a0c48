package audit

import "strings"

// Authentication says what a policy does about knowing the client.
type Authentication uint8

// How sure it is that a policy authenticates the client.
const (
	NoAuthentication Authentication = iota
	// MayAuthenticate is code or a call whose outcome the audit cannot see.
	MayAuthenticate
	Authenticates
)

// authentication judges a policy by its type and, for OAuthV2, its operation: generating a token checks the client's
// id and secret unless ExternalAuthorization takes that over.
func authentication(policyType, operation string, external bool) Authentication {
	switch policyType {
	case "VerifyAPIKey", "VerifyJWT", "VerifyJWS", "HMAC", "ValidateSAMLAssertion":
		return Authenticates
	case "OAuthV2":
		verifies := strings.HasPrefix(operation, "Verify") || strings.HasPrefix(operation, "Generate")
		if verifies && !external {
			return Authenticates
		}
	case "ServiceCallout", "ExternalCallout", "Javascript", "JavaScript", "Script", "PythonScript", "JavaCallout",
		"BasicAuthentication", "AccessEntity", "GetOAuthV2Info", "LookupCache", "KeyValueMapOperations":
		return MayAuthenticate
	}
	return NoAuthentication
}
