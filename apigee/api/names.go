package api

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
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
		return fmt.Errorf("%s is not a valid %s name", quote(name), what)
	}
	return nil
}

func checkRevision(number string) error {
	if !revisionPattern.MatchString(number) {
		return fmt.Errorf("%s is not a revision number", quote(number))
	}
	return nil
}

// CheckOrganization refuses what cannot be the name of an organization.
func CheckOrganization(name string) error {
	switch {
	case name == "":
		return errors.New("no organization given: name one with --org")
	case strings.HasPrefix(name, "organizations/"):
		return fmt.Errorf("organization %s: give the name alone, without organizations/", quote(name))
	case !organizationPattern.MatchString(name):
		return fmt.Errorf("%s is not a valid organization name: use letters, digits, dots and hyphens, as the console shows it", quote(name))
	}
	return nil
}

// quotedRunes is how much of a text from the server a message repeats.
const quotedRunes = 300

// clean makes a text from the server fit for one line of a message: no control characters, no invalid UTF-8, not long.
func clean(text string) string {
	// Cutting bytes first keeps a huge body cheap; a rune split by it becomes a question mark beyond the cut below.
	text = strings.ToValidUTF8(text[:min(len(text), 8*quotedRunes)], "?")
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) > quotedRunes {
		return string(runes[:quotedRunes]) + "…"
	}
	return string(runes)
}

// quote is clean with quotation marks.
func quote(text string) string { return `"` + clean(text) + `"` }
