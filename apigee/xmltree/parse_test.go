package xmltree

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

func parsed(t *testing.T, src string) *Document {
	t.Helper()
	d, err := Parse("x.xml", []byte(src), 64)
	if err != nil {
		t.Fatalf("ParseXML(%q): %v", src, err)
	}
	return d
}

func TestTreeAndPositions(t *testing.T) {
	d := parsed(t, "<?xml version=\"1.0\"?>\r\n<!-- <Hidden/> --><A n='1'>\r\n  é<B x=\"&lt;y\"/>t<![CDATA[<&>]]>\r\n  <C>\n &amp;&#65;&#x42; </C>\n</A>\n")
	if got := d.Root.Text; got != "ét<&>" {
		t.Errorf("text of A = %q", got)
	}
	b, c := d.Root.Child("B"), d.Root.Child("C")
	if v, _ := b.Attr("x"); v != "<y" {
		t.Errorf("attribute x = %q", v)
	}
	if c.Text != "&AB" {
		t.Errorf("text of C = %q", c.Text)
	}
	for what, got := range map[string][2]Span{
		"A start tag": {d.TagSpan(d.Root), {2, 19, 2, 28}},
		"B":           {d.Span(b), {3, 4, 3, 18}}, // the é before it is one column
		"B's x":       {d.AttrSpan(b, "x"), {3, 7, 3, 16}},
		"C":           {d.Span(c), {4, 3, 5, 23}},
		"no such":     {d.Span(d.Root.Child("Hidden")), {}},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: span %v, want %v", what, got[0], got[1])
		}
	}
	if got := d.Inner(c); got != "\n &amp;&#65;&#x42; " {
		t.Errorf("inner of C = %q", got)
	}
}

func TestEncodings(t *testing.T) {
	utf16le := []byte{0xFF, 0xFE}
	for _, u := range utf16.Encode([]rune("<A>ü</A>")) {
		utf16le = append(utf16le, byte(u), byte(u>>8))
	}
	for name, data := range map[string][]byte{
		"byte order mark": []byte("\xEF\xBB\xBF<A>ü</A>"),
		"UTF-16":          utf16le,
		"ISO-8859-1":      []byte("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><A>\xFC</A>"),
		"single quotes":   []byte("<?xml version='1.0' encoding='windows-1252'?><A>\xFC</A>"),
	} {
		d, err := Parse("x.xml", data, 64)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if d.Root.Text != "ü" {
			t.Errorf("%s: text %q", name, d.Root.Text)
		}
	}
	if _, err := Parse("x.xml", []byte(`<?xml version="1.0" encoding="EBCDIC"?><A/>`), 64); err == nil || !strings.Contains(err.Error(), "UTF-8") {
		t.Errorf("unknown encoding: %v", err)
	}
}

func TestMalformed(t *testing.T) {
	for _, tt := range []struct {
		src          string
		line, column int
		message      string
	}{
		{"", 1, 1, "no XML element"},
		{"  \n", 2, 1, "no XML element"},
		{"<A>\n<B></A>", 2, 4, "<B> is closed by </A>"},
		{"<A>", 1, 4, "<A> is not closed"},
		{"<A/><B/>", 1, 5, "more than one root"},
		{"<A/>junk", 1, 5, "text outside"},
		{"<A x='1' x='2'/>", 1, 10, "twice"},
		{"<A x=1/>", 1, 6, "not in quotes"},
		{"<A x='<'/>", 1, 7, "&lt;"},
		{"<A>&nope;</A>", 1, 4, "unknown entity"},
		{"<A>a & b</A>", 1, 6, "&amp;"},
		{"<!DOCTYPE A [<!ENTITY b 'c'>]><A>&b;</A>", 1, 1, "document type"},
		{"<A><!-- a -- b --></A>", 1, 11, "--"},
		{"<A><![CDATA[x</A>", 1, 4, "CDATA"},
		{"<A>\x01</A>", 1, 4, "does not allow"},
		{"<A>\xff</A>", 1, 4, "does not allow"},
		{"</A>", 1, 1, "without a start"},
		{"<A>\n<?></A>", 2, 1, "without a name"},
		{"<??><A/>", 1, 1, "without a name"},
		{"<? a?><A/>", 1, 1, "without a name"},
		{"<?a", 1, 1, "instruction is not closed"},
		{"<?a><A/>", 1, 1, "instruction is not closed"},
		{"<?a'b'?><A/>", 1, 4, "in the name of a processing instruction"},
		{strings.Repeat("<A>", 70), 1, 196, "deeper than 64"},
	} {
		_, err := Parse("x.xml", []byte(tt.src), 64)
		var se *SyntaxError
		if !errors.As(err, &se) {
			t.Errorf("%.40q: error %v, want a SyntaxError", tt.src, err)
			continue
		}
		if se.Line != tt.line || se.Column != tt.column || !strings.Contains(se.Message, tt.message) {
			t.Errorf("%.40q: %d:%d %s; want %d:%d …%s…", tt.src, se.Line, se.Column, se.Message, tt.line, tt.column, tt.message)
		}
	}
}

// outline writes a tree as text, so that the two parsers can be compared.
func outline(n *Node, b *strings.Builder) {
	b.WriteString("<" + n.Name)
	for _, a := range n.Attrs {
		b.WriteString(" " + a.Name + "=" + a.Value)
	}
	b.WriteString(">" + n.Text)
	for c := range n.Children() {
		outline(c, b)
	}
	b.WriteString("</>")
}

// standardOutline is the same by encoding/xml, with the checks that encoding/xml leaves out.
func standardOutline(src string) (string, error) {
	type element struct {
		head, text, kids strings.Builder
		name             string
	}
	name := func(n xml.Name) string {
		if n.Space != "" {
			return n.Space + ":" + n.Local
		}
		return n.Local
	}
	d := xml.NewDecoder(strings.NewReader(src))
	var stack []*element
	var out string
	for {
		tok, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if out != "" {
				return "", errors.New("second root")
			}
			e := &element{name: name(tok.Name)}
			e.head.WriteString("<" + e.name)
			seen := map[string]bool{}
			for _, a := range tok.Attr {
				if seen[name(a.Name)] {
					return "", errors.New("attribute twice")
				}
				seen[name(a.Name)] = true
				e.head.WriteString(" " + name(a.Name) + "=" + a.Value)
			}
			stack = append(stack, e)
		case xml.EndElement:
			if len(stack) == 0 || stack[len(stack)-1].name != name(tok.Name) {
				return "", errors.New("end tag")
			}
			e := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			s := e.head.String() + ">" + strings.Trim(e.text.String(), " \t\r\n") + e.kids.String() + "</>"
			if len(stack) == 0 {
				out = s
			} else {
				stack[len(stack)-1].kids.WriteString(s)
			}
		case xml.CharData:
			if len(stack) > 0 {
				stack[len(stack)-1].text.Write(tok)
			} else if strings.Trim(string(tok), " \t\r\n") != "" {
				return "", errors.New("text outside")
			}
		case xml.Directive:
			return "", errors.New("directive")
		}
	}
	if len(stack) > 0 || out == "" {
		return "", errors.New("not closed")
	}
	return out, nil
}

// FuzzXML holds the scanner against encoding/xml: what the scanner accepts, encoding/xml must read as the same tree.
// Names that only encoding/xml refuses are replaced by others first, see [plainNames].
func FuzzXML(f *testing.F) {
	for _, s := range []string{
		"<A/>", "<A b='c'>d<!-- e --><F>g</F></A>", "<A><![CDATA[\r\n]]>&#13;</A>", "<?xml version=\"1.0\"?>\n<a:B c:d=\"&amp;\"/>",
		"<A>]]&gt;</A>", "<A \n/>", "<A></A >", "<A>\r</A>", "<A b='\r\n'/>", "<A><B/><B/></A>", "<Ä ö='ß'/>",
		"<::/>", "<a:b:c :='1' ::='2'></a:b:c>", "<\u037f\u203f>\U00010000</\u037f\u203f>", "<?a b?><A><?c?></A>",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		d, err := Parse("x.xml", []byte(src), 64)
		if err != nil {
			var se *SyntaxError
			if !errors.As(err, &se) || se.Line < 1 || se.Column < 1 {
				t.Fatalf("error without a position: %v", err)
			}
			return
		}
		for n := range d.Root.Descendants() {
			if n.Start >= n.End || n.InnerStart > n.InnerEnd || n.End > len(d.Source) {
				t.Fatalf("%q: element %s at %d–%d, inner %d–%d", src, n.Name, n.Start, n.End, n.InnerStart, n.InnerEnd)
			}
		}
		if otherRules.MatchString(d.Source) {
			return
		}
		plain := plainNames(t, d)
		want, err := standardOutline(plain)
		if err != nil {
			t.Fatalf("accepted what encoding/xml refuses: %q, read as %q: %v", src, plain, err)
		}
		var got strings.Builder
		outline(d.Root, &got)
		if diff := cmp.Diff(want, got.String()); diff != "" {
			t.Fatalf("%q, read as %q (-encoding/xml +scanner):\n%s", src, plain, diff)
		}
	})
}

// TestAttributesAcrossBlocks reads more attributes than a block of the arena holds, on elements that share blocks.
func TestAttributesAcrossBlocks(t *testing.T) {
	var src strings.Builder
	src.WriteString("<A>")
	for e := range 30 {
		src.WriteString("<E")
		for a := range e * 7 {
			fmt.Fprintf(&src, " a%d='%d.%d'", a, e, a)
		}
		src.WriteString("/>")
	}
	src.WriteString("</A>")
	e := 0
	for n := range parsed(t, src.String()).Root.Children() {
		if len(n.Attrs) != e*7 {
			t.Fatalf("element %d has %d attributes, want %d", e, len(n.Attrs), e*7)
		}
		for a := range e * 7 {
			if v, ok := n.Attr(fmt.Sprintf("a%d", a)); !ok || v != fmt.Sprintf("%d.%d", e, a) {
				t.Fatalf("attribute a%d of element %d is %q", a, e, v)
			}
		}
		e++
	}
}

func TestBooleanAttributes(t *testing.T) {
	d, err := Parse("x.xml", []byte(`<A yes="true" loud=" TRUE&#10;" no="False " odd="1" empty=""/>`), 10)
	if err != nil {
		t.Fatal(err)
	}
	for attr, want := range map[string][2]bool{
		"yes": {true, false}, "loud": {true, false}, "no": {false, true}, "odd": {}, "empty": {}, "absent": {},
	} {
		if got := [2]bool{d.Root.IsTrue(attr), d.Root.IsFalse(attr)}; got != want {
			t.Errorf("%s is true, false: %v, want %v", attr, got, want)
		}
	}
	if none := (*Node)(nil); none.IsTrue("yes") || none.IsFalse("no") {
		t.Error("no element says something")
	}
}
