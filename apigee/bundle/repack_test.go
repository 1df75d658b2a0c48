package bundle

import (
	"archive/zip"
	"bytes"
	"io"
	"testing"
	"time"

	"apigee-audit/apigee"
)

// TestRepackedKeepsWhatDoesNotChange compares entries as they are packed: method, times, comments and compressed bytes.
func TestRepackedKeepsWhatDoesNotChange(t *testing.T) {
	var in bytes.Buffer
	w := zip.NewWriter(&in)
	for _, e := range []struct {
		name, data string
		method     uint16
	}{
		{"inside/apiproxy/", "", zip.Store}, {"inside/apiproxy/policies/A.xml", "<A/>", zip.Deflate},
		{"inside/apiproxy/resources/java/lib.jar", "\x00\x01 stored", zip.Store}, {"inside/apiproxy/policies/B.xml", "<B/>", zip.Store}, {"readme.txt", "beside", zip.Deflate},
	} {
		f, err := w.CreateHeader(&zip.FileHeader{Name: e.name, Method: e.method, Comment: "of " + e.name, Modified: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)})
		if err == nil {
			_, err = io.WriteString(f, e.data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.SetComment("of the zip"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	a := Downloaded(in.Bytes(), time.Time{})
	out, err := a.Repacked(map[string][]byte{"apiproxy/policies/B.xml": []byte("<B2/>"), "apiproxy/policies/C.xml": []byte("<C/>")}, DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	before, after := entriesOf(t, in.Bytes()), entriesOf(t, out)
	if before.Comment != after.Comment || len(after.File) != len(before.File)+1 {
		t.Errorf("%d entries and the comment %q", len(after.File), after.Comment)
	}
	for i, f := range before.File {
		g := after.File[i]
		if f.Name == "inside/apiproxy/policies/B.xml" {
			if g.Name != f.Name || g.Method != f.Method || !g.Modified.Equal(f.Modified) || g.Comment != f.Comment {
				t.Errorf("the changed entry is %+v", g.FileHeader)
			}
			continue
		}
		if !bytes.Equal(raw(t, f), raw(t, g)) || f.Name != g.Name || !bytes.Equal(f.Extra, g.Extra) || f.CRC32 != g.CRC32 || f.Comment != g.Comment {
			t.Errorf("%s is not as it was packed: %+v", f.Name, g.FileHeader)
		}
	}
	files, err := Downloaded(out, time.Time{}).Unpacked(apigee.KindProxy, DefaultLimits())
	if err != nil || len(files) != 4 || string(files["apiproxy/policies/B.xml"]) != "<B2/>" || string(files["apiproxy/policies/C.xml"]) != "<C/>" {
		t.Errorf("the files are %q, %v", files, err)
	}
}

func entriesOf(t *testing.T, data []byte) *zip.Reader {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func raw(t *testing.T, f *zip.File) []byte {
	t.Helper()
	r, err := f.OpenRaw()
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
