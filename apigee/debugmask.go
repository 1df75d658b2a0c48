package apigee

// DebugMask is what debug sessions of an environment show as asterisks.
// Source: Apigee API discovery document, GoogleCloudApigeeV1DebugMask.
type DebugMask struct {
	Variables         []string
	RequestJSONPaths  []string
	ResponseJSONPaths []string
	FaultJSONPaths    []string
}
