package audit

import (
	"testing"
	"time"
)

func TestSeverity(t *testing.T) {
	rule := &Rule{ID: "RT900", Severity: Medium}
	for _, c := range []struct {
		name     string
		remapped Severity // 0: not remapped
		stated   Severity // 0: the rule says nothing
		want     Severity
	}{
		{"the rule's own", 0, 0, Medium},
		{"lowered by the rule", 0, Low, Low},
		{"raised by configuration", High, 0, High},
		{"lowered by configuration", Info, 0, Info},
		{"raised, yet lowered by the rule", High, Low, Low},
		{"lowered by both", Info, Low, Info},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := DefaultSettings()
			if c.remapped != 0 {
				s.Severities = map[string]Severity{"RT900": c.remapped, "RT901": Info}
			}
			if got := s.severity(rule, c.stated); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestSettingsCompleted(t *testing.T) {
	if got, want := (Settings{}).completed(), DefaultSettings(); got.Profile != want.Profile || got.MaxRefreshLifetime != want.MaxRefreshLifetime {
		t.Errorf("got %+v, want %+v", got, want)
	}
	chosen := Settings{Profile: ProfileFAPI, MaxRefreshLifetime: time.Hour}
	if got := chosen.completed(); got.Profile != ProfileFAPI || got.MaxRefreshLifetime != time.Hour {
		t.Errorf("choices are lost: %+v", got)
	}
}
