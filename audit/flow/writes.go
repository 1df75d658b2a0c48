package flow

import (
	"slices"
	"strings"

	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/xmltree"
)

// write is one variable that a policy may set. Conditions behind the policy must not rely on its earlier value.
type write struct {
	name   string // the variable; with prefix, everything that starts so; "" with prefix is everything
	prefix bool
	// What the variable becomes, when that is certain: a literal or a copy of another variable.
	literal *string
	copyOf  string
	// from is the variable whose value it holds if the policy finds one there; with prefix it stands for name in all that
	// starts so. It says where a value may come from, and proves nothing about conditions.
	from string
	// ofResponse tells a part of message that the policy sets where message is the response.
	ofResponse bool
}

// change is what an element of a policy sets, as its document spells it: a variable, or a part of a message.
type change struct {
	holder
	// These are as those of [write]. A message that has several names, the last of which is its own, is certain by that one alone.
	literal      string
	isLiteral    bool
	copyOf, from string
	ofResponse   bool
}

// certain makes a literal of what a change sets.
func (c change) certain(literal string) change {
	c.literal, c.isLiteral = literal, true
	return c
}

// write is the change of one of the names of what it sets, for which the document need not be kept. own says that it is the last.
func (c *change) write(name string, own bool) write {
	w := write{name: name, prefix: c.prefix, from: strings.Clone(c.from), ofResponse: c.ofResponse}
	if !c.inMessage {
		w.name = strings.Clone(name)
	}
	if own {
		w.copyOf = strings.Clone(c.copyOf)
		if c.isLiteral {
			literal := strings.Clone(c.literal)
			w.literal = &literal
		}
	}
	return w
}

// spelledOut are the writes of changes, under every name.
func spelledOut(changes []change) []write {
	var out []write
	for i := range changes {
		names, n := changes[i].names()
		for k, name := range names[:n] {
			out = append(out, changes[i].write(name, k == n-1))
		}
	}
	return slices.Clip(out)
}

// takenFrom says where a change takes its value from.
func (c change) takenFrom(variable string) change {
	c.from = variable
	return c
}

// variable sets one variable.
func variable(name string) change { return change{holder: holder{name: name}} }

// below sets everything that starts so.
func below(prefix string) change { return change{holder: holder{name: prefix, prefix: true}} }

// anything is what code and undocumented policies may set.
func anything() []change { return []change{below("")} }

// named may set a variable and what is below it.
func named(name string) []change {
	if name == "" {
		return nil
	}
	return []change{variable(name), below(name + ".")}
}

// appendChanges adds what a policy may set: what its elements name, what its type sets by itself, and what any policy
// leaves behind that failed and let the flow go on. A type whose variables are not documented may set anything.
func (r *programReader) appendChanges(out []change, p *Policy, src *bundle.Policy) []change {
	if p.Type == bundle.TypeAssignMessage || p.Type == bundle.TypeHTTPModifier {
		p.PostsRefresh = postsRefresh(src.Doc.Source)
		out = r.appendAssignMessage(out, src.Doc)
	} else {
		list, documented := r.elementChanges(p, src.Doc)
		if !documented {
			return append(out, anything()...)
		}
		out = append(out, list...)
	}
	out = appendOwn(out, p, src.Doc.Root)
	if p.ContinueOnError {
		// Source: docs.cloud.google.com/apigee/docs/api-platform/fundamentals/fault-handling.
		out = append(out, below("fault."), below("error."))
	}
	return out
}

// elementChanges reads what the elements of a policy of any other type say it sets. It does not know types whose reference page does not
// say what they set, which are those that have no entry here and in [ownPrefixes].
// Source: the element reference of each type, docs.cloud.google.com/apigee/docs/api-platform/reference/policies; types of
// Edge alone, docs.apigee.com/api-platform/reference/policies.
func (r *programReader) elementChanges(p *Policy, d *xmltree.Document) (out []change, documented bool) {
	if runsScript(p.Type) {
		return r.readScript(p, d), true
	}
	root := d.Root
	switch p.Type {
	case bundle.TypeRaiseFault, bundle.TypeMonetizationLimitsCheck:
		return r.readFaultResponse(root), true
	case bundle.TypeExtractVariables:
		return readExtractVariables(d), true
	case bundle.TypeFlowCallout:
		return readParameters(d), true
	case bundle.TypeServiceCallout:
		p.PostsRefresh = postsRefresh(d.Source)
		return readServiceCallout(d), true
	case bundle.TypeIntegrationCallout:
		return named(root.Child("Response").String()), true
	case bundle.TypeSetIntegrationRequest:
		return named(root.Child("Request").String()), true
	case bundle.TypeJavaCallout, bundle.TypeExternalCallout: // the gRPC server of an ExternalCallout may answer with variables to set
		p.Opaque = true
		return anything(), true
	case bundle.TypeKeyValueMapOperations:
		for n := range root.Children() {
			if n.Name == "Get" {
				variable, _ := n.Attr("assignTo")
				out = append(out, named(variable)...)
			}
		}
		return out, true
	case bundle.TypeLookupCache:
		return named(root.Child("AssignTo").String()), true
	case bundle.TypeReadPropertySet:
		return r.readReadPropertySet(root), true
	case bundle.TypeBasicAuthentication: // Encode writes AssignTo, Decode User and Password
		user, _ := root.Child("User").Attr("ref")
		password, _ := root.Child("Password").Attr("ref")
		for _, variable := range []string{root.Child("AssignTo").String(), user, password} {
			out = append(out, named(variable)...)
		}
		return out, true
	case bundle.TypeHMAC:
		return named(root.Child("Output").String()), true
	case bundle.TypeGenerateJWT, bundle.TypeGenerateJWS:
		return named(root.Child("OutputVariable").String()), true
	case bundle.TypeJSONToXML, bundle.TypeXMLToJSON, bundle.TypeXSL:
		return readTransformation(root), true
	case bundle.TypeGenerateSAMLAssertion:
		return readGenerateSAML(root), true
	case bundle.TypeConnectorCallout:
		return named(root.Child("Output").String()), true
	}
	return nil, len(ownPrefixes(p.Type)) > 0
}

// ownPrefixes are what the variables begin with that a type sets by itself. {name} is the policy's name. Types that are
// documented to set none have the prefix of the variables that tell of their failure, nil is for types not known.
// Source: the flow variables section of each type's page in the policy reference, as for elementChanges.
func ownPrefixes(policyType string) []string {
	switch policyType {
	case bundle.TypeOAuthV2, bundle.TypeGetOAuthV2Info, bundle.TypeSetOAuthV2Info, bundle.TypeDeleteOAuthV2Info, bundle.TypeRevokeOAuthV2:
		// oauthv2-policy and get-oauth-v2-info-policy; docs.apigee.com/…/oauth-flow-variables.
		return []string{"oauthV2.{name}.", "oauthv2accesstoken.{name}.", "oauthv2authcode.{name}.", "oauthv2refreshtoken.{name}.", "oauthv2client.{name}."}
	case bundle.TypeVerifyAPIKey: // verify-api-key-policy; its failures are oauthV2.{name}.failed
		return []string{"verifyapikey.{name}.", "oauthV2.{name}."}
	case bundle.TypeSpikeArrest, bundle.TypeQuota, bundle.TypeConcurrentRatelimit: // quota-policy, spike-arrest-policy
		return []string{"ratelimit.{name}.", "concurrentratelimit.{name}."}
	case bundle.TypeVerifyJWT, bundle.TypeDecodeJWT, bundle.TypeGenerateJWT: // verify-jwt-policy
		return []string{"jwt.{name}.", "JWT."}
	case bundle.TypeVerifyJWS, bundle.TypeDecodeJWS, bundle.TypeGenerateJWS: // verify-jws-policy
		return []string{"jws.{name}.", "JWS."}
	case bundle.TypeRaiseFault: // raise-fault-policy
		return []string{"raisefault."}
	case bundle.TypeMessageLogging: // message-logging-policy
		return []string{"messagelogging."}
	case bundle.TypeJSONThreatProtection: // json-threat-protection-policy
		return []string{"jsonattack.{name}."}
	case bundle.TypeXMLThreatProtection: // xml-threat-protection-policy
		return []string{"xmlattack.{name}."}
	case bundle.TypeAccessControl: // access-control-policy
		return []string{"acl.{name}."}
	case bundle.TypeAccessEntity: // access-entity-policy
		return []string{"AccessEntity."}
	case bundle.TypeAssertCondition: // assert-condition-policy
		return []string{"assertion.{name}.", "assertcondition.{name}."}
	case bundle.TypeGraphQL: // graphql-policy
		return []string{"graphql."}
	case bundle.TypeValidateSAMLAssertion, bundle.TypeGenerateSAMLAssertion: // saml-assertion-policy
		return []string{"saml."}
	case bundle.TypeMonetizationLimitsCheck: // monetization-limits-check-policy
		return []string{"mint."}
	case bundle.TypeLdap, bundle.TypeLDAP: // docs.apigee.com, ldap-policy
		return []string{"ldap."}
	case bundle.TypeServiceCallout: // service-callout-policy
		return []string{"servicecallout."}
	case bundle.TypeSetIntegrationRequest, bundle.TypeIntegrationCallout: // set-integration-request-policy
		return []string{"integration."}
	case bundle.TypeAssignMessage: // assign-message-policy
		return []string{"assignmessage.{name}.", "assignvariable.{name}."}
	case bundle.TypeXSL: // xsl-transform-policy
		return []string{"xsl.{name}."}
	case bundle.TypeCORS, bundle.TypeDataCapture, bundle.TypeStatisticsCollector, bundle.TypeTraceCapture, bundle.TypePublishMessage, bundle.TypeOASValidation, bundle.TypeMessageValidation,
		bundle.TypeRegularExpressionProtection, bundle.TypePopulateCache, bundle.TypeInvalidateCache, bundle.TypeResponseCache, bundle.TypeResetQuota:
		return []string{strings.ToLower(policyType) + ".{name}."}
	}
	return nil
}

// appendOwn adds the variables that the policy's type sets whatever its elements say.
func appendOwn(out []change, p *Policy, root *xmltree.Node) []change {
	out = append(out, below(strings.ToLower(p.Type)+"."+p.Name+"."))
	for _, prefix := range ownPrefixes(p.Type) {
		out = append(out, below(strings.ReplaceAll(prefix, "{name}", p.Name)))
	}
	switch p.Type {
	case bundle.TypeOAuthV2:
		out = append(out, readOAuthWrites(root)...)
	case bundle.TypeVerifyAPIKey: // verify-api-key-policy, variables for analytics
		out = append(out, variable("client_id"), variable("developer.id"), variable("developer.app.name"), variable("apiproduct.name"))
	case bundle.TypeCORS, bundle.TypeResponseCache: // the answer to a preflight request, the cached response
		out = append(out, responseWrites()...)
	case bundle.TypeValidateSAMLAssertion:
		if strings.EqualFold(root.Child("RemoveAssertion").String(), "true") {
			out = append(out, partsOf(root.Child("Source").String(), ""))
		}
	}
	return out
}

// readOAuthWrites are the variables of OAuthV2 that have no prefix: what a verification tells of token, app, developer
// and product, and the response that the policy writes itself.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/policies/oauthv2-policy, "Flow variables";
// docs.apigee.com/api-platform/reference/policies/oauth-flow-variables.
func readOAuthWrites(root *xmltree.Node) []change {
	var out []change
	if strings.HasPrefix(strings.ToLower(root.Child("Operation").String()), "verify") {
		for _, name := range []string{
			"organization_name", "client_id", "grant_type", "token_type", "access_token", "issued_at", "expires_in", "status", "scope",
		} {
			out = append(out, variable(name))
		}
		for _, prefix := range []string{"accesstoken.", "developer.", "app.", "apiproduct.", "company.", "apigee."} {
			out = append(out, below(prefix))
		}
	}
	for _, element := range []string{"GenerateResponse", "GenerateErrorResponse"} {
		if n := root.Child(element); n != nil && !n.IsFalse("enabled") {
			return append(out, responseWrites()...)
		}
	}
	return out
}

// responseWrites are for policies that make a response of their own, wherever they run. In the request flow message goes
// on to be the request.
func responseWrites() []change {
	out := []change{below("message.status."), below("message.reason."), below("message.header."), variable("message.content")}
	for i := range out {
		out[i].ofResponse = true
	}
	return append(out, below("response."))
}

// postsRefresh recognizes a request body or form with grant_type=refresh_token.
func postsRefresh(source string) bool {
	return strings.Contains(source, "grant_type") && containsFold(source, "refresh_token") &&
		(strings.Contains(source, "grant_type=refresh_token") || strings.Contains(source, ">refresh_token<"))
}

// readParameters reads what a FlowCallout hands to its shared flow.
func readParameters(d *xmltree.Document) []change {
	var out []change
	for n := range d.Root.Child("Parameters").Children() {
		name, _ := n.Attr("name")
		c := variable(name)
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
			c.copyOf = ref
		case ref == "" && !strings.Contains(value, "{"):
			c = c.certain(value)
		case ref == "":
			c.copyOf = wholeReference(value)
		}
		if name != "" {
			out = append(out, c)
		}
	}
	return out
}

// readServiceCallout reads the response variable, and what is done to a message that the policy sends.
func readServiceCallout(d *xmltree.Document) []change {
	out := named(d.Root.Child("Response").String())
	request := d.Root.Child("Request")
	message, _ := request.Attr("variable")
	if message == "" {
		return out
	}
	if request.IsTrue("clearPayload") {
		out = appendContent(out, message)
	}
	for n := range request.Children() {
		out = appendMessageChange(out, n, message)
	}
	return out
}

// readTransformation reads where JSONToXML, XMLToJSON and XSL put what they make: a variable or message, or in place of
// their source.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/policies/json-xml-policy, "OutputVariable".
func readTransformation(root *xmltree.Node) []change {
	output := root.Child("OutputVariable").String()
	out := named(output)
	if output == "" {
		output = root.Child("Source").String()
	}
	out = appendContent(out, output)
	if output == "message" {
		output = ""
	}
	return append(out, partOf(output, "header", "content-type"))
}

func readGenerateSAML(root *xmltree.Node) []change {
	output := root.Child("OutputVariable")
	out := named(output.Child("FlowVariable").String())
	if n := output.Child("Message"); n != nil {
		message, _ := n.Attr("name")
		out = appendContent(out, message)
	}
	return out
}

// appendContent adds what becomes of a message whose body is replaced; "" and message are the request or the response, by where the
// policy is attached.
func appendContent(out []change, message string) []change {
	if message == "message" {
		message = ""
	}
	return append(out, partOf(message, "content", ""), partOf(message, "formstring", ""), partsOf(message, "formparam"))
}

// isVariable reports whether a text can be the name of a variable.
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

// readExtractVariables reads which variables take a part of what. A pattern that does not match leaves its variable
// alone, so none of it is certain.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/policies/extract-variables-policy.
func readExtractVariables(d *xmltree.Document) []change {
	var out []change
	root := d.Root
	prefix := root.Child("VariablePrefix").String()
	set := func(name, from string) {
		if name = strings.TrimPrefix(prefix+"."+name, "."); name != "" {
			out = append(out, variable(name).takenFrom(from), below(name+"."))
		}
	}
	source := root.Child("Source")
	message := source.String()
	if message == "" {
		message = "message"
	}
	if source.IsTrue("clearPayload") {
		out = appendContent(out, message)
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
