package cli

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/inventory"
	"apigee-audit/apigee/simulator"
	"apigee-audit/apigee/xmltree"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/rules"
	"apigee-audit/report"
	"apigee-audit/report/format"
)

// FuzzPipeline audits the built-in organizations with one of their bundles edited, twice and with every rule, and writes
// both reports in every format: nothing panics, the reports are equal, and every finding lies inside its file.
func FuzzPipeline(f *testing.F) {
	for edit := range byte(edits) {
		f.Add([]byte{edit, 7 * edit, edit, 1, 0, 90, 5, edit, 2, 3, 20, 9})
	}
	f.Add([]byte{})
	orgs := simulator.Demo()
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 50 {
			return // ten edits leave little of a bundle
		}
		o := edited(orgs, data)
		first, text := auditInMemory(t, o, 1)
		if _, again := auditInMemory(t, o, 4); !maps.Equal(text, again) {
			for name := range text {
				if text[name] != again[name] {
					t.Errorf("two audits of the same differ in %s:\n%s\nand\n%s", name, text[name], again[name])
				}
			}
		}
		for i := range first.Findings {
			checkPlaces(t, o, &first.Findings[i])
		}
	})
}

// auditInMemory is the report of one audit, and its text in every format, at a time that stands still.
func auditInMemory(t *testing.T, o inMemory, concurrency int) (*finding.Result, map[string]string) {
	t.Helper()
	noon := func() time.Time { return time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC) }
	all := rules.All()
	res, err := audit.Run(t.Context(), o, audit.Options{Rules: all, Concurrency: concurrency, Now: noon})
	if err != nil {
		t.Fatal(err)
	}
	d := report.New(report.Tool{Name: "apigee-audit", Version: "1.2.3"}, []*finding.Result{res})
	text := map[string]string{}
	for _, name := range format.Formats() {
		var b bytes.Buffer
		if err := format.Write(&b, name, d, report.Options{Rules: audit.Metadata(all), Verbose: true}); err != nil {
			t.Fatal(err)
		}
		text[name] = b.String()
	}
	return res, text
}

// checkPlaces holds every place of a finding against the files of the revisions that it may be in.
func checkPlaces(t *testing.T, o inMemory, f *finding.Finding) {
	t.Helper()
	if !o.holds(apigee.Ref{Kind: f.Kind, Name: f.Name}, f.Place, f.Deployments) {
		t.Errorf("%s of %s %s points to %+v, outside of its file", f.RuleID, f.Kind, f.Name, f.Place)
	}
	for _, h := range slices.Concat(f.Path, f.Related) {
		if !o.holds(apigee.Ref{Kind: h.Kind, Name: h.Name}, h.Place, nil) {
			t.Errorf("%s of %s %s: %q points to %s %s, %+v, outside of its file", f.RuleID, f.Kind, f.Name, h.Label, h.Kind, h.Name, h.Place)
		}
	}
}

// inMemory is an organization of the simulator as an audit reads it, without HTTP between them.
type inMemory struct{ org *simulator.Organization }

func (o inMemory) Organization(context.Context) (*apigee.Organization, error) {
	org := &apigee.Organization{Name: o.org.Name, Platform: apigee.PlatformX}
	for _, e := range o.org.Environments {
		org.Environments = append(org.Environments, e.Name)
	}
	return org, nil
}

func (o inMemory) Deployments(context.Context) (listing inventory.Listing, _ error) {
	for _, e := range o.org.Environments {
		for _, r := range e.Deployed {
			listing.Deployments = append(listing.Deployments, apigee.Deployment{Environment: e.Name, Revision: r})
		}
	}
	return listing, nil
}

func (o inMemory) FlowHooks(_ context.Context, environment string) (hooks []apigee.FlowHook, _ error) {
	for _, e := range o.org.Environments {
		for point, flow := range e.Hooks {
			if e.Name == environment {
				hooks = append(hooks, apigee.FlowHook{Environment: environment, Point: point, SharedFlow: flow})
			}
		}
	}
	slices.SortFunc(hooks, func(a, b apigee.FlowHook) int { return cmp.Compare(a.Point, b.Point) })
	return hooks, nil
}

func (o inMemory) Bundle(_ context.Context, r apigee.Revision) (*bundle.Archive, error) {
	a, digest := &bundle.Archive{}, sha256.New()
	for _, b := range o.org.Bundles {
		if b.Revision != r {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(b.Files)) {
			a.Files = append(a.Files, bundle.File{Name: name, Data: b.Files[name]})
			fmt.Fprintf(digest, "%q %q\n", name, b.Files[name])
		}
		a.SHA256 = hex.EncodeToString(digest.Sum(nil))
		return a, nil
	}
	return nil, fmt.Errorf("%s: %w", r, inventory.ErrNotFound)
}

// holds reports whether a place lies in the file of a revision of that bundle, one of those deployed when they are known.
// Places without a line mean the whole file, or the whole bundle.
func (o inMemory) holds(bundle apigee.Ref, p finding.Place, deployed []finding.Deployed) bool {
	for _, b := range o.org.Bundles {
		if b.Ref() != bundle || deployed != nil && !slices.ContainsFunc(deployed, func(d finding.Deployed) bool { return d.Revision == b.Number }) {
			continue
		}
		data, found := b.Files[p.File]
		if p.Line == 0 && (found || p.File == "") || found && inside(p, data) {
			return true
		}
	}
	return false
}

func inside(p finding.Place, data []byte) bool {
	lines := strings.Split(string(data), "\n")
	if d, err := xmltree.Parse(p.File, data, 1000); err == nil {
		lines = strings.Split(d.Source, "\n") // another encoding has other columns
	}
	if p.Line < 1 || p.Column < 1 || p.EndLine > len(lines) || p.Line > p.EndLine || p.Line == p.EndLine && p.Column > p.EndColumn {
		return false
	}
	return p.Column <= utf8.RuneCountInString(lines[p.Line-1])+1 && p.EndColumn <= utf8.RuneCountInString(lines[p.EndLine-1])+1
}

// The edits of a file. Those of elements leave a file alone that is not well-formed.
const (
	flip = iota
	cut
	dropFile
	copyFile
	duplicateElement
	dropElement
	swapElements
	swapConditions
	duplicateAttribute
	swapAttributes
	edits
)

// edited is one of the organizations with edits that bytes choose: one byte for the organization, one for the bundle, then
// five for each edit, which are its kind, the file, where (two bytes), and what else it needs. The organizations stay as
// they are.
func edited(orgs []*simulator.Organization, data []byte) inMemory {
	next := func() int {
		if len(data) == 0 {
			return 0
		}
		c := data[0]
		data = data[1:]
		return int(c)
	}
	o := *orgs[next()%len(orgs)]
	o.Bundles = slices.Clone(o.Bundles)
	b := &o.Bundles[next()%len(o.Bundles)]
	b.Files = maps.Clone(b.Files)
	for len(data) > 0 && len(b.Files) > 0 {
		names := slices.Sorted(maps.Keys(b.Files))
		kind, name, where, with := next()%edits, names[next()%len(names)], next()<<8|next(), next()
		switch kind {
		case dropFile:
			delete(b.Files, name)
		case copyFile:
			b.Files[names[with%len(names)]] = b.Files[name]
		default:
			b.Files[name] = editFile(kind, b.Files[name], where, with)
		}
	}
	return inMemory{&o}
}

func editFile(kind int, text []byte, where, with int) []byte {
	if len(text) == 0 {
		return text
	}
	at := where % len(text)
	switch kind {
	case flip:
		text = slices.Clone(text)
		text[at] = byte(with)
		return text
	case cut:
		return slices.Concat(text[:at], text[min(at+with, len(text)):])
	}
	d, err := xmltree.Parse("x.xml", text, 1000)
	if err != nil {
		return text
	}
	regions := regionsOf(d, kind)
	if len(regions) == 0 {
		return text
	}
	a, b := regions[where%len(regions)], regions[(where+with)%len(regions)]
	switch kind {
	case duplicateElement, duplicateAttribute:
		return []byte(d.Source[:a.end] + " " + d.Source[a.start:])
	case dropElement:
		return []byte(d.Source[:a.start] + d.Source[a.end:])
	}
	if a.start > b.start {
		a, b = b, a
	}
	if a.end > b.start {
		return text // the same, or one inside the other
	}
	s := d.Source
	return []byte(s[:a.start] + s[b.start:b.end] + s[a.end:b.start] + s[a.start:a.end] + s[b.end:])
}

// region is a part of a document's source.
type region struct{ start, end int }

// regionsOf lists what an edit of that kind may choose from.
func regionsOf(d *xmltree.Document, kind int) (list []region) {
	for n := range d.Root.Descendants() {
		switch kind {
		case duplicateAttribute, swapAttributes:
			for _, a := range n.Attrs {
				list = append(list, region{a.Start, a.End})
			}
		case swapConditions:
			if n.Name == "Condition" {
				list = append(list, region{n.InnerStart, n.InnerEnd})
			}
		default:
			list = append(list, region{n.Start, n.End})
		}
	}
	return list
}

// TestEditsOfThePipelineFuzzer makes sure that every edit of a file does what it is called after.
func TestEditsOfThePipelineFuzzer(t *testing.T) {
	const text = `<A a="1" b="2"><Condition>x</Condition><B><Condition>y</Condition></B></A>`
	for kind, want := range map[int]string{
		flip:               `<A !="1" b="2"><Condition>x</Condition><B><Condition>y</Condition></B></A>`,
		cut:                `<A on><B><Condition>y</Condition></B></A>`,
		duplicateElement:   `<A a="1" b="2"><Condition>x</Condition><B><Condition>y</Condition> <Condition>y</Condition></B></A>`,
		dropElement:        `<A a="1" b="2"><Condition>x</Condition><B></B></A>`,
		swapElements:       text, // one of the two is the root
		swapConditions:     `<A a="1" b="2"><Condition>y</Condition><B><Condition>x</Condition></B></A>`,
		duplicateAttribute: `<A a="1" b="2" b="2"><Condition>x</Condition><B><Condition>y</Condition></B></A>`,
		swapAttributes:     `<A b="2" a="1"><Condition>x</Condition><B><Condition>y</Condition></B></A>`,
	} {
		if got := string(editFile(kind, []byte(text), 3, 33)); got != want {
			t.Errorf("edit %d makes %s, want %s", kind, got, want)
		}
	}
}
