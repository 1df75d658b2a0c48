// Package policyxml writes the XML that remedies and fixes propose: steps, conditions, flows, OAuthV2 policies. What it is given
// may come from a bundle, and is escaped.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/api-proxy-configuration-reference.
package policyxml

import (
	"strconv"
	"strings"
)

// Element is an element with a text, indented by nothing: <Name>Issue</Name>. Attributes are pairs of name and value; those
// without a value are left out.
func Element(name, text string, attributes ...string) string {
	var b strings.Builder
	b.WriteString("<" + name)
	for i := 0; i+1 < len(attributes); i += 2 {
		if attributes[i+1] != "" {
			b.WriteString(" " + attributes[i] + `="` + attribute(attributes[i+1]) + `"`)
		}
	}
	if text == "" {
		b.WriteString("/>")
		return b.String()
	}
	b.WriteString(">" + Characters(text) + "</" + name + ">")
	return b.String()
}

// Parent is an element around lines of XML, which it indents.
func Parent(name string, lines []string, attributes ...string) string {
	start := strings.TrimSuffix(Element(name, "", attributes...), "/>") + ">\n"
	var b strings.Builder
	b.WriteString(start)
	for _, l := range lines {
		for line := range strings.SplitSeq(l, "\n") {
			b.WriteString("  " + line + "\n")
		}
	}
	b.WriteString("</" + name + ">")
	return b.String()
}

// Step attaches a policy; without a condition for every request.
func Step(policy, condition string) string {
	lines := []string{Element("Name", policy)}
	if condition != "" {
		lines = append(lines, Condition(condition))
	}
	return Parent("Step", lines)
}

// Condition is the condition of a step, flow or route rule.
func Condition(condition string) string { return Element("Condition", condition) }

// Flow is a conditional flow whose request has some steps.
func Flow(name, condition string, steps ...string) string {
	return Parent("Flow", []string{Condition(condition), Parent("Request", steps)}, "name", name)
}

var (
	escapedCharacters = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	escapedAttribute  = strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;")
)

// Characters is a text as it stands between tags. Quotation marks stay, because conditions are full of them.
func Characters(s string) string { return escapedCharacters.Replace(s) }

func attribute(s string) string { return escapedAttribute.Replace(s) }

// FreeName is a name that is not taken, numbered from 2 where it has to be.
func FreeName(name string, taken func(string) bool) string {
	free := name
	for n := 2; taken(free); n++ {
		free = name + "-" + strconv.Itoa(n)
	}
	return free
}
