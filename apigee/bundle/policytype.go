package bundle

// The types of policies that the auditor knows, as the root elements of their files spell them. Whatever asks for the type of
// a [Policy] asks with these.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/policies/reference-overview-policy; of Edge alone,
// docs.apigee.com/api-platform/reference/policies.
const (
	// What handles tokens and clients.
	TypeOAuthV2               = "OAuthV2"
	TypeGetOAuthV2Info        = "GetOAuthV2Info"
	TypeSetOAuthV2Info        = "SetOAuthV2Info"
	TypeDeleteOAuthV2Info     = "DeleteOAuthV2Info"
	TypeRevokeOAuthV2         = "RevokeOAuthV2"
	TypeVerifyAPIKey          = "VerifyAPIKey"
	TypeBasicAuthentication   = "BasicAuthentication"
	TypeHMAC                  = "HMAC"
	TypeAccessEntity          = "AccessEntity"
	TypeVerifyIAM             = "VerifyIAM"
	TypeGenerateJWT           = "GenerateJWT"
	TypeVerifyJWT             = "VerifyJWT"
	TypeDecodeJWT             = "DecodeJWT"
	TypeGenerateJWS           = "GenerateJWS"
	TypeVerifyJWS             = "VerifyJWS"
	TypeDecodeJWS             = "DecodeJWS"
	TypeGenerateSAMLAssertion = "GenerateSAMLAssertion"
	TypeValidateSAMLAssertion = "ValidateSAMLAssertion"

	// What steers the flow and shapes messages.
	TypeFlowCallout      = "FlowCallout"
	TypeRaiseFault       = "RaiseFault"
	TypeAssignMessage    = "AssignMessage"
	TypeHTTPModifier     = "HTTPModifier"
	TypeExtractVariables = "ExtractVariables"
	TypeAssertCondition  = "AssertCondition"
	TypeJSONToXML        = "JSONToXML"
	TypeXMLToJSON        = "XMLToJSON"
	TypeXSL              = "XSL"
	TypeReadPropertySet  = "ReadPropertySet"
	TypeCORS             = "CORS"

	// Code and calls.
	TypeJavascript            = "Javascript"
	TypeJavaScript            = "JavaScript" // as older bundles spell it
	TypeScript                = "Script"     // Python
	TypePythonScript          = "PythonScript"
	TypeJavaCallout           = "JavaCallout"
	TypeServiceCallout        = "ServiceCallout"
	TypeExternalCallout       = "ExternalCallout"
	TypeIntegrationCallout    = "IntegrationCallout"
	TypeSetIntegrationRequest = "SetIntegrationRequest"
	TypeConnectorCallout      = "ConnectorCallout"
	TypePublishMessage        = "PublishMessage"
	TypeLdap                  = "Ldap"
	TypeLDAP                  = "LDAP"

	// Where values stay.
	TypeMessageLogging        = "MessageLogging"
	TypeStatisticsCollector   = "StatisticsCollector"
	TypeDataCapture           = "DataCapture"
	TypeTraceCapture          = "TraceCapture"
	TypePopulateCache         = "PopulateCache"
	TypeLookupCache           = "LookupCache"
	TypeInvalidateCache       = "InvalidateCache"
	TypeResponseCache         = "ResponseCache"
	TypeKeyValueMapOperations = "KeyValueMapOperations"

	// What limits and protects.
	TypeSpikeArrest                 = "SpikeArrest"
	TypeQuota                       = "Quota"
	TypeResetQuota                  = "ResetQuota"
	TypeConcurrentRatelimit         = "ConcurrentRatelimit"
	TypeMonetizationLimitsCheck     = "MonetizationLimitsCheck"
	TypeAccessControl               = "AccessControl"
	TypeJSONThreatProtection        = "JSONThreatProtection"
	TypeXMLThreatProtection         = "XMLThreatProtection"
	TypeRegularExpressionProtection = "RegularExpressionProtection"
	TypeOASValidation               = "OASValidation"
	TypeMessageValidation           = "MessageValidation"
	TypeGraphQL                     = "GraphQL"
)
