package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

// What is written element by element is what encoding/json makes of the whole.
func TestEncodedAsAWhole(t *testing.T) {
	type element struct {
		Name string   `json:"name"`
		More []string `json:"more,omitempty"`
	}
	type lists struct {
		First   []element `json:"first"`
		None    []element `json:"none"`
		Empty   []element `json:"empty"`
		Omitted []element `json:"omitted,omitempty"`
		Absent  []element `json:"absent,omitzero"`
		Hidden  []element `json:"-"`
		Unnamed []element
		Words   []string           `json:"words"`
		When    time.Time          `json:"when,omitzero"`
		Pointer *element           `json:"pointer"`
		Map     map[string]int     `json:"map"`
		Nested  struct{ A, B int } `json:"nested"`
		Last    []element          `json:"last,omitempty"`
		unknown []element
	}
	long := make([]element, 1000) // made into text side by side
	for i := range long {
		long[i] = element{Name: strconv.Itoa(i), More: slices.Repeat([]string{"a, b"}, i%50)}
	}
	for name, v := range map[string]any{
		"long list": long[:333], "long lists": lists{First: long, Last: long[:64]},
		"report": reporttest.WholeReport(), "report with traffic": reporttest.WithTraffic(), "empty report": &report.Document{},
		"lists": lists{
			First: []element{{"a", []string{"<&>", `"[{\\`, "a,b: c", "\\", ""}}, {"b", nil}}, Empty: []element{}, Hidden: []element{{"x", nil}}, Unnamed: []element{{"u", nil}},
			Pointer: &element{"p", nil}, Map: map[string]int{"z": 1, "a": 2}, Last: []element{{"l", nil}}, unknown: []element{{"y", nil}},
		},
		"pointer": &lists{}, "nothing": struct{}{}, "only omitted": struct {
			A []element `json:"a,omitempty"`
		}{}, "list": []element{{"a", nil}, {"b", []string{"c"}}}, "empty list": []element{}, "no list": []element(nil), "number": 7, "nil": nil,
		"time": time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC), "embedded": struct{ element }{element{"e", nil}},
	} {
		var want, got bytes.Buffer
		enc := json.NewEncoder(&want)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(v); err != nil {
			t.Fatal(err)
		}
		if err := report.Encode(&got, v); err != nil {
			t.Fatal(err)
		}
		if want.String() != got.String() {
			t.Errorf("%s:\n%s\nwant\n%s", name, &got, &want)
		}
	}
}

// The first error ends the writing and is the one that is returned.
func TestEncodeFails(t *testing.T) {
	full := errors.New("no space left")
	if err := report.Encode(refusing{full}, reporttest.WholeReport()); !errors.Is(err, full) {
		t.Errorf("the error is %v", err)
	}
	tooLate := &report.Document{StartedAt: time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC)}
	if err := report.Encode(&bytes.Buffer{}, tooLate); err == nil {
		t.Error("a time that JSON cannot hold is written")
	}
	long := make([]struct{ At time.Time }, 1000)
	long[700].At = tooLate.StartedAt
	if err := report.Encode(&bytes.Buffer{}, long); err == nil {
		t.Error("a time that JSON cannot hold is written in a long list")
	}
}

type refusing struct{ err error }

func (r refusing) Write([]byte) (int, error) { return 0, r.err }
