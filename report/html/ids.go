package html

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
)

// anchors gives the parts of a page the names that links use. A name says what it is for and does not depend on what else is
// in the report: a link keeps its meaning when the next audit looks at one organization more.
type anchors struct {
	rules    []*finding.Rule
	used     map[string]bool
	bundles  map[bundleKey]string // bundles with findings that are not accepted, and others with accepted ones
	accepted map[bundleKey]string // bundles with accepted findings
	cards    map[string]string    // findings, by what their names are made of
}

// bundleKey is one proxy or shared flow of one organization.
type bundleKey struct {
	organization string
	kind         apigee.Kind
	name         string
}

func newAnchors(rules []*finding.Rule) *anchors {
	return &anchors{rules: rules, used: map[string]bool{}, bundles: map[bundleKey]string{}, accepted: map[bundleKey]string{}, cards: map[string]string{}}
}

// rule is the name of a rule's page, "" when the page has none.
func (ids *anchors) rule(id string) string {
	if !slices.ContainsFunc(ids.rules, func(r *finding.Rule) bool { return r.ID == id }) {
		return ""
	}
	return "rule-" + slug(id)
}

// finding names a finding by its ID, which is its fingerprint and its organization.
func (ids *anchors) finding(f *finding.Finding) string {
	key := cmp.Or(f.ID, f.Fingerprint)
	id := ids.unique("f-" + slug(key))
	if _, listed := ids.cards[key]; !listed {
		ids.cards[key] = id
	}
	return id
}

// card is the name of a finding that is on the page, "" where it is not. Of those that share one, the first has it.
func (ids *anchors) card(f *finding.Finding) string { return ids.cards[cmp.Or(f.ID, f.Fingerprint)] }

// organization names what is about an organization.
func (ids *anchors) organization(what, name string) string {
	return ids.named(what, cmp.Or(name, "disk"), name)
}

// bundle names the findings of a bundle. Where several sections of the page list some, the first has the plain name.
func (ids *anchors) bundle(key bundleKey) string {
	return ids.named("bundle", key.name, key.organization, string(key.kind), key.name)
}

// noteBundle notes where the findings of a bundle stand that count, and where those that somebody accepted.
func (ids *anchors) noteBundle(key bundleKey, id string, status finding.Status) {
	if _, noted := ids.bundles[key]; !noted {
		ids.bundles[key] = id
	}
	if status == finding.StatusSuppressed {
		ids.accepted[key] = id
	}
}

// named is a name that people can read, with the digest of what it stands for.
func (ids *anchors) named(what, readable string, identity ...string) string {
	quoted := ""
	for _, s := range identity {
		quoted += strconv.Quote(s)
	}
	sum := sha256.Sum256([]byte(quoted))
	return ids.unique(what + "-" + slug(readable) + "-" + hex.EncodeToString(sum[:5]))
}

// unique numbers what would have the same name nevertheless.
func (ids *anchors) unique(id string) string {
	name := id
	for n := 2; ids.used[name]; n++ {
		name = fmt.Sprintf("%s-%d", id, n)
	}
	ids.used[name] = true
	return name
}

// slug keeps the characters that have no special meaning in HTML, URLs or selectors.
func slug(s string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' {
			return r
		}
		return -1
	}, s)
}
