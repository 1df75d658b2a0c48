package flow

import (
	"testing"

	"apigee-audit/audit/finding"
)

// TestStops: how sure it is that requests end at a step before. RaiseFault always ends them.
func TestStops(t *testing.T) {
	for name, tt := range map[string]struct {
		policy Definition
		want   finding.Confidence
	}{
		"RaiseFault":                        {Definition{Type: "RaiseFault"}, 0},
		"OAuthV2 that answers":              {Definition{Type: "OAuthV2", OAuth: &OAuthV2{GenerateResponse: true}}, finding.MediumConfidence},
		"OAuthV2 that answers by variables": {Definition{Type: "OAuthV2", OAuth: &OAuthV2{}}, finding.LowConfidence},
	} {
		p := &Policy{Definition: &tt.policy, Program: &Program{}}
		f := fact{by: &frame{stage: &stage{program: p.Program, endpoint: proxyAt("default", "/")}, step: &step{policy: p}}}
		if got := f.stops().Confidence; got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

func TestLeastSure(t *testing.T) {
	for _, tt := range [][3]finding.Confidence{
		{0, 0, 0}, {0, finding.MediumConfidence, finding.MediumConfidence}, {finding.LowConfidence, 0, finding.LowConfidence},
		{finding.LowConfidence, finding.MediumConfidence, finding.LowConfidence}, {finding.HighConfidence, finding.MediumConfidence, finding.MediumConfidence},
	} {
		if got := leastSure(tt[0], tt[1]); got != tt[2] {
			t.Errorf("of %v and %v: %v, want %v", tt[0], tt[1], got, tt[2])
		}
	}
}
