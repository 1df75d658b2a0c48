package xmltree_test

import (
	"bytes"
	"strings"
	"testing"

	"apigee-audit/apigee/xmltree"
)

// What is encoded is the file again, byte for byte.
func TestEncodeIsTheFile(t *testing.T) {
	western := []byte("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a b='")
	for c := range 256 {
		if c >= 0x20 && c != '<' && c != '&' && c != '\'' {
			western = append(western, byte(c))
		}
	}
	western = append(western, "'/>"...)
	for name, data := range map[string][]byte{
		"plain":   []byte("<a>\r\n\t<b>é €</b>\r\n</a>"),
		"marked":  []byte("\xef\xbb\xbf<a>é</a>\n"),
		"ascii":   []byte(`<?xml version="1.0" encoding="US-ASCII"?><a/>`),
		"western": western,
	} {
		doc, err := xmltree.Parse("x.xml", data, 10)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := doc.Encode(doc.Source)
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s: %q, %v; want %q", name, got, err, data)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	for name, tt := range map[string]struct{ data, text, why string }{
		"character that ASCII has not":   {`<?xml version="1.0" encoding="ascii"?><a/>`, "<a>é</a>", "is declared to be ASCII, which has no 'é'"},
		"character that Western has not": {`<?xml version="1.0" encoding="latin1"?><a/>`, "<a>ł</a>", "is declared to be in a Western encoding, which has no 'ł'"},
		"UTF-16":                         {"\xff\xfe<\x00a\x00/\x00>\x00", "<a/>", "is in UTF-16, which is read and not written; save it as UTF-8"},
	} {
		doc, err := xmltree.Parse("x.xml", []byte(tt.data), 10)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := doc.Encode(tt.text); err == nil || !strings.Contains(err.Error(), tt.why) {
			t.Errorf("%s: %v, want %q", name, err, tt.why)
		}
	}
}
