package audit

import "testing"

// TestStops: how sure it is that requests end at a step before. RaiseFault always ends them.
func TestStops(t *testing.T) {
	for name, tt := range map[string]struct {
		policy Policy
		want   Confidence
	}{
		"RaiseFault":                        {Policy{Type: "RaiseFault"}, 0},
		"OAuthV2 that answers":              {Policy{Type: "OAuthV2", OAuth: &OAuthV2{GenerateResponse: true}}, MediumConfidence},
		"OAuthV2 that answers by variables": {Policy{Type: "OAuthV2", OAuth: &OAuthV2{}}, LowConfidence},
	} {
		tt.policy.Unit = &Unit{}
		f := fact{by: &frame{unit: tt.policy.Unit, endpoint: proxyAt("default", "/"), step: &step{policy: &tt.policy}}}
		if got := f.stops().Confidence; got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

func TestLeastSure(t *testing.T) {
	for _, tt := range [][3]Confidence{
		{0, 0, 0}, {0, MediumConfidence, MediumConfidence}, {LowConfidence, 0, LowConfidence},
		{LowConfidence, MediumConfidence, LowConfidence}, {HighConfidence, MediumConfidence, MediumConfidence},
	} {
		if got := leastSure(tt[0], tt[1]); got != tt[2] {
			t.Errorf("of %v and %v: %v, want %v", tt[0], tt[1], got, tt[2])
		}
	}
}
