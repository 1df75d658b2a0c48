package apigee

import (
	"strings"
	"testing"
)

// TestTraits: a new platform is whole, and what is asked of none has the answers of the default.
func TestTraits(t *testing.T) {
	titles := map[string]bool{}
	for _, p := range Platforms() {
		traits := p.Traits()
		if !p.Known() || titles[traits.Title] || !strings.HasPrefix(traits.DefaultEndpoint, "https://") || traits.ReadRole == "" {
			t.Errorf("%s: %+v", p, traits)
		}
		titles[traits.Title] = true
	}
	if p := Platform("apogee"); p.Known() || p.Traits() != Platforms()[0].Traits() {
		t.Errorf("an unknown platform is taken for one: %+v", p.Traits())
	}
}
