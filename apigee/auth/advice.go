package auth

// What to do where there are no credentials, or none that are accepted.
const (
	// LoginAdvice is for Google Cloud.
	LoginAdvice = "log in with `gcloud auth application-default login`, or give an access token with --token-file or APIGEE_AUDIT_TOKEN"
	// EdgeLoginAdvice is for Apigee Edge.
	EdgeLoginAdvice = "provide a user's or machine user's name and password in APIGEE_AUDIT_USER and APIGEE_AUDIT_PASSWORD or in .netrc, " +
		"or an access token with --token-file or APIGEE_AUDIT_TOKEN"
)

// Scope is what access tokens are asked for. Apigee has none that is narrower.
const Scope = "https://www.googleapis.com/auth/cloud-platform"
