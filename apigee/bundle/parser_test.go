package bundle

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io/fs"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"apigee-audit/apigee"
)

var someProxy = apigee.Revision{Kind: apigee.KindProxy, Name: "orders", Number: "7"}

// told is what a bundle was read into, with the places of everything.
func told(b *Bundle) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%d bytes, problems %v, notices %v\n", b.Size, b.Problems, b.Notices)
	for _, name := range slices.Sorted(maps.Keys(b.Policies)) {
		p := b.Policies[name]
		fmt.Fprintf(&out, "%s %s %s %t %v\n", name, p.Type, p.File, p.Enabled, p.Doc.Directives)
		for n := range p.Doc.Root.Descendants() {
			fmt.Fprintf(&out, "  %s %v %q %v\n", n.Name, n.Attrs, n.Text, p.Doc.Span(n))
		}
	}
	return out.String() + attachments(b)
}

func parseZip(t *testing.T, p *Parser, data []byte) *Bundle {
	t.Helper()
	a, err := readZip(data, p.limits)
	if err != nil {
		t.Fatal(err)
	}
	return p.Parse(someProxy, a)
}

func TestParserKeepsWhatBundlesHaveInCommon(t *testing.T) {
	const common = "apiproxy/policies/Common.xml"
	p := NewParser(DefaultLimits())
	var last *Policy
	for i := range 4 {
		b := parseZip(t, p, zipOf(t, entry{common, "<Quota name='Common'>\n  <Allow>ü</Allow>\n</Quota>"}, entry{"apiproxy/policies/Own.xml", fmt.Sprintf("<Quota name='Own'>%d</Quota>", i)}))
		common, own := b.Policies["Common"], b.Policies["Own"]
		if got := own.Doc.Root.Text; got != fmt.Sprint(i) {
			t.Errorf("bundle %d has the policy of another: %s", i, got)
		}
		if got := common.Doc.TextOf(common.Doc.Root.Child("Allow")); got.Value != "ü" || got.Span.Line != 2 || got.Span.EndColumn != 19 {
			t.Errorf("bundle %d: %+v", i, got)
		}
		if i > 1 && last.Doc != common.Doc {
			t.Errorf("bundle %d was parsed again", i)
		}
		last = common
	}
}

// TestParserTellsFilesApart parses bundles that are nearly those of which files are kept. Each must come out as it does by itself.
func TestParserTellsFilesApart(t *testing.T) {
	const name = "apiproxy/policies/A.xml"
	content := "<Quota name='A'>" + strings.Repeat("\n  <Allow>1</Allow>", 40) + "</Quota>"
	sound := zipOf(t, entry{name, content})
	directory := func(at int, value uint32) []byte {
		data := bytes.Clone(sound)
		binary.LittleEndian.PutUint32(data[bytes.Index(data, []byte("PK\x01\x02"))+at:], value)
		return data
	}
	link := &bytes.Buffer{}
	w := zip.NewWriter(link)
	h := &zip.FileHeader{Name: name, Method: zip.Deflate}
	h.SetMode(fs.ModeSymlink | 0o777)
	f, err := w.CreateHeader(h)
	if err == nil {
		_, err = f.Write([]byte(content))
	}
	if err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	small := DefaultLimits()
	small.Inflated = int64(len(content)) * 3 / 2
	for _, tt := range []struct {
		name   string
		limits Limits
		data   []byte
	}{
		{"the same", DefaultLimits(), sound},
		{"another checksum", DefaultLimits(), directory(16, 1)},
		{"another size", DefaultLimits(), directory(24, uint32(len(content)-1))},
		{"a symbolic link", DefaultLimits(), link.Bytes()},
		{"another name", DefaultLimits(), zipOf(t, entry{"apiproxy/policies/B.xml", content})},
		{"as an endpoint", DefaultLimits(), zipOf(t, entry{"apiproxy/proxies/A.xml", content})},
		{"with another of its name", DefaultLimits(), zipOf(t, entry{name, content}, entry{"apiproxy/policies/a2.xml", content})},
		{"too large with others", small, zipOf(t, entry{name, content}, entry{"apiproxy/policies/B.xml", content}, entry{"apiproxy/policies/C.xml", "<C/>"})},
		{"malformed", DefaultLimits(), zipOf(t, entry{name, content[:200]})},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := NewParser(tt.limits)
			for range 3 {
				parseZip(t, p, zipOf(t, entry{name, content}))
				parseZip(t, p, zipOf(t, entry{"apiproxy/policies/B.xml", content}))
			}
			want := told(parseZip(t, NewParser(tt.limits), tt.data))
			for range 3 {
				if got := told(parseZip(t, p, tt.data)); got != want {
					t.Errorf("got %s\nwant %s", got, want)
				}
			}
		})
	}
}

// TestParserGivesMemoryAgain parses bundles of several sizes where others were parsed before, one of which was malformed and one of which
// filled more than is kept.
func TestParserGivesMemoryAgain(t *testing.T) {
	var attributes strings.Builder
	for i := range 150 {
		fmt.Fprintf(&attributes, " a%d='%d'", i, i)
	}
	bundles := [][]byte{
		zipOf(t, entry{"apiproxy/policies/A.xml", "<Quota name='A'><Allow count='1'>1</Allow></Quota>"}),
		zipOf(t, entry{"apiproxy/policies/B.xml", "<Quota name='B'><Allow" + attributes.String() + "/>" + strings.Repeat("<Step a='1'>text</Step>", 500) + "</Quota>"}),
		zipOf(t, entry{"apiproxy/policies/C.xml", "<Quota name='C'>" + strings.Repeat("<Step a='1'>text</Step>", 300)}),
		zipOf(t, entry{"apiproxy/policies/D.xml", "<Quota name='D'>" + strings.Repeat("<Step a='1'>text</Step>", 20_000) + "</Quota>"}),
		zipOf(t, endpointOf(3, 2), entry{"apiproxy/policies/E.xml", "<Quota name='E'/>"}, entry{"apiproxy/policies/F.xml", "<Quota name='F'/>"}),
		zipOf(t, endpointOf(40, 5)),
		zipOf(t, endpointOf(2, maxMemory)),
	}
	p := NewParser(DefaultLimits())
	for _, i := range []int{1, 0, 1, 2, 0, 1, 3, 0, 1, 4, 5, 4, 0, 6, 4, 5} {
		want := told(parseZip(t, NewParser(DefaultLimits()), bundles[i]))
		b := parseZip(t, p, bundles[i])
		if got := told(b); got != want {
			t.Errorf("bundle %d comes out otherwise: %.300s\nwant %.300s", i, got, want)
		}
		p.Done(b)
	}
}

// endpointOf is an endpoint of so many flows with so many steps each, in a <Flows> element for each, before and behind fault rules.
func endpointOf(flows, steps int) entry {
	var list strings.Builder
	for i := range steps {
		fmt.Fprintf(&list, "<Step><Name>S%d</Name><Condition>a = %d</Condition></Step>", i, i)
	}
	var all strings.Builder
	for i := range flows {
		fmt.Fprintf(&all, "<Flows><Flow name='f%d'><Request>%s</Request><Response>%s</Response></Flow></Flows>", i, list.String(), list.String())
		if i == 0 {
			fmt.Fprintf(&all, "<FaultRules><FaultRule name='r'>%s</FaultRule></FaultRules>", list.String())
		}
	}
	return entry{"apiproxy/proxies/default.xml", "<ProxyEndpoint name='default'>" + all.String() + "</ProxyEndpoint>"}
}

// TestManyListsTakeNoMore reads an endpoint whose flows and steps are in thousands of elements, where Apigee writes one.
func TestManyListsTakeNoMore(t *testing.T) {
	memory := func(lists int) uint64 {
		data := zipOf(t,
			entry{"apiproxy/proxies/flows.xml", "<ProxyEndpoint>" + strings.Repeat("<Flows><Flow/></Flows>", lists) + "</ProxyEndpoint>"},
			entry{"apiproxy/proxies/steps.xml", "<ProxyEndpoint><PreFlow>" + strings.Repeat("<Request><Step><Name>S</Name></Step></Request>", lists) + "</PreFlow></ProxyEndpoint>"})
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		b := parseZip(t, NewParser(DefaultLimits()), data)
		runtime.ReadMemStats(&after)
		if len(b.Endpoints) != 2 || len(b.Endpoints[0].Flows) != lists || len(b.Endpoints[1].PreFlow.Request) != lists {
			t.Fatalf("not all of %d flows and steps were read", lists)
		}
		return after.TotalAlloc - before.TotalAlloc
	}
	if few, many := memory(200), memory(2_000); many > 15*few {
		t.Errorf("ten times as many lists take %.0f times as much memory", float64(many)/float64(few))
	}
}

func TestParserSharesBetweenGoroutines(t *testing.T) {
	p := NewParser(DefaultLimits())
	var parts []entry
	for i := range 20 {
		parts = append(parts, entry{fmt.Sprintf("apiproxy/policies/P%d.xml", i), fmt.Sprintf("<Quota name='P%d'>\n<Allow>ü %d</Allow>%s</Quota>", i, i, strings.Repeat("\n<A/>", 600))})
	}
	data := zipOf(t, parts...)
	want := told(parseZip(t, NewParser(DefaultLimits()), data))
	var running sync.WaitGroup
	for range 4 {
		running.Go(func() {
			for range 3 {
				if got := told(parseZip(t, p, data)); got != want {
					t.Error("it comes out otherwise")
				}
			}
		})
	}
	running.Wait()
}

func TestParserKeepsLittle(t *testing.T) {
	p := NewParser(DefaultLimits())
	large := strings.Repeat(" ", maxKeptOne)
	for i := range 100 {
		name, content := fmt.Sprintf("apiproxy/policies/P%d.xml", i), fmt.Sprintf("<Quota name='P%d'>%s</Quota>", i, large[:maxKeptOne/2])
		for range 3 {
			parseZip(t, p, zipOf(t, entry{name, content}, entry{"apiproxy/policies/Large.xml", "<Quota>" + large + "</Quota>"}))
		}
	}
	if p.size > maxKept || len(p.kept) == 0 {
		t.Errorf("%d bytes of %d files are kept", p.size, len(p.kept))
	}
	for _, k := range p.kept {
		if k.size > maxKeptOne {
			t.Errorf("a file of %d bytes is kept", k.size)
		}
	}
}

// TestEditedArchivesShareDocuments edits one file after the other of an archive.
func TestEditedArchivesShareDocuments(t *testing.T) {
	a, err := readZip(zipOf(t, entry{"apiproxy/policies/A.xml", "<Quota name='A'/>"}, entry{"apiproxy/policies/B.xml", "<Quota name='B'/>"}), DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	files, err := a.Contents()
	if err != nil {
		t.Fatal(err)
	}
	edited := func(name, content string) *Bundle {
		other := maps.Clone(files)
		other[name] = []byte(content)
		return NewParser(DefaultLimits()).Parse(someProxy, a.Edited(other))
	}
	first, second := edited("apiproxy/policies/A.xml", "<Quota name='A'>1</Quota>"), edited("apiproxy/policies/A.xml", "<Quota name='A'>2</Quota>")
	if one, two := first.Policies["A"].Doc.Root.Text, second.Policies["A"].Doc.Root.Text; one != "1" || two != "2" {
		t.Errorf("edits %q and %q", one, two)
	}
	if first.Policies["B"].Doc != second.Policies["B"].Doc {
		t.Error("a file that is not edited is parsed again")
	}
	if broken := edited("apiproxy/policies/B.xml", "<Quota"); len(broken.Problems) != 1 || broken.Policies["B"] != nil {
		t.Errorf("%+v", broken)
	}
}
