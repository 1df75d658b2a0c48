package finding

import (
	"testing"
	"time"
)

func TestSeverity(t *testing.T) {
	rule := &Rule{ID: "RT900", Severity: Medium}
	for _, c := range []struct {
		name     string
		remapped map[string]Severity
		want     Severity
	}{
		{"the rule's own", nil, Medium},
		{"another rule's is remapped", map[string]Severity{"RT901": Info}, Medium},
		{"raised by configuration", map[string]Severity{"RT900": High}, High},
		{"lowered by configuration", map[string]Severity{"RT900": Info, "RT901": High}, Info},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := DefaultSettings()
			s.Severities = c.remapped
			if got := s.SeverityOf(rule); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestSettingsCompleted(t *testing.T) {
	if got, want := (Settings{}).Completed(), DefaultSettings(); got.Profile != want.Profile || got.MaxRefreshLifetime != want.MaxRefreshLifetime {
		t.Errorf("got %+v, want %+v", got, want)
	}
	chosen := Settings{Profile: ProfileFAPI, MaxRefreshLifetime: time.Hour}
	if got := chosen.Completed(); got.Profile != ProfileFAPI || got.MaxRefreshLifetime != time.Hour {
		t.Errorf("choices are lost: %+v", got)
	}
}
