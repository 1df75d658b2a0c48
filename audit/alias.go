package audit

import (
	"strings"

	"apigee-audit/apigee"
)

// findAliases notes the variables of a bundle that a refresh token is plainly copied to and whose names do not tell.
func (r *unitReader) findAliases(names []string) {
	r.aliases = map[string]bool{}
	for again := true; again; {
		before := len(r.aliases)
		for _, name := range names {
			d := r.bundle.Policies[name].Doc
			if before == 0 && !containsFold(d.Source, "refresh") {
				continue
			}
			switch d.Root.Name {
			case "AssignMessage":
				r.assignAliases(d)
			case "ExtractVariables":
				r.extractAliases(d)
			}
		}
		again = len(r.aliases) > before // a copy may itself be copied
	}
}

func (r *unitReader) assignAliases(d *apigee.Document) {
	for n := range d.Root.Children() {
		from := n.Child("Ref").String()
		if n.Name == "AssignVariable" && from != "" && (HoldsRefreshToken(from) || r.aliases[from]) {
			r.alias(n.Child("Name").String())
		}
	}
}

func (r *unitReader) extractAliases(d *apigee.Document) {
	prefix := d.Root.Child("VariablePrefix").String()
	for n := range d.Root.Child("JSONPayload").Children() {
		name, _ := n.Attr("name")
		if name != "" && HoldsRefreshToken(n.Child("JSONPath").String()) {
			r.alias(strings.TrimPrefix(prefix+"."+name, "."))
		}
	}
}

// alias leaves out parts of messages, which have readers of their own.
func (r *unitReader) alias(name string) {
	if name != "" && !HoldsRefreshToken(name) && !holdsMessage(name) {
		r.aliases[strings.Clone(name)] = true
	}
}
