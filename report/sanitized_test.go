package report_test

import (
	"reflect"
	"testing"

	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

// TestSanitizedKnowsEveryField keeps fields out of the document that would pass through as they are.
func TestSanitizedKnowsEveryField(t *testing.T) {
	for _, root := range []reflect.Type{reflect.TypeFor[report.Document](), reflect.TypeFor[report.Comparison]()} {
		reporttest.CheckSanitizable(t, root)
	}
}

func TestSanitizedReachesMaps(t *testing.T) {
	got := report.Sanitized(map[string][]string{"\x1b": {"::"}, "own": nil})
	if want := map[string][]string{`\x1b`: {`:\x3a`}, "own": nil}; !reflect.DeepEqual(got, want) {
		t.Errorf("%q", got)
	}
	if got := report.Sanitized(report.OwnText("## Heading\n")); got != "## Heading\n" {
		t.Errorf("%q", got)
	}
}

func TestSanitizedCopiesWhatItChanges(t *testing.T) {
	d := reporttest.Rich()
	before := string(reporttest.JSON(t, d))
	clean := report.Sanitized(d)
	if clean == d || string(reporttest.JSON(t, d)) != before {
		t.Error("the document itself was changed")
	}
	if c := reporttest.CleanBill(); report.Sanitized(c) != c {
		t.Error("a clean document was copied")
	}
}
