package fix

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"apigee-audit/apigee/xmltree"
	"apigee-audit/internal/text"
)

const (
	refreshLifetime = "RefreshTokenExpiresIn"
	accessLifetime  = "ExpiresIn"
	// shortAccess is what access tokens get where a fix has to state a lifetime, so that refreshing them serves a purpose.
	shortAccess = 30 * time.Minute
)

// lifetimes mends what rules say of how long tokens live: the element gets a value that none of them reports.
func lifetimes() mender {
	return mender{rules: []string{"RT201", "RT202", "RT203", "RT204", "RT205"}, repairs: repairLifetime}
}

func repairLifetime(s *subject) []repair {
	r, doc, _ := s.own()
	if doc == nil {
		return nil
	}
	var out []repair
	for _, l := range lifetimesFor(s, doc.Root) {
		out = append(out, repair{
			says: l.says(doc.Root.Name, s.Policy),
			in:   r,
			edit: func(d *draft) error {
				if l.alone {
					return d.setAlone(s.File, l.element, strconv.FormatInt(l.value.Milliseconds(), 10))
				}
				return d.setChild(s.File, l.element, strconv.FormatInt(l.value.Milliseconds(), 10), accessLifetime, "Operation")
			},
		})
	}
	return out
}

// lifetime is a value for one of the two elements.
type lifetime struct {
	element string
	value   time.Duration
	alone   bool // no variable wins over it any more
}

func (l lifetime) says(kind, policy string) string {
	ms := l.value.Milliseconds()
	words := fmt.Sprintf("Set %s of %s %q to %d (%s)", l.element, kind, policy, ms, text.Lifetime(ms))
	if l.alone {
		words += ", and take it from no variable"
	}
	return words + "."
}

// lifetimesFor are the values to try, the one that changes least first.
func lifetimesFor(s *subject, policy *xmltree.Node) []lifetime {
	traits := s.prover.audit.Organization().Platform.Traits()
	refresh := max(s.prover.options.RefreshLifetime, traits.MinRefresh)
	access := max(shortAccess, traits.MinAccess)
	bound := lifetime{element: refreshLifetime, value: refresh}
	written := func(name string) (time.Duration, bool) {
		ms, err := strconv.ParseInt(strings.TrimSpace(policy.Child(name).String()), 10, 64)
		return time.Duration(ms) * time.Millisecond, err == nil && ms > 0 && ms < int64(100*365*24*time.Hour/time.Millisecond)
	}
	switch s.RuleID {
	case "RT203":
		// The refresh token is to outlive the access token: by a longer life of its own, or a shorter one of the other.
		all := []lifetime{bound, {element: accessLifetime, value: access}}
		if _, variable := policy.Child(refreshLifetime).Attr("ref"); variable { // the same as that of the access token
			bound.alone = true
			all = append(all, bound)
		}
		return all
	case "RT204":
		element := refreshLifetime
		fallback := bound
		if strings.HasSuffix(s.Anchor, "/"+accessLifetime) {
			element, fallback = accessLifetime, lifetime{element: accessLifetime, value: access}
		}
		if value, ok := written(element); ok {
			return []lifetime{{element: element, value: value * 1000}, fallback}
		}
		return []lifetime{fallback}
	}
	return []lifetime{bound}
}

// setAlone gives an element a text, and takes the variable from it that would win over that.
func (d *draft) setAlone(file, name, text string) error {
	doc, err := d.document(file)
	if err != nil {
		return err
	}
	n := doc.Root.Child(name)
	change, err := setText(doc, n, text)
	if err != nil {
		return err
	}
	return d.edit(file, dropAttr(doc, n, "ref"), change)
}
