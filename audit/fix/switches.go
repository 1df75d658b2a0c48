package fix

import (
	"fmt"

	"apigee-audit/apigee/xmltree"
	"apigee-audit/audit/finding"
)

// rotation mends RT301: a refresh operation that keeps the refresh token where it has to be replaced, or under the FAPI profile the other
// way round.
func rotation() mender {
	return mender{rules: []string{"RT301"}, repairs: func(s *subject) []repair {
		return s.policy(func(doc *xmltree.Document, _ *xmltree.Node) (string, func(*draft) error) {
			value := fmt.Sprint(s.prover.settings.Profile == finding.ProfileFAPI)
			return fmt.Sprintf("Set ReuseRefreshToken of %q to %s.", s.Policy, value),
				func(d *draft) error {
					return d.setChild(s.File, "ReuseRefreshToken", value, "RefreshToken", "RefreshTokenExpiresIn", "Operation")
				}
		})
	}}
}

// cascade mends RT303: a revocation that leaves the paired token alive.
func cascade() mender {
	return mender{rules: []string{"RT303"}, repairs: func(s *subject) []repair {
		return s.policy(func(doc *xmltree.Document, at *xmltree.Node) (string, func(*draft) error) {
			if doc.Root.Name == "RevokeOAuthV2" {
				return fmt.Sprintf("Set Cascade of %q to true.", s.Policy),
					func(d *draft) error { return d.setChild(s.File, "Cascade", "true") }
			}
			return fmt.Sprintf("Set cascade=\"true\" on the Token of %q.", s.Policy), func(d *draft) error {
				doc, token, err := d.at(s.File, s.Place)
				if err != nil {
					return err
				}
				return d.edit(s.File, setAttr(doc, token, "cascade", "true"))
			}
		})
	}}
}

// policy is one repair of the policy that the finding points at, given how it reads and what it does; none where the policy cannot be
// read.
func (s *subject) policy(plan func(doc *xmltree.Document, at *xmltree.Node) (says string, edit func(*draft) error)) []repair {
	r, doc, at := s.own()
	if doc == nil || at == nil {
		return nil
	}
	says, edit := plan(doc, at)
	return []repair{{says: says, in: r, edit: edit}}
}

// at is a document and the element that begins at a place of it.
func (d *draft) at(file string, place finding.Place) (*xmltree.Document, *xmltree.Node, error) {
	doc, err := d.document(file)
	if err != nil {
		return nil, nil, err
	}
	n := elementAt(doc, place)
	if n == nil {
		return nil, nil, fmt.Errorf("there is no element at %s:%d any more", file, place.Line)
	}
	return doc, n, nil
}

// setChild gives a child of the root element a text; a child that is not there is put behind the first of some others that is.
func (d *draft) setChild(file, name, text string, behind ...string) error {
	doc, err := d.document(file)
	if err != nil {
		return err
	}
	change, err := childText(doc, doc.Root, name, text, behind...)
	if err != nil {
		return err
	}
	return d.edit(file, change)
}
