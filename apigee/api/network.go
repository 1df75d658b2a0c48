package api

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// peer is whom a request could not reach, and the flag that names another, "" for none.
type peer struct{ address, flag string }

// advise says what to do about a request that got no answer, and whether another try would get none either.
func (p peer) advise(err error) (advice string, lasting bool) {
	if status, refused := proxyRefusal(err); refused {
		if status == http.StatusProxyAuthRequired {
			return "the network proxy wants a name and a password: give them in HTTPS_PROXY, as http://USER:PASSWORD@HOST:PORT", true
		}
		return "have the network proxy let requests to " + p.address + " through, or name its host in NO_PROXY if it can be reached without the proxy", status < http.StatusInternalServerError
	}
	if e, ok := errors.AsType[*net.OpError](err); ok && e.Op == "proxyconnect" {
		return "check that the network proxy in HTTPS_PROXY is the right one and is running, or name the host of " + p.address + " in NO_PROXY if it can be reached without the proxy", false
	}
	if e, ok := errors.AsType[*net.DNSError](err); ok && e.IsNotFound {
		return "check the name" + p.orFlag() + ", and whether this machine can resolve names at all: where only a network proxy can, set HTTPS_PROXY", true
	}
	if e, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return p.adviseOnCertificate(e), true
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok || errors.Is(err, http.ErrSchemeMismatch) {
		return p.address + " does not speak TLS: check its port" + p.orFlag() + ", and whether a network proxy answers in its place", true
	}
	advice = "check the network and the proxy settings"
	if p.flag != "" {
		advice += ", or " + p.named()
	} else {
		advice += " (asked was " + p.address + ")"
	}
	return advice, false
}

func (p peer) adviseOnCertificate(e *tls.CertificateVerificationError) string {
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](e); ok && invalid.Reason == x509.Expired {
		return "check the clock of this machine; if it is right, the certificate of " + p.address + ", or of a network proxy that answers in its place, has to be renewed"
	}
	if _, ok := errors.AsType[x509.HostnameError](e); ok {
		return "the certificate belongs to another host than " + p.address + ": check the name" + p.orFlag() + ", and whether a network proxy answers in its place"
	}
	check := "check the network proxy"
	if p.flag != "" {
		check = "check " + p.flag + " and the proxy"
	}
	return "the certificate of " + p.address + " is not trusted here: " + check + ", or name your own authority in SSL_CERT_FILE"
}

// named is the flag with what it stands at.
func (p peer) named() string { return p.flag + " (now " + p.address + ")" }

func (p peer) orFlag() string {
	if p.flag == "" {
		return ""
	}
	return " in " + p.named()
}

// proxyError is a network proxy's refusal to connect.
type proxyError struct {
	status int
	text   string // "407 Proxy Authentication Required"
	host   string // of the proxy
}

func (e *proxyError) Error() string {
	return "the network proxy " + e.host + " answered " + e.text
}

// proxyRefusal is the status with which a network proxy refused to connect. Of requests to token servers, only its words are
// known.
func proxyRefusal(err error) (status int, refused bool) {
	if e, ok := errors.AsType[*proxyError](err); ok {
		return e.status, true
	}
	if err != nil && strings.HasSuffix(err.Error(), http.StatusText(http.StatusProxyAuthRequired)) {
		return http.StatusProxyAuthRequired, true
	}
	return 0, false
}

// refusedByProxy is the error of a proxy's answer that is no yes.
func refusedByProxy(_ context.Context, proxy *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return &proxyError{answer.StatusCode, strings.TrimSpace(fmt.Sprintf("%d %s", answer.StatusCode, http.StatusText(answer.StatusCode))), proxy.Host}
}
