package flow

import (
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/xmltree"
)

// readPropertySets reads the property sets of a bundle by the names of their variables, without "propertyset.". They hold for
// the revision of the proxy that they are in. A name of the bundle comes before the same name of the environment, which the
// audit does not see; keys that the bundle does not have are therefore unknown, not null. Of a shared flow's own sets it is
// not documented whether its policies can read them, and experience says that they cannot, so those are left out.
// Source: docs.cloud.google.com/apigee/docs/api-platform/cache/property-sets; …/develop/resource-files, "Resource name
// resolution".
func (r *programReader) readPropertySets() map[string]string {
	if r.bundle.Revision.Kind != apigee.KindProxy {
		return nil
	}
	out, disputed := map[string]string{}, map[string]bool{}
	for i := range r.bundle.PropertySets {
		file := &r.bundle.PropertySets[i]
		set, _ := bundle.PropertySetName(file.Name)
		data, err := file.Content()
		if err != nil {
			r.unreadable(file.Name, err)
			continue
		}
		values, err := bundle.ParseProperties(data)
		if err != nil {
			r.notice(file.Name, xmltree.Span{}, "property set cannot be read, so its properties may have any value: "+err.Error())
			continue
		}
		for key, value := range values {
			name := set + "." + key
			other, twice := out[name]
			disputed[name] = disputed[name] || twice && other != value // set a.b with key c, and set a with key b.c
			out[name] = value
		}
	}
	for name := range disputed {
		if disputed[name] {
			delete(out, name)
		}
	}
	return out
}

// isProperty reports whether a variable is one of a property set, which no policy can change.
func isProperty(variable string) bool { return strings.HasPrefix(variable, "propertyset.") }

// propertyOf is the value of a propertyset variable that the bundle of the program settles.
func (u *Program) propertyOf(variable string) (string, bool) {
	name, ok := strings.CutPrefix(variable, "propertyset.")
	if !ok {
		return "", false
	}
	value, ok := u.properties[name]
	return value, ok
}

// property is the value of a name and key joined by a dot, where the bundle settles it.
func (r *programReader) property(nameAndKey string) (value string, settled bool) {
	value, settled = r.program.properties[nameAndKey]
	return value, settled
}

// readReadPropertySet reads which properties a ReadPropertySet policy puts in which variables. Names and keys with a ref
// are known at run time only.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/policies/read-property-set-policy.
func (r *programReader) readReadPropertySet(root *xmltree.Node) []change {
	var out []change
	for n := range root.Children() {
		if n.Name != "Read" {
			continue
		}
		set := named(n.Child("AssignTo").String())
		_, nameByRef := n.Child("Name").Attr("ref")
		_, keyByRef := n.Child("Key").Attr("ref")
		if len(set) > 0 && !nameByRef && !keyByRef {
			set[0].literal, set[0].isLiteral = r.property(n.Child("Name").String() + "." + n.Child("Key").String())
		}
		out = append(out, set...)
	}
	return out
}

// property is the value of a propertyset variable in the bundle whose steps are being walked.
func (w *walker) property(variable string) (string, bool) {
	if w.at == nil || w.at.program == nil {
		return "", false
	}
	return w.at.program.propertyOf(variable)
}
