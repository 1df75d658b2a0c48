package simulator

// Verdict is one finding that an audit of the built-in organizations must make.
type Verdict struct {
	Organization string
	Rule         string   // "RT104"
	Kind         string   // "apis" or "sharedflows"
	Name         string   // the bundle that the finding belongs to
	Environments []string // sorted; the bundle has no such finding in any other
	Says         string   // part of the message; "" for whatever it says
}

// DemoVerdicts is the truth about [Demo] for the core family (RT101, RT103, RT104, RT106, RT107, RT110) and for RT102, RT109,
// RT205 and RT503. It is exact: what it does not name must not be reported by these rules. Sorted by organization as in Demo,
// rule and name.
func DemoVerdicts() []Verdict {
	const retail, partners, legacy = "harbor-retail", "harbor-partners", "harbor-legacy"
	const proxy, flow = "apis", "sharedflows"
	everywhere := []string{"dev", "prod-eu", "prod-us", "test"}
	both := []string{"prod", "test"}
	return []Verdict{
		{retail, "RT102", proxy, "token-inspector", []string{"sandbox"}, ""},
		{retail, "RT104", proxy, "basket-login", everywhere, ""},
		{retail, "RT104", proxy, "courier-token", everywhere, ""},
		{retail, "RT104", proxy, "delivery-token", []string{"prod-eu", "prod-us"}, ""},
		{retail, "RT104", proxy, "giftcard-token", everywhere, ""},
		{retail, "RT104", proxy, "pharmacy-token", everywhere, ""},
		{retail, "RT104", proxy, "wallet-token", []string{"prod-us"}, ""},
		{retail, "RT106", flow, "issue-member-token", []string{"prod-eu", "test"}, "both lie under /member"},
		{retail, "RT107", proxy, "recipes-token", []string{"prod-eu"}, ""},
		{retail, "RT107", proxy, "store-login", []string{"sandbox"}, ""},
		{retail, "RT107", proxy, "warehouse-login", []string{"sandbox"}, ""},
		{retail, "RT110", proxy, "store-login", everywhere, "Nothing ties any of them to this proxy"},
		{retail, "RT205", proxy, "recipes-token", []string{"prod-eu"}, ""},
		{retail, "RT503", proxy, "token-exchange", everywhere, "sets exchange.secret to a constant"},

		{partners, "RT101", proxy, "carrier-tablet", []string{"prod"}, ""},
		{partners, "RT101", proxy, "catalogue-token", both, ""},
		{partners, "RT101", proxy, "depot-token", []string{"test"}, ""},
		{partners, "RT101", proxy, "exchange-token", []string{"prod"}, ""},
		{partners, "RT101", proxy, "grower-portal", []string{"prod"}, ""},
		{partners, "RT101", proxy, "key-check", []string{"test"}, ""},
		{partners, "RT101", proxy, "supplier-login", both, ""},
		{partners, "RT102", proxy, "token-status", both, ""},
		{partners, "RT103", flow, "adopt-idp-token", []string{"prod"}, ""},
		{partners, "RT103", proxy, "idp-import", both, ""},
		{partners, "RT104", proxy, "carrier-login", []string{"prod"}, ""},
		{partners, "RT205", proxy, "grower-portal", []string{"prod"}, ""},
		{partners, "RT205", proxy, "key-check", []string{"test"}, "may issue nothing"},
		{partners, "RT503", proxy, "exchange-token", []string{"prod"}, "its PassWord is jwt.VJ-Partner-Token.claim.subject"},
		{partners, "RT503", proxy, "key-check", []string{"test"}, "may issue nothing"},

		{legacy, "RT109", proxy, "club-refresh", []string{"legacy-test"}, ""},
		{legacy, "RT109", proxy, "oauth", []string{"legacy-prod", "legacy-test"}, ""},
		{legacy, "RT205", proxy, "oauth", []string{"legacy-prod", "legacy-test"}, ""},
	}
}
