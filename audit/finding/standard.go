package finding

import "strings"

// Standard is one entry of a public catalogue of weaknesses, risks or requirements that a rule bears on.
type Standard struct {
	Catalogue Catalogue
	ID        string // as the catalogue writes it: "CWE-613", "API2:2023", "6.2.4"
	Title     string
	URL       string
	Why       string // one clause without a full stop: what ties the rule to the entry, or when it applies; "" where the title says it
}

// Label names the entry beside entries of other catalogues: "PCI DSS 4.0.1, 6.2.4", and "CWE-613", which says it itself.
func (s Standard) Label() string {
	if strings.HasPrefix(s.ID, s.Catalogue.Name) {
		return s.ID
	}
	return s.Catalogue.String() + ", " + s.ID
}

// Catalogue is where standards come from. Catalogues are equal when all their fields are.
type Catalogue struct {
	Name         string // without the version: "PCI DSS"
	Version      string // "4.0.1"; "" where entries mean the same in every version
	Organization string // who publishes it
	URL          string
}

// String is the name with its version: "PCI DSS 4.0.1".
func (c Catalogue) String() string {
	if c.Version == "" {
		return c.Name
	}
	return c.Name + " " + c.Version
}
