package rules_test

import (
	"regexp"
	"strings"
	"testing"

	"apigee-audit/audit/finding"
	"apigee-audit/audit/rules"
)

// TestStandards holds the entries to the form of their catalogues, so that a mistyped number does not pass as another
// requirement.
func TestStandards(t *testing.T) {
	forms := map[string]string{
		"CWE":                            `^CWE-\d+$`,
		"OWASP API Security Top 10 2023": `^API([1-9]|10):2023$`,
		"PCI DSS 4.0.1":                  `^([1-9]|1[0-2])(\.\d+){2,3}$`,
		"NIST SP 800-63B revision 4":     `^[2-5](\.\d+){1,2}$`,
	}
	described := map[string]finding.Standard{}
	for _, r := range rules.All() {
		seen := map[string]bool{}
		weaknesses := 0
		for _, s := range r.Standards {
			catalogue := s.Catalogue.String()
			label := r.ID + ", " + s.Label()
			if seen[s.Label()] {
				t.Errorf("%s is there twice", label)
			}
			seen[s.Label()] = true
			if form, known := forms[catalogue]; !known || !regexp.MustCompile(form).MatchString(s.ID) {
				t.Errorf("%s: no entry of %q", label, catalogue)
			}
			if s.Title == "" || s.Catalogue.Organization == "" || !strings.HasPrefix(s.URL, "https://") || !strings.HasPrefix(s.Catalogue.URL, "https://") {
				t.Errorf("%s is not whole: %+v", label, s)
			}
			if catalogue == "CWE" {
				weaknesses++
			} else if s.Why == "" || strings.HasSuffix(s.Why, ".") || strings.ToLower(s.Why[:1]) != s.Why[:1] {
				t.Errorf("%s says %q, which is no clause", label, s.Why)
			}
			s.Why = ""
			if other, known := described[s.Label()]; known && other != s {
				t.Errorf("%s is described in two ways: %+v and %+v", s.Label(), other, s)
			}
			described[s.Label()] = s
		}
		if weaknesses != len(r.CWE) {
			t.Errorf("%s has %d entries of CWE and %d numbers", r.ID, weaknesses, len(r.CWE))
		}
	}
}

func TestAllReturnsNewStandards(t *testing.T) {
	once := len(rules.All()[0].Standards)
	if again := len(rules.All()[0].Standards); once == 0 || once != again {
		t.Errorf("%d standards, then %d", once, again)
	}
}
