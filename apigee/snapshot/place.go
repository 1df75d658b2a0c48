package snapshot

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"apigee-audit/apigee"
)

// namePattern is what may become a part of a path. Organizations may be domain-scoped ("example.com:acme"); no other name
// has a colon.
var namePattern = regexp.MustCompile(`^[A-Za-z0-9._ -][A-Za-z0-9._: -]{0,254}$`)

func isName(s string) bool { return namePattern.MatchString(s) && s != "." && s != ".." }

// place is where the bundle of a revision lies in a snapshot: "acme/apis/login/12.zip".
func place(organization string, r apigee.Revision) (string, error) {
	parts := []string{organization, string(r.Kind), r.Name, r.Number}
	for i, p := range parts {
		if !isName(p) {
			return "", fmt.Errorf("%q cannot be part of a file name", p)
		}
		parts[i] = strings.ReplaceAll(p, ":", "%3A") // not in file names everywhere
	}
	return path.Join(parts...) + ".zip", nil
}
