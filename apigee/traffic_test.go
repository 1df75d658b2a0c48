package apigee

import (
	"strings"
	"testing"
	"time"
)

const day = 24 * time.Hour

func TestParseWindow(t *testing.T) {
	for text, want := range map[string]time.Duration{"12h": 12 * time.Hour, "1d": day, "30d": 30 * day, "2w": 14 * day, "434d": 434 * day} {
		if got, err := ParseWindow(text); got != want || err != nil {
			t.Errorf("%s: %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "d", "30", "0d", "-1d", "+1d", "1.5d", "1m", "1d2h", "30 d", "999999999999999999999d", "435d", "10500h"} {
		if got, err := ParseWindow(text); err == nil || got != 0 {
			t.Errorf("%q is read as %v", text, got)
		}
	}
	if _, err := ParseWindow("9999w"); err == nil || !strings.Contains(err.Error(), "434d") {
		t.Errorf("error %v does not say how much is possible", err)
	}
}

func TestWindowSplit(t *testing.T) {
	end := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		length, longest time.Duration
		want            []time.Duration
	}{
		{92 * day, 92 * day, []time.Duration{92 * day}},
		{93 * day, 92 * day, []time.Duration{92 * day, day}},
		{14 * day, 14 * day, []time.Duration{14 * day}},
		{15 * day, 14 * day, []time.Duration{14 * day, day}},
		{0, day, nil},
	} {
		w := Window{end.Add(-tt.length), end}
		parts := w.Split(tt.longest)
		if len(parts) != len(tt.want) {
			t.Fatalf("%v in pieces of %v: %v", tt.length, tt.longest, parts)
		}
		at := w.Start
		for i, p := range parts {
			if !p.Start.Equal(at) || p.End.Sub(p.Start) != tt.want[i] {
				t.Errorf("%v: piece %d is %v", tt.length, i, p)
			}
			at = p.End
		}
		if len(parts) > 0 && !at.Equal(w.End) {
			t.Errorf("%v: the pieces end at %v", tt.length, at)
		}
	}
}

func TestProductAllows(t *testing.T) {
	all := Product{}
	some := Product{Environments: []string{"prod"}, Proxies: []string{"login"}}
	if !all.Allows("x", "y") || !some.Allows("prod", "login") || some.Allows("test", "login") || some.Allows("prod", "other") {
		t.Error("a product opens what it lists, and everything where it lists nothing")
	}
}
