package snapshot

import (
	"fmt"
	"path"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/internal/text"
)

// isName reports whether a text may become a part of a path. Organizations may be domain-scoped ("example.com:acme"); no other name
// has a colon.
func isName(s string) bool {
	return text.IsWord(s, "._: -", 255) && s[0] != ':' && s != "." && s != ".."
}

// place is where the bundle of a revision lies in a snapshot: "acme/apis/login/12.zip".
func place(organization string, r apigee.Revision) (string, error) {
	parts := []string{organization, string(r.Kind), r.Name, r.Number}
	for i := range parts {
		var err error
		if parts[i], err = FileName(parts[i]); err != nil {
			return "", err
		}
	}
	return path.Join(parts...) + ".zip", nil
}

// FileName is the name of an organization, a bundle or a revision as the name of a file or folder. The error is for one that
// could lead elsewhere.
func FileName(name string) (string, error) {
	if !isName(name) {
		return "", fmt.Errorf("%s cannot be part of a file name", text.Quote(name))
	}
	return strings.ReplaceAll(name, ":", "%3A"), nil // not in file names everywhere
}
