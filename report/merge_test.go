package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// reportAbout is the part of a report about one organization, as a report.
func reportAbout(d *Document, name string) *Document {
	part := d.about(name)
	part.SchemaVersion, part.Tool, part.StartedAt, part.FinishedAt = d.SchemaVersion, d.Tool, d.StartedAt, d.FinishedAt
	part.Rules, part.Catalogue = d.Rules, d.Catalogue
	part.Baseline, part.NotLookedAt = d.Baseline, d.NotLookedAt // each audit has the whole baseline
	part.Normalize()
	return part
}

func TestMergeOfPartsIsTheWhole(t *testing.T) {
	for name, whole := range documents() {
		if whole.Change != nil { // which are not merged
			continue
		}
		whole.Normalize()
		var stored []Stored
		for _, o := range whole.parts() {
			part := Stored{o.Name, reportAbout(whole, o.Name)}
			stored = append([]Stored{part, part}, stored...) // in another order, and each twice
		}
		if len(stored) == 0 {
			continue
		}
		before := write(t, "json", stored[0].Document, Options{})
		merged, err := Merge(whole.Tool, stored)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(write(t, "json", whole, Options{}), write(t, "json", merged, Options{})); diff != "" {
			t.Errorf("%s (-whole +merged):\n%s", name, diff)
		}
		if !bytes.Equal(before, write(t, "json", stored[0].Document, Options{})) {
			t.Errorf("%s: a part was changed", name)
		}
	}
}

func TestMergeRefusesContradictions(t *testing.T) {
	one, other := single(), single()
	other.Findings = nil
	other.Normalize()
	if _, err := Merge(testTool(), []Stored{{"one.json", one}, {"other.json", other}}); err == nil || !strings.Contains(err.Error(), "one.json and other.json") {
		t.Errorf("two different reports of one organization: %v", err)
	}
}

func TestMergeOfShares(t *testing.T) {
	share := func(index, of int) Stored {
		d := &Document{SchemaVersion: SchemaVersion, Shard: &Shard{index, of}}
		if index == 1 {
			d = cleanBill()
			d.Shard = &Shard{index, of}
		}
		d.Normalize()
		return Stored{"share", d}
	}
	for name, tt := range map[string]struct {
		stored   []Stored
		complete bool
		problem  string
		err      string
	}{
		"all":                    {[]Stored{share(1, 3), share(2, 3), share(3, 3)}, true, "", ""},
		"one twice":              {[]Stored{share(1, 2), share(2, 2), share(2, 2)}, true, "", ""},
		"one missing":            {[]Stored{share(1, 3), share(3, 3)}, false, "shard 2/3", ""},
		"only empty ones":        {[]Stored{share(2, 3)}, false, "shard 1/3", ""},
		"two fleets":             {[]Stored{share(1, 3), share(1, 2)}, false, "", "one of 3 shares"},
		"out of range":           {[]Stored{share(4, 3)}, false, "", "cannot be"},
		"out of all range":       {[]Stored{share(1, 1<<40)}, false, "", "cannot be"},
		"with an incomplete one": {[]Stored{{"whole", &Document{Organizations: []Organization{{Name: "z"}}}}}, false, "", ""},
	} {
		d, err := Merge(testTool(), tt.stored)
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
		for _, format := range Formats() {
			if text := string(write(t, format, d, Options{})); tt.problem != "" && !strings.Contains(text, tt.problem) {
				t.Errorf("%s: %s does not tell the problem", name, format)
			}
		}
	}
}
