package fix

import (
	"fmt"
	"strings"

	"apigee-audit/apigee/condition"
	"apigee-audit/apigee/xmltree"
	"apigee-audit/audit/finding"
	"apigee-audit/internal/policyxml"
)

const (
	refreshGrant = "refresh_token"
	// defaultGrantType is where an OAuthV2 policy looks for the grant type.
	// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/policies/oauthv2-policy.
	defaultGrantType = "request.formparam.grant_type"
)

// grantVariable is the variable in which an OAuthV2 policy finds the grant type.
func grantVariable(policy *xmltree.Node) string {
	if v := policy.Child("GrantType").String(); v != "" {
		return v
	}
	return defaultGrantType
}

// isRefresh is the condition for refresh requests, and notRefresh the one for all others.
func isRefresh(variable string) string  { return policyxml.IsGrant(variable, refreshGrant) }
func notRefresh(variable string) string { return policyxml.IsNotGrant(variable, refreshGrant) }

// possible reports whether conditions can hold together.
func possible(conditions ...string) bool {
	var all []condition.Formula
	for _, c := range conditions {
		all = append(all, formula(c))
	}
	return condition.Satisfiable(all...)
}

// implies reports whether one condition holds wherever another does; false where that is not certain.
func implies(a, b string) bool { return condition.Implies(formula(a), formula(b)) }

func bound(x *condition.Expr, environment string) condition.Formula {
	return x.Bind(func(variable string) condition.Term {
		name := strings.ToLower(strings.TrimSpace(variable))
		switch {
		case name == "proxy.pathsuffix":
			return condition.Path(name)
		case name == environmentName && environment != "":
			return condition.Literal(environment)
		}
		return condition.Symbol(name)
	})
}

// conditionOf is the condition of a step, flow or fault rule, "" for none.
func conditionOf(n *xmltree.Node) string { return n.Child("Condition").String() }

// setCondition gives a step, flow or fault rule another condition.
func (d *draft) setCondition(file string, at finding.Place, text string) error {
	doc, n, err := d.at(file, at)
	if err != nil {
		return err
	}
	change, err := conditionText(doc, n, text)
	if err != nil {
		return err
	}
	return d.edit(file, change)
}

// conditionText is the change of the condition of a step, flow or fault rule.
func conditionText(doc *xmltree.Document, n *xmltree.Node, text string) (splice, error) {
	return childText(doc, n, "Condition", text, "Name", "Description")
}

// narrow lets no refresh request any more past a step, flow or fault rule.
func (d *draft) narrow(file string, at finding.Place, variable string) error {
	_, n, err := d.at(file, at)
	if err != nil {
		return err
	}
	condition := policyxml.And(conditionOf(n), notRefresh(variable))
	if !possible(condition) {
		return fmt.Errorf("%s:%d is for refresh requests alone, and turns them away on purpose", file, at.Line)
	}
	return d.setCondition(file, at, condition)
}
