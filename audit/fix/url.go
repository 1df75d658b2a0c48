package fix

import (
	"fmt"
	"strings"

	"apigee-audit/apigee/xmltree"
	"apigee-audit/internal/policyxml"
)

// formParameter mends RT401: a refresh token that is taken from the URL. The policy takes it from the form instead, or where another
// policy puts it there, that one does.
func formParameter() mender {
	return mender{rules: []string{"RT401"}, repairs: func(s *subject) []repair {
		own := s.policy(func(doc *xmltree.Document, at *xmltree.Node) (string, func(*draft) error) {
			variable := "request.formparam.refresh_token"
			was := at.String()
			if ref, has := at.Attr("ref"); has {
				was = ref
			}
			if inForm := inBody(was); inForm != was {
				variable = inForm // under the name that clients know
			}
			return fmt.Sprintf("Take the refresh token from %s in %q; clients have to send it in the body of a POST.", variable, s.Policy),
				func(d *draft) error { return s.takeFrom(d, variable) }
		})
		return append(own, s.copies()...)
	}}
}

// takeFrom lets the policy that the finding points at take the token from a variable.
func (s *subject) takeFrom(d *draft, variable string) error {
	doc, n, err := d.at(s.File, s.Place)
	if err != nil {
		return err
	}
	if n == doc.Root { // by default it looks in the form: something else puts it there
		return d.edit(s.File, insertChild(doc, n, policyxml.Element("RefreshToken", variable), "Operation"))
	}
	if _, has := n.Attr("ref"); has {
		return d.edit(s.File, setAttr(doc, n, "ref", variable))
	}
	change, err := setText(doc, n, variable)
	if err != nil {
		return err
	}
	return d.edit(s.File, change)
}

// copies are the repairs of policies that copy query parameters.
func (s *subject) copies() []repair {
	r, doc, _ := s.own()
	if doc == nil {
		return nil
	}
	d, err := s.bench.open(r)
	if err != nil {
		return nil
	}
	var out []repair
	for _, file := range d.policies() {
		doc, err := d.document(file)
		if err != nil || doc.Root.Name != "AssignMessage" || inBody(doc.Source) == doc.Source {
			continue
		}
		name, _ := doc.Root.Attr("name")
		out = append(out, repair{
			says: fmt.Sprintf("Let AssignMessage %q take from the form what it takes from the query; clients have to send it in the body of a POST.", name), in: r,
			edit: func(d *draft) error { return copyFromForm(d, file) },
		})
	}
	return out
}

// copyFromForm puts the form in the place of the query wherever a policy names a query parameter.
func copyFromForm(d *draft, file string) error {
	doc, err := d.document(file)
	if err != nil {
		return err
	}
	var changes []splice
	for n := range doc.Root.Descendants() {
		for _, a := range n.Attrs {
			if changed := inBody(a.Value); changed != a.Value {
				changes = append(changes, setAttr(doc, n, a.Name, changed))
			}
		}
		if changed := inBody(n.Text); changed != n.Text {
			change, err := setText(doc, n, changed)
			if err != nil {
				return err
			}
			changes = append(changes, change)
		}
	}
	return d.edit(file, changes...)
}

// inBody is a text with form parameters in the place of query parameters.
func inBody(text string) string {
	return strings.NewReplacer("request.queryparam.", "request.formparam.", "message.queryparam.", "message.formparam.").Replace(text)
}
