package api

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
)

// sameOrigin refuses redirects that leave the host or its encryption: the token would go along, because it is added
// below the client.
func sameOrigin(next *http.Request, via []*http.Request) error {
	if from := via[0].URL; next.URL.Scheme != from.Scheme || next.URL.Host != from.Host {
		return &redirectError{fmt.Sprintf("%s redirects to %s, which is refused because what is sent to the first is for no other", origin(from), origin(next.URL))}
	}
	if len(via) >= 10 {
		return &redirectError{"no answer after ten redirects"}
	}
	return nil
}

func origin(u *url.URL) string { return clean(u.Scheme + "://" + u.Host) }

// redirectError is a redirect that is not followed, such as one to another host, which would have been given the token.
type redirectError struct{ why string }

func (e *redirectError) Error() string { return e.why }

// IsLoopback reports whether a host name or address is this machine by itself, without asking any name server.
func IsLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
