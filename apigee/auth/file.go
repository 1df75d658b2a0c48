package auth

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
	"apigee-audit/internal/text"
)

const maxCredentialFile = 1 << 20

// credentialFile is what a file says about where secrets are sent and where they come from. The library reads the rest.
type credentialFile struct {
	Type             google.CredentialsType `json:"type"`
	AuthURI          string                 `json:"auth_uri"`
	TokenURI         string                 `json:"token_uri"`
	ClientEmail      string                 `json:"client_email"`
	TokenURL         string                 `json:"token_url"`
	TokenInfoURL     string                 `json:"token_info_url"`
	RevokeURL        string                 `json:"revoke_url"`
	ImpersonationURL string                 `json:"service_account_impersonation_url"`
	Source           *credentialFile        `json:"source_credentials"` // whom an impersonation starts from
	SubjectSource    subjectSource          `json:"credential_source"`
	// Web and Installed make it the description of an OAuth client, whatever its type says.
	Web       json.RawMessage `json:"web"`
	Installed json.RawMessage `json:"installed"`
}

// subjectSource is where workload identity federation gets the token to exchange.
type subjectSource struct {
	URL        string          `json:"url"`
	Executable json.RawMessage `json:"executable"`
	// AWS: where the machine reports its region and issues a session, and what Google asks to learn whose it is.
	RegionURL       string `json:"region_url"`
	SessionURL      string `json:"imdsv2_session_token_url"`
	VerificationURL string `json:"regional_cred_verification_url"`
}

// fromFile reads a credential file.
func (c Credentials) fromFile(ctx context.Context) (oauth2.TokenSource, error) {
	doing := "read credentials from " + c.File
	data, err := files.Read(c.File, maxCredentialFile)
	if err != nil {
		return nil, fmt.Errorf("read credentials: %w", err)
	}
	file, err := c.check(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	found, err := google.CredentialsFromJSONWithType(c.keeping(ctx), data, file.Type, Scope)
	if err != nil {
		return nil, fmt.Errorf("%s: %s", doing, text.Said(err.Error()))
	}
	return &credential{found.TokenSource, file.advice(c.File)}, nil
}

// check judges a credential file, wherever it was named, and returns what it says. It must say what kind it is: a file of
// unknown kind could send secrets, or have the library send requests, wherever its writer likes.
// Source: the security note at google.CredentialsFromJSONWithType.
func (c Credentials) check(data []byte) (*credentialFile, error) {
	var file credentialFile
	if err := json.Unmarshal(data, &file); err != nil {
		// The error of a wrong type may quote the value.
		return nil, errors.New("it is not a credential file, which is JSON as Google Cloud writes it")
	}
	return &file, file.check(c.Warn)
}

// check accepts the kinds that audits are run with, where they get their tokens from Google.
func (f *credentialFile) check(warn func(string)) error {
	if f.Web != nil || f.Installed != nil {
		return errors.New("it describes an OAuth client and is not a credential by itself; use the key of a service account, or what gcloud writes")
	}
	switch f.Type {
	case google.ServiceAccount, google.AuthorizedUser, google.ImpersonatedServiceAccount, google.ExternalAccount, google.ExternalAccountAuthorizedUser:
	case "":
		return errors.New("it has no type; use the key of a service account, or what gcloud writes")
	default:
		return fmt.Errorf("type %s is not accepted; use service_account, authorized_user, impersonated_service_account, external_account or external_account_authorized_user", text.QuoteSaid(string(f.Type)))
	}
	for _, where := range []string{f.TokenURI, f.TokenURL, f.ImpersonationURL, f.AuthURI, f.TokenInfoURL, f.RevokeURL} {
		if where == "" {
			continue
		}
		if u, err := url.Parse(where); err != nil || !isGoogle(u) {
			return fmt.Errorf("it would get its tokens from %s, which is not Google: do not use it unless you know who wrote it", host(u))
		}
	}
	if err := f.SubjectSource.check(warn); err != nil {
		return err
	}
	if f.Type == google.ImpersonatedServiceAccount && f.Source != nil {
		if err := f.Source.check(warn); err != nil {
			return fmt.Errorf("its source_credentials: %w", err)
		}
	}
	return nil
}

// check names whoever takes part in federation and is neither Google nor this machine. That is how federation is meant,
// but who wrote the file chose them.
func (s *subjectSource) check(warn func(string)) error {
	for _, where := range []string{s.URL, s.RegionURL, s.SessionURL, strings.ReplaceAll(s.VerificationURL, "{region}", "region")} {
		if where == "" {
			continue
		}
		u, err := url.Parse(where)
		switch {
		case err != nil || u.Host == "":
			return errors.New("its credential_source contains an invalid address")
		case isGoogle(u), isMetadata(u):
		case u.Scheme != "https":
			return fmt.Errorf("it would ask %s for a token to exchange without encryption: such a server must use https", host(u))
		case where == s.URL || !isAmazon(u):
			tell(warn, "the credential file asks "+host(u)+" for a token to exchange; make sure that you know this server")
		}
	}
	if s.Executable != nil {
		tell(warn, "the credential file runs a program to get a token to exchange")
	}
	return nil
}

// isGoogle reports whether a token server is one of Google's. This machine counts too: it is where tests are.
func isGoogle(u *url.URL) bool {
	name := strings.ToLower(u.Hostname())
	google := name == "accounts.google.com" || strings.HasSuffix(name, ".googleapis.com")
	return google && u.Scheme == "https" || IsLoopback(name)
}

// isMetadata reports whether a server is the metadata server of the machine, as other clouds have them too. That of AWS has
// an address of IPv6 as well.
func isMetadata(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return ip != nil && (ip.IsLinkLocalUnicast() || ip.Equal(net.ParseIP("fd00:ec2::254")))
}

// isAmazon reports whether a server is one that AWS names in its own configuration.
func isAmazon(u *url.URL) bool {
	name := strings.ToLower(u.Hostname())
	return strings.HasSuffix(name, ".amazonaws.com") || strings.HasSuffix(name, ".amazonaws.com.cn")
}

// host is what a message repeats of a URL.
func host(u *url.URL) string {
	if u == nil || u.Host == "" {
		return "an address that is none"
	}
	return text.QuoteSaid(u.Hostname())
}

func tell(warn func(string), text string) {
	if warn != nil {
		warn(text)
	}
}
