package audit

import (
	"strings"

	"apigee-audit/apigee"
)

// readExtractVariables reads which variables take a part of what. A pattern that does not match leaves its variable
// alone, so none of it is certain.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/policies/extract-variables-policy.
func readExtractVariables(d *apigee.Document) []write {
	var out []write
	root := d.Root
	prefix := root.Child("VariablePrefix").String()
	set := func(name, from string) {
		if name = strings.TrimPrefix(prefix+"."+name, "."); name != "" {
			out = append(out, write{name: strings.Clone(name), from: strings.Clone(from)}, write{name: strings.Clone(name) + ".", prefix: true})
		}
	}
	source := root.Child("Source")
	message := source.String()
	if message == "" {
		message = "message"
	}
	if source.IsTrue("clearPayload") {
		out = append(out, contentWrites(message)...)
	}
	for n := range root.Children() {
		for v := range n.Children() {
			if v.Name == "Pattern" {
				for _, variable := range patternVariables(v.Text) {
					set(variable, extractedFrom(n, message))
				}
			}
			if name, _ := v.Attr("name"); v.Name == "Variable" && name != "" { // of JSONPayload and XMLPayload
				set(name, message+".content")
			}
		}
	}
	return out
}

// patternVariables are the names between braces of a Pattern.
func patternVariables(pattern string) []string {
	var out []string
	for {
		_, rest, opened := strings.Cut(pattern, "{")
		name, after, closed := strings.Cut(rest, "}")
		if !opened || !closed {
			return out
		}
		if name = strings.TrimSpace(name); name != "" {
			out = append(out, name)
		}
		pattern = after
	}
}
