package fix_test

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/inventory"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/fix"
	"apigee-audit/audit/internal/audittest"
	"apigee-audit/audit/rules"
)

// mended is an organization with some files in the place of its own.
type mended struct {
	inventory.Source
	revision apigee.Revision
	files    map[string][]byte
}

func (m mended) Bundle(ctx context.Context, r apigee.Revision) (*bundle.Archive, error) {
	a, err := m.Source.Bundle(ctx, r)
	if err != nil || r != m.revision {
		return a, err
	}
	out := &bundle.Archive{Base: a.Base, SHA256: "mended"}
	for _, f := range a.Files {
		if data, ok := m.files[f.Name]; ok {
			f = bundle.File{Name: f.Name, Data: data}
		}
		out.Files = append(out.Files, f)
	}
	for name, data := range m.files {
		if !slices.ContainsFunc(a.Files, func(f bundle.File) bool { return f.Name == name }) {
			out.Files = append(out.Files, bundle.File{Name: name, Data: data})
		}
	}
	slices.SortFunc(out.Files, func(a, b bundle.File) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// tally counts, by rule, the findings and those that got a fix.
type tally struct{ found, fixed map[string]int }

func newTally() tally { return tally{map[string]int{}, map[string]int{}} }

// prove looks for fixes of everything that is found in an organization and holds each to its promise, by an audit that starts anew.
func (c tally) prove(t *testing.T, org inventory.Source, options audit.Options, choices fix.Options) {
	t.Helper()
	a, err := audit.Read(t.Context(), org, options)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	res := a.Result()
	choices.Concurrency = 2
	if err := fix.Propose(t.Context(), a, res, choices); err != nil {
		t.Fatal(err)
	}
	for i := range res.Findings {
		f := &res.Findings[i]
		c.found[f.RuleID]++
		if len(f.Fixes) > 0 {
			c.fixed[f.RuleID]++
		}
		if f.Status != finding.StatusSuppressed && (len(f.Fixes) == 0) == (f.NoFix == "") {
			t.Errorf("%s of %s has %d fixes, and why there is none: %q", f.RuleID, f.Name, len(f.Fixes), f.NoFix)
		}
		if len(f.Fixes) == 0 && f.RuleID != "RT302" && f.Status != finding.StatusSuppressed {
			t.Logf("%s of %s has no fix: %s", f.RuleID, f.Name, f.NoFix)
		}
		for _, x := range f.Fixes {
			if err := promised(t, org, options, res, f, x); err != nil {
				t.Errorf("%s of %s (%s): %s\n%s%v", f.RuleID, f.Name, f.Message, x.Description, x.Diff, err)
			}
		}
	}
}

// promised says which promise a fix breaks.
func promised(t *testing.T, org inventory.Source, options audit.Options, before *finding.Result, f *finding.Finding, x finding.Fix) error {
	r := apigee.Revision{Kind: x.Kind, Name: x.Name, Number: x.Revision}
	if len(x.Sources) > 0 {
		r.Root = x.Sources[0]
	}
	files, err := applied(t, org, r, x)
	if err != nil {
		return err
	}
	now, err := audit.Run(t.Context(), mended{org, r, files}, options)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, g := range before.Findings {
		known[g.RuleID+g.Name+g.Source+g.Anchor] = true
	}
	for _, g := range now.Findings {
		id := g.RuleID + g.Name + g.Source + g.Anchor
		switch {
		case !known[id] && g.Severity >= f.Severity:
			return fmt.Errorf("new: %s %s: %s", g.Severity, g.RuleID, g.Message)
		case id == f.RuleID+f.Name+f.Source+f.Anchor && slices.ContainsFunc(g.Deployments, func(d finding.Deployed) bool {
			return slices.Contains(f.Deployments, d) && d.Revision == r.Number && d.Source == r.Root && g.Name == r.Name
		}):
			return fmt.Errorf("still there: %s", g.Message)
		}
	}
	if len(now.Problems) > len(before.Problems) {
		return fmt.Errorf("problems: %v", now.Problems)
	}
	return nil
}

// applied are the files that a fix changes, as its edits say: an implementation of its own of what a reader of the report would do.
func applied(t *testing.T, org inventory.Source, r apigee.Revision, x finding.Fix) (map[string][]byte, error) {
	a, err := org.Bundle(t.Context(), r)
	if err != nil {
		return nil, err
	}
	out := map[string][]byte{}
	for _, n := range x.NewFiles {
		out[n.File] = []byte(n.Text)
	}
	for _, f := range a.Files {
		data, err := f.Content()
		if err != nil {
			return nil, err
		}
		text := []rune(strings.TrimPrefix(string(data), "\ufeff"))
		var edits []finding.Edit
		for _, e := range x.Edits {
			if e.File == f.Name {
				edits = append(edits, e)
			}
		}
		if len(edits) == 0 {
			continue
		}
		var b strings.Builder
		b.WriteString(string(data)[:len(data)-len(string(text))])
		at := 0
		for _, e := range edits {
			start, end := offset(text, e.Line, e.Column), offset(text, e.EndLine, e.EndColumn)
			if start < at || end < start {
				return nil, errors.New("edits overlap or are not in order")
			}
			b.WriteString(string(text[at:start]) + string(e.Text))
			at = end
		}
		b.WriteString(string(text[at:]))
		out[f.Name] = []byte(b.String())
	}
	for name, data := range out {
		if err := wellFormed(data); err != nil {
			return nil, fmt.Errorf("%s: %w\n%s", name, err, data)
		}
	}
	return out, nil
}

func offset(text []rune, line, column int) int {
	at := 0
	for n := 1; n < line; n++ {
		at += slices.Index(text[at:], '\n') + 1
	}
	return at + column - 1
}

func wellFormed(data []byte) error {
	d := xml.NewDecoder(strings.NewReader(string(data)))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// The page of a rule says what its fix does, or that there is none.
func TestPagesSayWhatTheFixDoes(t *testing.T) {
	for _, r := range rules.All() {
		_, section, _ := strings.Cut(r.Page, "\n## Fix\n\n")
		if none := strings.HasPrefix(section, "No edit is offered: "); none == fix.Mends(r.ID) {
			t.Errorf("%s: findings of the rule can be mended: %t, and the page says %q", r.ID, fix.Mends(r.ID), strings.SplitN(section, "\n", 2)[0])
		}
	}
}

// Every fix of what the fixtures of the rules show keeps its promise.
func TestFixesOfFixtures(t *testing.T) {
	files, err := filepath.Glob("../rules/testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	all := newTally()
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			org := audittest.Read(t, archive.Files)
			all.prove(t, org, org.Options(rules.All()), fix.Options{})
		})
	}
	all.report(t)
	for rule, least := range map[string]float64{
		"RT101": 0.9, "RT103": 0.9, "RT104": 0.95, "RT201": 0.95, "RT202": 0.95, "RT203": 0.95, "RT204": 0.95, "RT205": 0.95, "RT301": 0.95, "RT303": 0.95, "RT401": 0.95,
	} {
		if all.found[rule] == 0 || float64(all.fixed[rule]) < least*float64(all.found[rule]) {
			t.Errorf("%s: only %d of %d findings have a fix", rule, all.fixed[rule], all.found[rule])
		}
	}
}

// Every fix of what generated organizations show keeps its promise.
func TestFixesOfGeneratedOrganizations(t *testing.T) {
	all := newTally()
	for seed := range uint64(12) {
		g := audittest.Generate(rand.New(rand.NewPCG(seed, 3)))
		all.prove(t, g, audit.Options{Rules: rules.All(), Concurrency: 1}, fix.Options{})
	}
	all.report(t)
}

func (c tally) report(t *testing.T) {
	for _, r := range rules.All() {
		if n := c.found[r.ID]; n > 0 {
			t.Logf("%s: %d of %d findings have a fix", r.ID, c.fixed[r.ID], n)
		}
	}
}

// mendAll mends everything that is found at once, and holds the whole to its promise.
func mendAll(t *testing.T, org inventory.Source, options audit.Options, choices fix.Options) {
	t.Helper()
	a, err := audit.Read(t.Context(), org, options)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	before := a.Result()
	m, err := fix.Mend(t.Context(), a, before.Findings, choices)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Fixed)+len(m.Left) != len(before.Findings) {
		t.Errorf("%d findings are fixed and %d left, of %d", len(m.Fixed), len(m.Left), len(before.Findings))
	}
	now := org
	for _, b := range m.Bundles {
		files := map[string][]byte{}
		for _, f := range b.Files {
			files[f.Name] = f.After
			if err := wellFormed(f.After); err != nil {
				t.Error(err)
			}
		}
		now = mended{now, b.Revision, files}
	}
	after, err := audit.Run(t.Context(), now, options)
	if err != nil {
		t.Fatal(err)
	}
	id := func(f *finding.Finding) string { return f.RuleID + f.Name + f.Source + f.Anchor }
	known := map[string]bool{}
	for i := range before.Findings {
		known[id(&before.Findings[i])] = true
	}
	highest := finding.Info
	for i := range m.Fixed {
		f := &m.Fixed[i].Finding
		highest = max(highest, f.Severity)
		for j := range after.Findings {
			if g := &after.Findings[j]; id(g) == id(f) && slices.ContainsFunc(m.Bundles, func(b fix.Bundle) bool {
				return slices.ContainsFunc(g.Deployments, func(d finding.Deployed) bool { return slices.Contains(b.Deployed, d) && b.Revision.Name == g.Name })
			}) {
				t.Errorf("called fixed, and still there: %s of %s: %s", g.RuleID, g.Name, g.Message)
			}
		}
	}
	for i := range after.Findings {
		if g := &after.Findings[i]; !known[id(g)] && g.Severity >= highest {
			t.Errorf("new: %s %s of %s: %s", g.Severity, g.RuleID, g.Name, g.Message)
		}
	}
}

// What mends many findings together keeps its promise.
func TestMendTogether(t *testing.T) {
	for seed := range uint64(12) {
		mendAll(t, audittest.Generate(rand.New(rand.NewPCG(seed, 4))), audit.Options{Rules: rules.All(), Concurrency: 1}, fix.Options{})
	}
	files, err := filepath.Glob("../rules/testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		org := audittest.Read(t, archive.Files)
		mendAll(t, org, org.Options(rules.All()), fix.Options{})
	}
}
