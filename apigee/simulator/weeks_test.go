package simulator_test

import (
	"reflect"
	"testing"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/apigee/simulator"
)

// TestDemoWeeks holds the weeks against the sample: the last is the sample itself, and each deploys what there is.
func TestDemoWeeks(t *testing.T) {
	weeks := simulator.DemoWeeks()
	if len(weeks) != 5 {
		t.Fatalf("%d weeks", len(weeks))
	}
	if !reflect.DeepEqual(simulator.Demo(), weeks[4].Organizations) {
		t.Error("the last week is not the sample")
	}
	unreachable := 0
	for i, w := range weeks {
		if i > 0 && w.At.Sub(weeks[i-1].At) != 7*24*time.Hour {
			t.Errorf("week %d is audited at %s, the one before at %s", i, w.At, weeks[i-1].At)
		}
		if i < 4 && reflect.DeepEqual(w.Organizations, weeks[i+1].Organizations) {
			t.Errorf("nothing changes after week %d", i)
		}
		if w.Unreachable != "" {
			unreachable++
		}
		for _, o := range w.Organizations {
			exists := map[apigee.Revision]bool{}
			for _, b := range o.Bundles {
				if exists[b.Revision] {
					t.Errorf("week %d: %s is there twice", i, b.Revision)
				}
				exists[b.Revision] = true
				for name, data := range b.Files {
					if _, err := scan(data); err != nil {
						t.Errorf("week %d: %s, %s: %v", i, b.Revision, name, err)
					}
				}
			}
			for _, e := range o.Environments {
				for _, r := range e.Deployed {
					if !exists[r] {
						t.Errorf("week %d: %s is deployed in %s, and is not there", i, r, e.Name)
					}
				}
			}
		}
	}
	if unreachable != 1 {
		t.Errorf("an organization cannot be read in %d weeks, want 1", unreachable)
	}
}
