package cli

import (
	"fmt"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
)

const (
	// shortestBeginning is how much of a fingerprint must be given.
	shortestBeginning = 4
	// bareFingerprint is how long one is without what distinguishes it from its siblings, as in "3f2a91c04d5e6f70:2".
	bareFingerprint = 16
)

func checkFingerprints(beginnings []string) error {
	for _, b := range beginnings {
		if len(b) < shortestBeginning {
			return fmt.Errorf("--fingerprint %s is too short: give at least %d characters", text.Quote(b), shortestBeginning)
		}
	}
	return nil
}

// matches are the findings of one organization that a beginning of a fingerprint is about, by the beginning.
type matches map[string][]finding.Finding

// isAbout reports whether what was given is a fingerprint, or the beginning of it. A whole one is not the beginning of its siblings.
func isAbout(given string, f *finding.Finding) bool {
	return given == f.Fingerprint || len(given) < bareFingerprint && strings.HasPrefix(f.Fingerprint, given)
}

// choose picks the findings to mend: those that are not accepted, and where fingerprints are given those that have one of them.
func choose(all []finding.Finding, fingerprints []string) (goals []finding.Finding, m matches) {
	m = matches{}
	for i := range all {
		f := &all[i]
		wanted := len(fingerprints) == 0
		for _, given := range fingerprints {
			if isAbout(given, f) {
				m[given], wanted = append(m[given], *f), true
			}
		}
		if wanted && f.Status != finding.StatusSuppressed {
			goals = append(goals, *f)
		}
	}
	return goals, m
}

// resolve refuses fingerprints that no finding has, and beginnings that several have. Where something could not be read, one that
// is not found may be right.
func resolve(fingerprints []string, all []*repaired, complete bool) error {
	for _, given := range fingerprints {
		candidates := map[string]string{} // fingerprint → what it is
		for _, one := range all {
			for i := range one.matched[given] {
				f := &one.matched[given][i]
				candidates[f.Fingerprint] = fmt.Sprintf("%s (%s of %s)", f.Fingerprint, f.RuleID, apigee.Ref{Kind: f.Kind, Name: f.Name})
			}
		}
		switch {
		case len(candidates) == 0 && complete:
			return usagef("no finding has the fingerprint %s: the table and the JSON report list them%s", text.Quote(given), siblings(given, all))
		case len(candidates) > 1:
			var names []string
			for _, c := range candidates {
				names = append(names, c)
			}
			slices.Sort(names)
			return usagef("--fingerprint %s is ambiguous: it is the beginning of %s", text.Quote(given), text.ListSome(names, 10))
		}
	}
	return nil
}

// siblings names the findings whose fingerprints go on where a whole one ends.
func siblings(given string, all []*repaired) string {
	var names []string
	for _, one := range all {
		for i := range one.result.Findings {
			if f := one.result.Findings[i].Fingerprint; strings.HasPrefix(f, given) && !slices.Contains(names, f) {
				names = append(names, f)
			}
		}
	}
	if len(names) == 0 {
		return ""
	}
	slices.Sort(names)
	return "; there are " + text.ListSome(names, 10)
}
