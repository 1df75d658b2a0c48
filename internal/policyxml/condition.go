package policyxml

import "strconv"

// IsGrant is the condition that a request has a grant type, given the variable that holds it.
func IsGrant(variable, grant string) string { return variable + " = " + strconv.Quote(grant) }

// IsNotGrant is the condition that a request has another grant type.
func IsNotGrant(variable, grant string) string { return variable + " != " + strconv.Quote(grant) }

// And is both conditions together; "" is one that always holds.
func And(a, b string) string { return joined(a, " and ", b) }

// Or is either condition. One that always holds ("") makes it "".
func Or(a, b string) string {
	if a == "" || b == "" {
		return ""
	}
	return joined(a, " or ", b)
}

// joined puts the first condition, which may be anybody's, in parentheses.
func joined(a, operator, b string) string {
	switch {
	case a == "":
		return b
	case b == "":
		return a
	}
	return "(" + a + ")" + operator + b
}
