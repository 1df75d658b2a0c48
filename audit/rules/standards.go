package rules

import (
	"fmt"

	"apigee-audit/audit/finding"
)

// The mapping to standards is conservative: an entry is here only where its own text covers what the rule finds, and says
// in a clause how or when. Left out on purpose, so that nobody adds them without reading:
//   - PCI DSS 3.x and 10.x are about account data, and 8.3.2 about authentication factors; a token is neither.
//   - PCI DSS 8.2.8 (15 minutes of inactivity) applies to users of the cardholder data environment, and a bundle does not
//     say whose users it serves.
//   - NIST SP 800-63B lets refresh tokens of applications outlive the session; its timeouts count for them only where the
//     token is the session, and each clause says that.

// weaknesses are the entries of Common Weakness Enumeration with these numbers.
func weaknesses(numbers []int) []finding.Standard {
	var all []finding.Standard
	for _, n := range numbers {
		all = append(all, finding.Standard{
			Catalogue: finding.Catalogue{Name: "CWE", Organization: "MITRE", URL: "https://cwe.mitre.org/"},
			ID:        fmt.Sprintf("CWE-%d", n), Title: weaknessTitle(n), URL: fmt.Sprintf("https://cwe.mitre.org/data/definitions/%d.html", n),
		})
	}
	return all
}

// weaknessTitle is the name of a weakness, "" for one that no rule has.
func weaknessTitle(number int) string {
	switch number {
	case 287:
		return "Improper Authentication"
	case 294:
		return "Authentication Bypass by Capture-replay"
	case 306:
		return "Missing Authentication for Critical Function"
	case 522:
		return "Insufficiently Protected Credentials"
	case 532:
		return "Insertion of Sensitive Information into Log File"
	case 561:
		return "Dead Code"
	case 598:
		return "Use of GET Request Method With Sensitive Query Strings"
	case 613:
		return "Insufficient Session Expiration"
	case 772:
		return "Missing Release of Resource after Effective Lifetime"
	case 922:
		return "Insecure Storage of Sensitive Information"
	case 1284:
		return "Improper Validation of Specified Quantity in Input"
	}
	return ""
}

func owaspAPI(id, title, page, why string) finding.Standard {
	return finding.Standard{
		Catalogue: finding.Catalogue{
			Name: "OWASP API Security Top 10", Version: "2023", Organization: "OWASP", URL: "https://owasp.org/API-Security/editions/2023/en/0x11-t10/",
		},
		ID: id, Title: title, URL: "https://owasp.org/API-Security/editions/2023/en/" + page + "/", Why: why,
	}
}

func brokenAuthentication(why string) finding.Standard {
	return owaspAPI("API2:2023", "Broken Authentication", "0xa2-broken-authentication", why)
}

func misconfiguration(why string) finding.Standard {
	return owaspAPI("API8:2023", "Security Misconfiguration", "0xa8-security-misconfiguration", why)
}

func inventory(why string) finding.Standard {
	return owaspAPI("API9:2023", "Improper Inventory Management", "0xa9-improper-inventory-management", why)
}

func pci(id, title, why string) finding.Standard {
	const library = "https://www.pcisecuritystandards.org/document_library/" // single requirements have no pages
	return finding.Standard{
		Catalogue: finding.Catalogue{Name: "PCI DSS", Version: "4.0.1", Organization: "PCI Security Standards Council", URL: library},
		ID:        id, Title: title, URL: library, Why: why,
	}
}

// pciFunctions is about what is enabled without need.
func pciFunctions(why string) finding.Standard {
	return pci("2.2.4", "Only necessary services, protocols, daemons, and functions are enabled", why)
}

// pciSoftware names attacks on authentication and weaknesses in its implementation.
func pciSoftware(why string) finding.Standard {
	return pci("6.2.4", "Software engineering techniques prevent common attacks on bespoke and custom software", why)
}

func nist(id, title, page, why string) finding.Standard {
	return finding.Standard{
		Catalogue: finding.Catalogue{
			Name: "NIST SP 800-63B", Version: "revision 4", Organization: "NIST", URL: "https://pages.nist.gov/800-63-4/sp800-63b.html",
		},
		ID: id, Title: title, URL: "https://pages.nist.gov/800-63-4/sp800-63b/" + page + "/", Why: why,
	}
}

// nistTimeout wants a definite end of every session, after no more than 30 days at the lowest level.
func nistTimeout(why string) finding.Standard {
	return nist("2.1.3", "Reauthentication at AAL1", "aal", why)
}

// nistLogout wants session secrets erased or invalidated when the user logs out.
func nistLogout(why string) finding.Standard { return nist("5.1", "Session Bindings", "session", why) }
