package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"

	"apigee-audit/internal/files"
)

const maxCredentialFile = 1 << 20

// credentialFile is what a file tells of where it sends secrets. The library reads the rest.
type credentialFile struct {
	Type             google.CredentialsType `json:"type"`
	TokenURI         string                 `json:"token_uri"`
	TokenURL         string                 `json:"token_url"`
	ImpersonationURL string                 `json:"service_account_impersonation_url"`
	Source           *credentialFile        `json:"source_credentials"` // whom an impersonation starts from
	SubjectSource    struct {
		URL        string          `json:"url"`
		Executable json.RawMessage `json:"executable"`
	} `json:"credential_source"` // of workload identity federation
}

// fromFile reads a credential file. It must say what kind it is: a file of unknown kind could send secrets, or have the
// library send requests, wherever its writer likes. Source: the security note at google.CredentialsFromJSONWithType.
func (c Credentials) fromFile(ctx context.Context) (oauth2.TokenSource, error) {
	doing := "read credentials from " + c.File
	data, err := files.Read(c.File, maxCredentialFile)
	if err != nil {
		return nil, fmt.Errorf("read credentials: %w", err)
	}
	var file credentialFile
	if err := json.Unmarshal(data, &file); err != nil {
		// The error of a wrong type may quote the value.
		return nil, errors.New(doing + ": it is not a credential file, which is JSON as Google Cloud writes it")
	}
	if err := file.check(c.Warn); err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	found, err := google.CredentialsFromJSONWithType(c.keeping(ctx), data, file.Type, scope)
	if err != nil {
		return nil, fmt.Errorf("%s: %s", doing, clean(err.Error()))
	}
	return found.TokenSource, nil
}

// check accepts the kinds that audits are run with, where they get their tokens from Google.
func (f *credentialFile) check(warn func(string)) error {
	switch f.Type {
	case google.ServiceAccount, google.AuthorizedUser, google.ImpersonatedServiceAccount, google.ExternalAccount:
	case "":
		return errors.New("it has no type; use the key of a service account, or what gcloud writes")
	default:
		return fmt.Errorf("type %s is not accepted; use service_account, authorized_user, impersonated_service_account or external_account", quote(string(f.Type)))
	}
	for _, where := range []string{f.TokenURI, f.TokenURL, f.ImpersonationURL} {
		if where == "" {
			continue
		}
		if u, err := url.Parse(where); err != nil || !isGoogle(u) {
			return fmt.Errorf("it would get its tokens from %s, which is not Google: do not use it unless you know who wrote it", host(u))
		}
	}
	if u, err := url.Parse(f.SubjectSource.URL); err != nil || f.SubjectSource.URL != "" && !isGoogle(u) && !isMetadata(u) {
		tell(warn, "the credential file asks "+host(u)+" for a token to exchange; make sure that you know this server")
	}
	if f.SubjectSource.Executable != nil {
		tell(warn, "the credential file runs a program to get a token to exchange")
	}
	if f.Type == google.ImpersonatedServiceAccount && f.Source != nil {
		if err := f.Source.check(warn); err != nil {
			return fmt.Errorf("its source_credentials: %w", err)
		}
	}
	return nil
}

// isGoogle tells whether a token server is one of Google's. This machine counts too: it is where tests are.
func isGoogle(u *url.URL) bool {
	name := strings.ToLower(u.Hostname())
	google := name == "accounts.google.com" || strings.HasSuffix(name, ".googleapis.com")
	return google && u.Scheme == "https" || isLoopback(name)
}

// isMetadata tells whether a server is the metadata server of the machine, as other clouds have them too.
func isMetadata(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return ip != nil && ip.IsLinkLocalUnicast()
}

// host is what a message repeats of a URL.
func host(u *url.URL) string {
	if u == nil || u.Host == "" {
		return "an address that is none"
	}
	return quote(u.Hostname())
}

func tell(warn func(string), text string) {
	if warn != nil {
		warn(text)
	}
}
