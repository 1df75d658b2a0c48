package api

import (
	"errors"
	"fmt"
	"strings"

	"apigee-audit/internal/text"
)

// isName reports whether a text can be the name of a proxy, shared flow or environment. Names come from the server and go into URLs, file
// names and reports: what does not look like a name goes nowhere.
// Source: Apigee API discovery document; environments are documented as [.\p{Alnum}-_]{1,255}.
func isName(s string) bool { return text.IsWord(s, "._ -", 255) && s != "." && s != ".." }

// isOrganization is the same for an organization, which may be a domain-scoped project, "example.com:acme".
func isOrganization(s string) bool {
	return text.IsWord(s, "._:-", 255) && text.IsWord(s[:1], "", 1)
}

// checkName refuses what cannot be the name of a proxy, shared flow or environment; what says which in the error.
func checkName(what, name string) error {
	if name == "" {
		return fmt.Errorf("the %s has no name", what)
	}
	if !isName(name) {
		return fmt.Errorf("%s is not a valid %s name", text.QuoteSaid(name), what)
	}
	return nil
}

func checkRevision(number string) error {
	if number == "" || len(number) > 18 || strings.Trim(number, "0123456789") != "" {
		return fmt.Errorf("%s is not a revision number", text.QuoteSaid(number))
	}
	return nil
}

// CheckOrganization refuses what cannot be the name of an organization.
func CheckOrganization(name string) error {
	switch {
	case name == "":
		return errors.New("no organization given: use --org")
	case strings.HasPrefix(name, "organizations/"):
		return fmt.Errorf("organization %s: use the name alone, without organizations/", text.QuoteSaid(name))
	case !isOrganization(name):
		return fmt.Errorf("%s is not a valid organization name: use letters, digits, dots and hyphens, as the console shows it", text.QuoteSaid(name))
	}
	return nil
}
