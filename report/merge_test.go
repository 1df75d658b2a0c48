package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

// reportAbout is the part of a report about one organization, as a report.
func reportAbout(d *report.Document, name string) *report.Document {
	part := report.PartAbout(d, name)
	part.SchemaVersion, part.Tool, part.StartedAt, part.FinishedAt = d.SchemaVersion, d.Tool, d.StartedAt, d.FinishedAt
	part.Rules, part.Catalogue = d.Rules, d.Catalogue
	part.Baseline, part.NotLookedAt = d.Baseline, d.NotLookedAt // each audit has the whole baseline
	part.Normalize()
	return part
}

func TestMergeOfPartsIsTheWhole(t *testing.T) {
	for name, whole := range reporttest.Documents() {
		if whole.Change != nil { // which are not merged
			continue
		}
		whole.Normalize()
		var stored []report.Stored
		for _, o := range whole.Parts() {
			part := report.Stored{o.Name, reportAbout(whole, o.Name)}
			stored = append([]report.Stored{part, part}, stored...) // in another order, and each twice
		}
		if len(stored) == 0 {
			continue
		}
		before := reporttest.JSON(t, stored[0].Document)
		merged, err := report.Merge(whole.Tool, stored)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(reporttest.JSON(t, whole), reporttest.JSON(t, merged)); diff != "" {
			t.Errorf("%s (-whole +merged):\n%s", name, diff)
		}
		if !bytes.Equal(before, reporttest.JSON(t, stored[0].Document)) {
			t.Errorf("%s: a part was changed", name)
		}
	}
}

func TestMergeRefusesContradictions(t *testing.T) {
	one, other := reporttest.Single(), reporttest.Single()
	other.Findings = nil
	other.Normalize()
	if _, err := report.Merge(reporttest.Tool(), []report.Stored{{"one.json", one}, {"other.json", other}}); err == nil || !strings.Contains(err.Error(), "one.json and other.json") {
		t.Errorf("two different reports of one organization: %v", err)
	}
}

func TestMergeOfShares(t *testing.T) {
	share := func(index, of int) report.Stored {
		d := &report.Document{SchemaVersion: report.SchemaVersion, Shard: &report.Shard{index, of}}
		if index == 1 {
			d = reporttest.CleanBill()
			d.Shard = &report.Shard{index, of}
		}
		d.Normalize()
		return report.Stored{"share", d}
	}
	for name, tt := range map[string]struct {
		stored   []report.Stored
		complete bool
		problem  string
		err      string
	}{
		"all":                    {[]report.Stored{share(1, 3), share(2, 3), share(3, 3)}, true, "", ""},
		"one twice":              {[]report.Stored{share(1, 2), share(2, 2), share(2, 2)}, true, "", ""},
		"one missing":            {[]report.Stored{share(1, 3), share(3, 3)}, false, "shard 2/3", ""},
		"only empty ones":        {[]report.Stored{share(2, 3)}, false, "shard 1/3", ""},
		"two fleets":             {[]report.Stored{share(1, 3), share(1, 2)}, false, "", "one of 3 shares"},
		"out of range":           {[]report.Stored{share(4, 3)}, false, "", "is impossible"},
		"out of all range":       {[]report.Stored{share(1, 1<<40)}, false, "", "is impossible"},
		"with an incomplete one": {[]report.Stored{{"whole", &report.Document{Organizations: []report.Organization{{Name: "z"}}}}}, false, "", ""},
	} {
		d, err := report.Merge(reporttest.Tool(), tt.stored)
		if err != nil || tt.err != "" {
			if err == nil || tt.err == "" || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%s: %v, want %q", name, err, tt.err)
			}
			continue
		}
		problems := ""
		for _, p := range d.Problems {
			problems += p.Error
		}
		if d.Complete != tt.complete || d.Shard != nil || !strings.Contains(problems, tt.problem) || tt.problem == "" && problems != "" {
			t.Errorf("%s: complete %v, shard %v, problems %q", name, d.Complete, d.Shard, problems)
		}
	}
}
