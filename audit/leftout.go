package audit

// LeftOut is a finding that the audit made and the options keep out of the report: enough for a later comparison not to
// call it fixed.
type LeftOut struct {
	Organization string `json:"organization"`
	RuleID       string `json:"ruleId"`
	Fingerprint  string `json:"fingerprint"`
	// SharedFingerprint is as in [Finding].
	SharedFingerprint string `json:"sharedFingerprint,omitempty"`
}

func leftOut(f *Finding) LeftOut {
	return LeftOut{f.Organization, f.RuleID, f.Fingerprint, f.SharedFingerprint}
}
