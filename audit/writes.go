package audit

import (
	"strings"

	"apigee-audit/apigee"
)

// write is one variable that a policy may set. Conditions behind the policy must not rely on its earlier value.
type write struct {
	name   string // the variable; with prefix, everything that starts so; "" with prefix is everything
	prefix bool
	// What the variable becomes, when that is certain: a literal or a copy of another variable.
	literal *string
	copyOf  string
}

// silent are the policy types that set variables only below their own prefix (oauthv2accesstoken.NAME.… and the like),
// which no condition can contradict. Types not listed are read by readNamedWrites.
// Source: flow variables sections of the policy reference, docs.cloud.google.com/apigee/docs/api-platform/reference/policies.
func silent(policyType string) bool {
	switch policyType {
	case "OAuthV2", "GetOAuthV2Info", "SetOAuthV2Info", "DeleteOAuthV2Info", "RevokeOAuthV2", "SpikeArrest", "Quota", "ResetQuota",
		"VerifyAPIKey", "RaiseFault", "MessageLogging", "AccessControl", "JSONThreatProtection", "XMLThreatProtection",
		"RegularExpressionProtection", "MessageValidation", "OASValidation", "StatisticsCollector", "DataCapture", "CORS",
		"VerifyJWT", "DecodeJWT", "VerifyJWS", "DecodeJWS", "PopulateCache", "InvalidateCache", "ConcurrentRatelimit",
		"ValidateSAMLAssertion", "MonetizationLimitsCheck", "TraceCapture", "ResponseCache", "GraphQL":
		return true
	}
	return false
}

func (r *unitReader) readWrites(p *Policy, src *apigee.Policy) []write {
	d := src.Doc
	switch p.Type {
	case "AssignMessage":
		p.PostsRefresh = postsRefresh(d.Source)
		return readAssignMessage(d)
	case "ExtractVariables":
		return readExtractVariables(d)
	case "FlowCallout":
		return readParameters(d)
	case "ServiceCallout":
		p.PostsRefresh = postsRefresh(d.Source)
		return readServiceCallout(d)
	case "Javascript", "JavaScript", "Script", "PythonScript":
		return r.readScript(p, d)
	case "JavaCallout":
		p.Opaque = true
		return []write{{prefix: true}}
	}
	if silent(p.Type) {
		return nil
	}
	return readNamedWrites(d)
}

// postsRefresh recognizes a request body or form with grant_type=refresh_token.
func postsRefresh(source string) bool {
	return strings.Contains(source, "grant_type") && containsFold(source, "refresh_token") &&
		(strings.Contains(source, "grant_type=refresh_token") || strings.Contains(source, ">refresh_token<"))
}

// readAssignMessage follows literals and copies, because they decide grants: a proxy may force grant_type to one value.
func readAssignMessage(d *apigee.Document) []write {
	var out []write
	root := d.Root
	message, fresh := "", false
	if to := root.Child("AssignTo"); to != nil {
		message = strings.Clone(to.Text)
		kind, _ := to.Attr("type")
		if message == "" && strings.EqualFold(kind, "request") {
			message = "request"
		}
		fresh = isTrueAttr(to, "createNew")
	}
	if fresh && message != "" {
		out = append(out, write{name: message + ".", prefix: true})
	}
	for n := range root.Children() {
		switch n.Name {
		case "AssignVariable":
			out = append(out, readAssignVariable(n)...)
		case "Copy":
			out = append(out, messageWrites(message, "", "", true, nil)...)
		case "Set", "Add", "Remove":
			out = append(out, readMessageParts(n, message)...)
		}
	}
	return out
}

func readAssignVariable(n *apigee.Node) []write {
	name := strings.Clone(n.Child("Name").String())
	if name == "" {
		return nil
	}
	value, ref, template := n.Child("Value"), n.Child("Ref"), n.Child("Template")
	w := write{name: name}
	switch {
	case value != nil && !strings.Contains(value.Text, "{") && ref == nil && template == nil && n.Child("PropertySetRef") == nil && n.Child("ResourceURL") == nil:
		v := strings.Clone(value.Text)
		w.literal = &v
	case value == nil && ref != nil && template == nil:
		w.copyOf = strings.Clone(ref.Text)
	}
	return []write{w, {name: name + ".", prefix: true}}
}

// readMessageParts reads Set, Add and Remove of a message. Only Set with plain text makes a value certain.
func readMessageParts(n *apigee.Node, message string) []write {
	var out []write
	for part := range n.Children() {
		switch part.Name {
		case "FormParams", "QueryParams", "Headers":
			for param := range part.Children() {
				name, _ := param.Attr("name")
				var literal *string
				if n.Name == "Set" && !strings.Contains(param.Text, "{") {
					v := strings.Clone(param.Text)
					literal = &v
				}
				set := messageWrites(message, strings.ToLower(strings.TrimSuffix(part.Name, "s")), name, name == "", literal)
				if ref := wholeReference(param.Text); ref != "" && n.Name == "Set" && message != "" && name != "" {
					set[0].copyOf = ref
				}
				out = append(out, set...)
			}
			if part.Child("FormParam") == nil && n.Name == "Remove" {
				out = append(out, messageWrites(message, "", "", true, nil)...)
			}
		case "Payload":
			out = append(out, messageWrites(message, "formparam", "", true, nil)...)
			out = append(out, messageWrites(message, "content", "", false, nil)...)
		default: // Verb, Path, StatusCode, Version, ReasonPhrase
			out = append(out, messageWrites(message, strings.ToLower(part.Name), "", false, nil)...)
		}
	}
	return out
}

// wholeReference is the variable of a template that is nothing but a reference to it, "" for any other text.
func wholeReference(text string) string {
	inner, opened := strings.CutPrefix(text, "{")
	name, closed := strings.CutSuffix(inner, "}")
	if !opened || !closed || !isVariable(name) {
		return ""
	}
	return strings.Clone(name)
}

// messageWrites names a part of a message. Without AssignTo the message is the request or the response, by where the
// policy is attached; then both may change and neither value is certain.
func messageWrites(message, part, name string, prefix bool, literal *string) []write {
	messages := []string{message}
	if message == "" {
		messages, literal = []string{"request", "response", "message"}, nil
	}
	var out []write
	for _, m := range messages {
		w := write{name: m + ".", prefix: prefix, literal: literal}
		if part != "" {
			w.name += part
			if name != "" || prefix {
				w.name += "."
			}
			w.name += strings.Clone(name)
		}
		out = append(out, w)
	}
	return out
}

func readExtractVariables(d *apigee.Document) []write {
	prefix := d.Root.Child("VariablePrefix").String()
	if prefix != "" {
		return []write{{name: strings.Clone(prefix) + ".", prefix: true}}
	}
	var out []write
	for n := range d.Root.Descendants() {
		if n.Name == "Variable" {
			if name, ok := n.Attr("name"); ok {
				out = append(out, write{name: strings.Clone(name)})
			}
		}
		for text := n.Text; n.Name == "Pattern"; {
			_, rest, ok := strings.Cut(text, "{")
			name, after, closed := strings.Cut(rest, "}")
			if !ok || !closed {
				break
			}
			out, text = append(out, write{name: strings.Clone(name)}), after
		}
	}
	return out
}

func readParameters(d *apigee.Document) []write {
	var out []write
	for n := range d.Root.Child("Parameters").Children() {
		name, _ := n.Attr("name")
		w := write{name: strings.Clone(name)}
		value, ref := n.Text, ""
		if v := n.Child("Value"); v != nil {
			value = v.Text
		} else if v, ok := n.Attr("value"); ok {
			value = v
		}
		if v, ok := n.Attr("ref"); ok {
			ref = v
		}
		switch {
		case ref != "" && value == "":
			w.copyOf = strings.Clone(ref)
		case ref == "" && !strings.Contains(value, "{"):
			v := strings.Clone(value)
			w.literal = &v
		}
		if name != "" {
			out = append(out, w)
		}
	}
	return out
}

func readServiceCallout(d *apigee.Document) []write {
	var out []write
	if v := d.Root.Child("Response").String(); v != "" {
		out = append(out, write{name: strings.Clone(v)}, write{name: strings.Clone(v) + ".", prefix: true})
	}
	if v, ok := d.Root.Child("Request").Attr("variable"); ok && d.Root.Child("Request").Child("Set") != nil {
		out = append(out, write{name: strings.Clone(v) + ".", prefix: true})
	}
	return out
}

// readNamedWrites takes every name that a policy spells as possibly written: right for key value maps, caches, token
// generators and types this program does not know.
func readNamedWrites(d *apigee.Document) []write {
	var out []write
	add := func(s string) {
		if isVariable(s) {
			out = append(out, write{name: strings.Clone(s)}, write{name: strings.Clone(s) + ".", prefix: true})
		}
	}
	for n := range d.Root.Descendants() {
		add(n.Text)
		for i := range n.Attrs {
			if n != d.Root {
				add(n.Attrs[i].Value)
			}
		}
	}
	return out
}

func isVariable(s string) bool {
	if s == "" || len(s) > 200 || s == "true" || s == "false" {
		return false
	}
	letters := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_':
			letters = true
		case '0' <= c && c <= '9' || c == '.' || c == '-':
		default:
			return false
		}
	}
	return letters
}

func isTrueAttr(n *apigee.Node, name string) bool {
	v, _ := n.Attr(name)
	return strings.EqualFold(v, "true")
}
