package audit

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
)

// family of rules: RT120 and RT130 parted from RT110, one more severe and one milder.
func partedRules() []*Rule {
	return []*Rule{
		{Rule: finding.Rule{ID: "RT110", Severity: finding.Medium}}, {Rule: finding.Rule{ID: "RT111", Severity: finding.Low}},
		{Rule: finding.Rule{ID: "RT120", PartedFrom: "RT110", Severity: finding.High}}, {Rule: finding.Rule{ID: "RT130", PartedFrom: "RT110", Severity: finding.Info}},
	}
}

func TestWithParted(t *testing.T) {
	for chosen, want := range map[string]string{
		"RT110":             "RT110 RT120 RT130, RT120 RT130 covered",
		"RT110 RT120":       "RT110 RT120 RT130, RT130 covered",
		"RT110 RT120 RT130": "RT110 RT120 RT130,",
		"RT120":             "RT120,",
		"RT111":             "RT111,",
	} {
		ids := map[string]bool{}
		for id := range strings.FieldsSeq(chosen) {
			ids[id] = true
		}
		rules, covered := WithParted(partedRules(), ids)
		var got []string
		for _, r := range rules {
			got = append(got, r.ID)
		}
		s := strings.Join(got, " ") + ","
		for _, a := range covered {
			if a.Older != "RT110" {
				t.Errorf("%+v", a)
			}
			s += " " + a.Newer
		}
		if len(covered) > 0 {
			s += " covered"
		}
		if s != want {
			t.Errorf("%s gives %s, want %s", chosen, s, want)
		}
	}
}

func TestCoverParted(t *testing.T) {
	for name, tt := range map[string]struct {
		asked, want map[string]finding.Severity
		covered     []finding.Alias
	}{
		"nothing":          {nil, map[string]finding.Severity{}, nil},
		"another rule":     {map[string]finding.Severity{"RT111": finding.High}, map[string]finding.Severity{"RT111": finding.High}, nil},
		"the newer itself": {map[string]finding.Severity{"RT120": finding.Low}, map[string]finding.Severity{"RT120": finding.Low}, nil},
		"raised: the milder one stays": {map[string]finding.Severity{"RT110": finding.High},
			map[string]finding.Severity{"RT110": finding.High}, nil}, // RT120 is high already
		"lowered: both follow": {map[string]finding.Severity{"RT110": finding.Low},
			map[string]finding.Severity{"RT110": finding.Low, "RT120": finding.Low}, []finding.Alias{{Older: "RT110", Newer: "RT120"}}}, // RT130 is lower already
		"each its own": {map[string]finding.Severity{"RT110": finding.Low, "RT120": finding.Medium, "RT130": finding.High},
			map[string]finding.Severity{"RT110": finding.Low, "RT120": finding.Medium, "RT130": finding.High}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, covered := CoverParted(partedRules(), tt.asked)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("severities (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.covered, covered); diff != "" {
				t.Errorf("covered (-want +got):\n%s", diff)
			}
		})
	}
}

// found is a finding of a rule at one anchor, in a copy of the bundle.
func found(rule, source string) finding.Finding {
	f := login()
	f.RuleID, f.Source = rule, source
	for _, r := range partedRules() {
		if r.ID == rule {
			f.Fingerprint = fingerprint(r, f)
		}
	}
	return f
}

// TestFingerprintsOfPartedRules holds that findings of one report never share a fingerprint, that alone each has the one
// that the older rule gives, and that it is the same whatever the order.
func TestFingerprintsOfPartedRules(t *testing.T) {
	base := found("RT110", "").Fingerprint
	for name, tt := range map[string]struct {
		rules []string // with the copy behind a slash
		want  []string // what follows the bare fingerprint
	}{
		"the older alone":           {[]string{"RT110/"}, []string{""}},
		"the newer alone":           {[]string{"RT120/"}, []string{""}},
		"both":                      {[]string{"RT110/", "RT120/"}, []string{"", ":RT120"}},
		"all":                       {[]string{"RT110/", "RT120/", "RT130/"}, []string{"", ":RT120", ":RT130"}},
		"two newer":                 {[]string{"RT120/", "RT130/"}, []string{"", ":RT130"}},
		"copies of one rule":        {[]string{"RT110/a", "RT110/b"}, []string{"", ":2"}},
		"copies of two rules":       {[]string{"RT120/a", "RT110/b"}, []string{"", ":2"}},
		"copies, one with both":     {[]string{"RT110/a", "RT110/b", "RT120/b"}, []string{"", ":2", ":2:RT120"}},
		"copies, the first of both": {[]string{"RT120/a", "RT110/a", "RT120/b"}, []string{":RT120", "", ":2"}},
	} {
		t.Run(name, func(t *testing.T) {
			var findings []merged
			want := map[string]string{}
			for i, r := range tt.rules {
				rule, source, _ := strings.Cut(r, "/")
				findings = append(findings, foundIn(rule, source))
				findings[i].bundle.Root = source
				want[r] = base + tt.want[i]
			}
			for range findings { // every rotation
				findings = append(findings[1:], findings[0])
				list := slices.Clone(findings)
				for i, f := range list {
					own := *f.Finding
					list[i].Finding = &own
				}
				number(list)
				got, seen := map[string]string{}, map[string]bool{}
				for _, f := range list {
					got[f.RuleID+"/"+f.Source] = f.Fingerprint
					seen[f.Fingerprint] = true
					if shares := strings.HasSuffix(f.Fingerprint, ":"+f.RuleID); shares != (f.SharedFingerprint != "") {
						t.Errorf("%s shares %q", f.Fingerprint, f.SharedFingerprint)
					}
				}
				if diff := cmp.Diff(want, got); diff != "" || len(seen) != len(list) {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
		})
	}
}

func foundIn(rule, source string) merged {
	f := found(rule, source)
	return merged{Finding: &f}
}

// numbered are findings as a report has them.
func numbered(rules ...string) []finding.Finding {
	all := make([]merged, len(rules))
	for i, r := range rules {
		all[i] = foundIn(r, "")
	}
	number(all)
	var out []finding.Finding
	for _, m := range all {
		out = append(out, *m.Finding)
	}
	return out
}

// TestRevisionsOnDiskAreNoCopies: what would be deployed lies on disk, and is a revision of the organization's bundle all the same.
func TestRevisionsOnDiskAreNoCopies(t *testing.T) {
	all := []merged{foundIn("RT110", ""), foundIn("RT120", "changes/login")}
	number(all)
	if got, want := all[1].Fingerprint, all[0].Fingerprint+":RT120"; got != want {
		t.Errorf("the fingerprint is %s, want %s", got, want)
	}
}

func TestSuppressionsOfPartedRules(t *testing.T) {
	older := Exception{Rule: "RT110", Reason: "agreed", Label: "suppression 1 (RT110)"}
	newer := Exception{Rule: "RT120", Reason: "agreed anew", Label: "suppression 2 (RT120)"}
	expired := newer
	expired.Expires = day(t, "2020-01-31")
	here := comment{flow.Comment{Program: &flow.Program{Revision: apigee.Revision{Kind: apigee.KindProxy, Name: "login", Number: "3"}}, File: "apiproxy/policies/Issue.xml"}}
	inPolicy := Exception{Rule: "RT110", Reason: "agreed", comment: &here}
	for name, tt := range map[string]struct {
		exceptions []Exception
		reason     string // of the suppression; "" for none
		used       []int
		where      string
	}{
		"the older covers it":             {[]Exception{older}, "agreed", []int{0}, older.Label},
		"its own comes first":             {[]Exception{older, newer}, "agreed anew", []int{1}, ""},
		"its own is over":                 {[]Exception{older, expired}, "agreed", []int{0, 1}, older.Label},
		"a comment that names the older":  {[]Exception{inPolicy}, "agreed", []int{0}, "comments in policies"},
		"another rule covers nothing":     {[]Exception{{Rule: "RT111", Reason: "agreed"}}, "", nil, ""},
		"the newer does not cover RT130":  {[]Exception{{Rule: "RT130", Reason: "agreed"}}, "", nil, ""},
		"nor does one without a rule":     {[]Exception{{Reason: "agreed"}}, "", nil, ""},
		"the older, of another proxy":     {[]Exception{{Rule: "RT110", Name: "pay", Reason: "agreed"}}, "", nil, ""},
		"the older, and its last day was": {[]Exception{{Rule: "RT110", Reason: "agreed", Expires: day(t, "2020-01-31")}}, "", []int{0}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			out, used, aliases := suppress([]finding.Finding{found("RT120", "")}, tt.exceptions, parted(partedRules()), time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC))
			reason := ""
			for _, f := range out {
				if f.Suppression != nil {
					reason = f.Suppression.Reason
				}
			}
			var indexes []int
			for i := range tt.exceptions {
				if used[i] {
					indexes = append(indexes, i)
				}
			}
			if diff := cmp.Diff(tt.used, indexes, cmpopts.EquateEmpty()); diff != "" || reason != tt.reason {
				t.Errorf("accepted for %q, want %q; used (-want +got):\n%s", reason, tt.reason, diff)
			}
			var want []finding.Alias
			if tt.where != "" {
				want = []finding.Alias{{Older: "RT110", Newer: "RT120", Where: tt.where}}
			}
			if diff := cmp.Diff(want, aliases); diff != "" {
				t.Errorf("aliases (-want +got):\n%s", diff)
			}
		})
	}
	if out, _, _ := suppress([]finding.Finding{found("RT110", "")}, []Exception{newer}, parted(partedRules()), time.Now()); out[0].Suppression != nil {
		t.Error("the newer rule's suppression covers the older rule")
	}
}

// TestNarrowKeepsBothFingerprints holds that a finding which the options leave out is known by either of its fingerprints:
// a comparison must not call it fixed, whatever an earlier report has it under.
func TestNarrowKeepsBothFingerprints(t *testing.T) {
	o := Options{Rules: partedRules(), MinConfidence: finding.HighConfidence}
	findings := numbered("RT110", "RT130")
	shown, rest := o.narrow(findings)
	var want []finding.LeftOut
	for _, f := range findings {
		want = append(want, finding.LeftOut{Organization: "acme", RuleID: f.RuleID, Fingerprint: f.Fingerprint, SharedFingerprint: f.SharedFingerprint})
	}
	if diff := cmp.Diff(want, rest); diff != "" || len(shown) > 0 || rest[1].SharedFingerprint != rest[0].Fingerprint {
		t.Errorf("%d shown, left out (-want +got):\n%s", len(shown), diff)
	}
	if _, rest := (Options{}).narrow(findings); rest == nil || len(rest) > 0 {
		t.Errorf("left out without options: %v", rest)
	}
}
