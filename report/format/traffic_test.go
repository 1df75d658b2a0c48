package format

import (
	"bytes"
	"strings"
	"testing"

	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
	"apigee-audit/report/table"
)

func TestTrafficInTheReports(t *testing.T) {
	d := reporttest.WithTraffic()
	json := write(t, "json", d, report.Options{})
	if err := reporttest.Validate(t, reporttest.CompiledSchema(t), json); err != nil {
		t.Error(err)
	}
	again, err := report.Read(bytes.NewReader(json))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(json, write(t, "json", again, report.Options{})) {
		t.Error("a report read and written again differs")
	}
	shown := string(write(t, "table", d, report.Options{}))
	for _, want := range []string{
		"[900 calls in 30 days]", "[not called in 30 days: unused]",
		"Organization acme: 1,234,567 (1,301 issued per day), 1,200,000 of them from proxies without their own refresh flow; plus tokens that never expire",
		"login in prod: 36,000 calls in 30 days = 1,200 a day × 1,000 days = 1,200,000, never refreshed there. Guessed.",
		"Assumed: The pace holds.",
	} {
		if !strings.Contains(shown, want) {
			t.Errorf("the table lacks %q:\n%s", want, shown)
		}
	}
	if strings.Contains(shown, "login in test") {
		t.Error("a proxy that issues nothing is in the summary")
	}
	var b strings.Builder
	if err := table.Explain(&b, d, "f-z-busy", report.Options{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"https://api.example/oauth/token", "gold", "shop"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the explanation lacks %q", want)
		}
	}
}
