package auth

import (
	"fmt"
	"net"
	"net/http"
	"net/url"

	"apigee-audit/internal/text"
)

// SameOrigin refuses redirects that leave the host or its encryption: the token would go along, because it is added
// below the client.
func SameOrigin(next *http.Request, via []*http.Request) error {
	if from := via[0].URL; next.URL.Scheme != from.Scheme || next.URL.Host != from.Host {
		return &RedirectError{fmt.Sprintf("%s redirects to %s, which is refused because what is sent to the first is for no other", origin(from), origin(next.URL))}
	}
	if len(via) >= 10 {
		return &RedirectError{"no answer after ten redirects"}
	}
	return nil
}

func origin(u *url.URL) string { return text.Said(u.Scheme + "://" + u.Host) }

// RedirectError is a redirect that is not followed, such as one to another host, which would have been given the token.
type RedirectError struct{ why string }

func (e *RedirectError) Error() string { return e.why }

// IsLoopback reports whether a host name or address is this machine by itself, without asking any name server.
func IsLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
