package rules_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"apigee-audit/audit/finding"
	"apigee-audit/audit/internal/audittest"
	"apigee-audit/audit/rules"
)

var causeComment = regexp.MustCompile(`<!-- ((?:cause|other|further|callout) [a-z-]+) -->`)

// TestCauses holds that findings give the places as their cause that the fixture marks, on the lines where it marks them.
func TestCauses(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/RT104_causes.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, f := range archive.Files {
		_, r, path := audittest.SplitName(t, f.Name)
		for i, line := range strings.Split(string(f.Data), "\n") {
			for _, c := range causeComment.FindAllStringSubmatch(line, -1) {
				want = append(want, fmt.Sprintf("%s/%s:%d %s", r.Name, path, i+1, c[1]))
			}
		}
	}
	var got []string
	for _, f := range audittest.Read(t, archive.Files).Audit(t, rules.All()) {
		c := f.Cause
		if (c != nil) != (f.RuleID == finding.RefreshUnreachable) {
			t.Errorf("%s of %s: cause %v", f.RuleID, f.Name, c)
		}
		if c == nil {
			continue
		}
		note := func(what string, h finding.Hop) {
			got = append(got, fmt.Sprintf("%s/%s:%d %s %s", h.Name, h.File, h.Line, what, c.Kind))
		}
		note("cause", c.At)
		if c.Other != nil {
			note("other", *c.Other)
		}
		for _, h := range c.Further {
			note("further", h)
		}
		if c.Callout != nil {
			note("callout", *c.Callout)
		}
		if p := c.Policy; p.Named != "Refresh" || !strings.HasSuffix(p.File, "/policies/Refresh.xml") {
			t.Errorf("%s: the policy that cannot run is %s in %s", f.Name, p.Label, p.File)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("causes (-want +got):\n%s", diff)
	}
}
