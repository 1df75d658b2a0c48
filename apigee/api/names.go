package api

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"apigee-audit/internal/text"
)

// Names come from the server and go into URLs, file names and reports: what does not look like a name goes nowhere.
// An organization may be a domain-scoped project, "example.com:acme".
// Source: Apigee API discovery document; environments are documented as [.\p{Alnum}-_]{1,255}.
var (
	namePattern         = regexp.MustCompile(`^[A-Za-z0-9._ -]{1,255}$`)
	organizationPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,254}$`)
	revisionPattern     = regexp.MustCompile(`^[0-9]{1,18}$`)
)

// checkName refuses what cannot be the name of a proxy, shared flow or environment; what says which in the error.
func checkName(what, name string) error {
	if name == "" {
		return fmt.Errorf("the %s has no name", what)
	}
	if !namePattern.MatchString(name) || name == "." || name == ".." {
		return fmt.Errorf("%s is not a valid %s name", text.QuoteSaid(name), what)
	}
	return nil
}

func checkRevision(number string) error {
	if !revisionPattern.MatchString(number) {
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
	case !organizationPattern.MatchString(name):
		return fmt.Errorf("%s is not a valid organization name: use letters, digits, dots and hyphens, as the console shows it", text.QuoteSaid(name))
	}
	return nil
}
