package auth

import (
	"fmt"
	"strings"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"

	"apigee-audit/internal/text"
)

// What to do where there are no credentials, or none that are accepted.
const (
	// LoginAdvice is for Google Cloud.
	LoginAdvice = "log in with `gcloud auth application-default login`, or give an access token with --token-file or APIGEE_AUDIT_TOKEN"
	// EdgeLoginAdvice is for Apigee Edge.
	EdgeLoginAdvice = "provide a user's or machine user's name and password in APIGEE_AUDIT_USER and APIGEE_AUDIT_PASSWORD or in .netrc, " +
		"or an access token with --token-file or APIGEE_AUDIT_TOKEN"
)

// MissingError is that there are no credentials, with what to do about it.
type MissingError struct{ Why, Advice string }

func (e *MissingError) Error() string { return e.Why + "; " + e.Advice }

// Scope is what access tokens are asked for. Apigee has none that is narrower.
const Scope = "https://www.googleapis.com/auth/cloud-platform"

// Advice is what a person should know about the credential in use when a server refuses it. It says where the credential
// comes from and is no secret.
type Advice struct {
	// Refused is what to do where the credential is not accepted, or gets no token.
	Refused string
	// Account is whose permissions decide, for the beginning of a sentence.
	Account string
	// User is the account's name, where Account does not say it and it is known.
	User string
}

// advisor is a token source that knows which credential it has.
type advisor interface{ Advice() Advice }

// Advice is about the credential of this client; of what is not known, nothing is said.
func (t *Tokens) Advice() Advice { return adviceOf(t.source) }

func adviceOf(source oauth2.TokenSource) Advice {
	if a, ok := source.(advisor); ok {
		return a.Advice()
	}
	return Advice{}
}

// credential is a token source with what is known of its credential.
type credential struct {
	oauth2.TokenSource
	advice Advice
}

// Advice implements advisor.
func (c *credential) Advice() Advice { return c.advice }

// tokenAdvice is about a ready access token. where is what holds it, tool the command that gets another.
func tokenAdvice(where, tool string) Advice {
	renew := "put a new one there"
	if where == "stdin" || strings.HasPrefix(where, "pipe ") {
		renew = "pass a new one, and one that lasts as long as the audit, since it cannot be read again"
	}
	return Advice{
		Refused: fmt.Sprintf("the token comes from %s: %s, for example with `%s`; such tokens last for an hour or less", where, renew, tool),
		Account: "the account whose access token comes from " + where,
	}
}

// metadataAdvice is about the account that a machine of Google Cloud has.
func metadataAdvice() Advice {
	return Advice{
		Refused: "the credential is the service account that the metadata server of this machine knows: check that the account exists and is enabled, and that the machine has the access scope cloud-platform",
		Account: "the service account attached to this machine",
	}
}

// impersonatedAdvice is about an account that another one acts as.
func impersonatedAdvice(account string, own Advice) Advice {
	refused := fmt.Sprintf("tokens are those of service account %s, which --impersonate names: check that it exists and is enabled, and that the IAM Service Account Credentials API is enabled in its project",
		text.Said(account))
	if own.Refused != "" {
		refused += "; " + own.Refused
	}
	return Advice{Refused: refused, Account: fmt.Sprintf("service account %s, which --impersonate names,", text.Said(account))}
}

// advice is about a credential file of Google Cloud. where names it.
func (f *credentialFile) advice(where string) Advice {
	who := text.Said(f.ClientEmail)
	switch f.Type {
	case google.ServiceAccount:
		return Advice{
			Refused: fmt.Sprintf("the credential is the key of service account %s in %s: check that the account is enabled, that the key still exists (`gcloud iam service-accounts keys list --iam-account %s`), and that the clock of this machine is right", who, where, who),
			Account: fmt.Sprintf("service account %s (key in %s)", who, where),
		}
	case google.ExternalAccount:
		return Advice{
			Refused: fmt.Sprintf("the credential is the workload identity federation of %s: check that its credential_source gives a valid token here, that the conditions of the workload identity pool's provider accept it, and that the identity may act as the service account that the file names, if any", where),
			Account: f.impersonatedBy(fmt.Sprintf("the identity of the workload identity federation in %s", where)),
		}
	case google.ImpersonatedServiceAccount:
		return Advice{
			Refused: fmt.Sprintf("the credential in %s acts as a service account: check that the account is enabled, that its source credentials have the role roles/iam.serviceAccountTokenCreator on it, and that they have not expired (`gcloud auth application-default login --impersonate-service-account=ACCOUNT` writes new ones)", where),
			Account: f.impersonatedBy("the service account that " + where + " acts as"),
		}
	case google.ExternalAccountAuthorizedUser:
		return Advice{
			Refused: fmt.Sprintf("the credential is a login through workforce identity federation in %s: it expires with the session, so log in again with `gcloud auth application-default login --login-config=FILE`", where),
			Account: fmt.Sprintf("the user who logged in through workforce identity federation (%s)", where),
		}
	}
	return Advice{
		Refused: fmt.Sprintf("the credential is a user's login in %s: it has expired or been revoked if it worked before, so log in again with `gcloud auth application-default login`", where),
		Account: fmt.Sprintf("the user whose login is in %s", where),
	}
}

// impersonatedBy is the service account that a file acts as, or what is said without one.
func (f *credentialFile) impersonatedBy(without string) string {
	_, after, _ := strings.Cut(f.ImpersonationURL, "/serviceAccounts/")
	account, _, ok := strings.Cut(after, ":")
	if !ok || checkPrincipal(account) != nil || account == "" {
		return without
	}
	return "service account " + account
}
