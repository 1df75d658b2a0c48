package report

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func TestReadGivesBackWhatWasWritten(t *testing.T) {
	for name, d := range documents() {
		first := write(t, "json", d, Options{})
		got, err := Read(bytes.NewReader(first))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(string(first), string(write(t, "json", got, Options{}))); diff != "" {
			t.Errorf("%s changes (-before +after):\n%s", name, diff)
		}
	}
}

func TestReadToleratesNewerFields(t *testing.T) {
	d, err := Read(strings.NewReader("\ufeff" + `{"schemaVersion": 1, "future": {"x": []}, "findings": [{"ruleId": "RT101", "severity": "high", "confidence": "low", "shiny": 1}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Findings) != 1 || d.Findings[0].Path == nil || d.Problems == nil {
		t.Errorf("arrays are missing: %+v", d)
	}
}

func TestReadRefuses(t *testing.T) {
	for in, want := range map[string]string{
		"":                                   "the file is empty",
		" \n":                                "the file is empty",
		"{\n\n<html>":                        "the file is not JSON, line 3",
		`{"schemaVersion": 1} trailing`:      "the file is not JSON, line 1",
		`[]`:                                 "no audit report",
		`{}`:                                 "it has no schemaVersion",
		`{"version": "2.1.0", "runs": []}`:   "it has no schemaVersion",
		`{"schemaVersion": 2}`:               "schema version 2 and this program reads version 1",
		"{\"schemaVersion\":\n\"1\"}":        "line 2: schemaVersion is of type string",
		`{"schemaVersion":1,"findings": {}}`: "findings is of type object",
		`{"schemaVersion":1,"findings": [{"severity": "dire"}]}`: `unknown severity "dire"`,
	} {
		if _, err := Read(strings.NewReader(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", in, err, want)
		}
	}
	broken := errors.New("the disk is gone")
	if _, err := Read(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("a read error becomes %v", err)
	}
}
