package simulator

import (
	"net/http"
	"net/url"
	"strings"
)

// canonical serves a request as the one for the path that it stands for: without slashes at its end, and with short
// standing for long names where the API has them, by the place among the elements of the path.
func canonical(next http.Handler, short map[int][2]string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		escaped := strings.TrimRight(r.URL.EscapedPath(), "/")
		parts := strings.Split(escaped, "/")
		for i, names := range short {
			if i < len(parts) && parts[i] == names[0] {
				parts[i] = names[1]
			}
		}
		escaped = strings.Join(parts, "/")
		path, err := url.PathUnescape(escaped)
		if err != nil || path == "" {
			next.ServeHTTP(w, r)
			return
		}
		meant := r.Clone(r.Context())
		meant.URL.Path, meant.URL.RawPath = path, escaped
		next.ServeHTTP(w, meant)
	})
}

// edgeShort are the short names of Edge: /v1/o/{org}/e/{env}. Source: apigeetool, which uses no others.
func edgeShort() map[int][2]string {
	return map[int][2]string{2: {"o", "organizations"}, 4: {"e", "environments"}}
}
