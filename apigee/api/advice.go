package api

// What to do where there are no credentials, or none that are accepted.
const (
	// loginAdvice is for Google Cloud.
	loginAdvice = "log in with `gcloud auth application-default login`, or give an access token with --token-file or APIGEE_AUDIT_TOKEN"
	// edgeLoginAdvice is for Apigee Edge.
	edgeLoginAdvice = "provide a user's or machine user's name and password in APIGEE_AUDIT_USER and APIGEE_AUDIT_PASSWORD or in .netrc, " +
		"or an access token with --token-file or APIGEE_AUDIT_TOKEN"
)

// scope is what access tokens are asked for. Apigee has none that is narrower.
const scope = "https://www.googleapis.com/auth/cloud-platform"
