package bundle

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"strings"
	"testing"
)

// TestUnpackAsArchiveZipDoes damages an entry in every place that says something of it.
func TestUnpackAsArchiveZipDoes(t *testing.T) {
	content := strings.Repeat("<Step><Name>A</Name></Step>", 40)
	described := zipOf(t, entry{"apiproxy/policies/A.xml", content}, entry{"apiproxy/policies/B.xml", "<B/>"}) // with data descriptors
	plain := rawZip(t, zip.Deflate, content)
	stored := rawZip(t, zip.Store, content)
	const ( // APPNOTE.TXT of PKWARE, sections 4.3.7, 4.3.9 and 4.3.12
		directory, header, descriptor                      = "PK\x01\x02", "PK\x03\x04", "PK\x07\x08"
		method, checksum, compressed, uncompressed, offset = 10, 16, 20, 24, 42
	)
	set := func(data []byte, part string, at int, value uint32) []byte {
		out := bytes.Clone(data)
		binary.LittleEndian.PutUint32(out[bytes.Index(out, []byte(part))+at:], value)
		return out
	}
	for name, data := range map[string][]byte{
		"sound":                          described,
		"sound without descriptor":       plain,
		"not packed":                     stored,
		"another checksum":               set(described, directory, checksum, 1),
		"no checksum":                    set(plain, directory, checksum, 0),
		"no checksum, but a descriptor":  set(described, directory, checksum, 0),
		"another checksum behind it":     set(described, descriptor, 4, 1),
		"another size behind it":         set(described, descriptor, 12, 1),
		"no signature behind it":         set(described, descriptor, 0, crc32.ChecksumIEEE([]byte(content))),
		"something else behind it":       set(described, descriptor, 0, 1),
		"smaller than it says":           set(described, directory, uncompressed, uint32(len(content)+1)),
		"larger than it says":            set(described, directory, uncompressed, uint32(len(content)-1)),
		"of no size, it says":            set(described, directory, uncompressed, 0),
		"of enormous size, it says":      set(described, directory, uncompressed, 1<<32-2),
		"packed smaller than it says":    set(plain, directory, compressed, 100),
		"packed larger than it says":     set(plain, directory, compressed, 10),
		"packed larger than the zip":     set(described, directory, compressed, 1<<32-2),
		"packed beyond the zip":          set(described, directory, compressed, 100_000),
		"packed almost to its end":       set(described, directory, compressed, uint32(len(described)-len(header)-len("apiproxy/policies/A.xml")-40)),
		"packed in another way":          set(described, directory, method, 12),
		"somewhere else":                 set(described, directory, offset, 3),
		"behind the end":                 set(described, directory, offset, 1<<31),
		"without a header":               set(described, header, 0, 0),
		"with a long name in its header": set(described, header, 26, 0xFFFF),
		"damaged":                        set(plain, header, 80, 0xFFFFFFFF),
	} {
		t.Run(name, func(t *testing.T) {
			a, err := readZip(data, DefaultLimits())
			if err != nil {
				t.Fatal(err)
			}
			for _, limit := range []int64{DefaultLimits().File, int64(len(content)), int64(len(content) - 1)} {
				for _, f := range a.Files {
					sameAsArchiveZip(t, f, limit)
				}
			}
		})
	}
}

// rawZip is a zip of one entry without a data descriptor.
func rawZip(t *testing.T, method uint16, content string) []byte {
	t.Helper()
	var packed, out bytes.Buffer
	if method == zip.Store {
		packed.WriteString(content)
	} else {
		w, err := flate.NewWriter(&packed, flate.DefaultCompression)
		if err == nil {
			_, err = w.Write([]byte(content))
		}
		if err := errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
	}
	w := zip.NewWriter(&out)
	f, err := w.CreateRaw(&zip.FileHeader{
		Name: "apiproxy/policies/A.xml", Method: method, CRC32: crc32.ChecksumIEEE([]byte(content)),
		CompressedSize64: uint64(packed.Len()), UncompressedSize64: uint64(len(content)),
	})
	if err == nil {
		_, err = f.Write(packed.Bytes())
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestContentStays reads files one after the other in both ways: what does not lie in a buffer must not change any more.
func TestContentStays(t *testing.T) {
	a, err := readZip(zipOf(t, entry{"apiproxy/policies/A.xml", "<A/>"}, entry{"apiproxy/policies/B.xml", "<B/>"}), DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	first, err := a.Files[0].Content()
	if err != nil {
		t.Fatal(err)
	}
	var buffer []byte
	for i := range a.Files {
		if _, err := a.Files[i].content(&buffer); err != nil {
			t.Fatal(err)
		}
	}
	if string(first) != "<A/>" {
		t.Errorf("the content became %q", first)
	}
}
