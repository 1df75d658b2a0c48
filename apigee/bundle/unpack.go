package bundle

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
	"sync"

	"github.com/klauspost/compress/flate"
)

// maxAhead bounds what is allocated on the word of a zip's directory.
const maxAhead = 1 << 20

// unpacker unpacks the entries of one zip.
type unpacker struct {
	zip []byte // nil for one that is not in memory as a whole
}

// decoders are those that were used: one takes more memory than most bundles.
var decoders = sync.Pool{New: func() any {
	d := &decoder{}
	d.stream = flate.NewReader(&d.packed)
	return d
}}

// decoder unpacks what is in memory.
type decoder struct {
	packed bytes.Reader
	stream io.ReadCloser
	more   [1]byte
}

// inflate fills data with what is packed, and reports whether that is exactly as long.
func inflate(data, packed []byte) bool {
	d := decoders.Get().(*decoder)
	defer decoders.Put(d)
	d.packed.Reset(packed)
	defer d.packed.Reset(nil) // the pool must not keep a zip in memory
	if d.stream.(flate.Resetter).Reset(&d.packed, nil) != nil {
		return false
	}
	if _, err := io.ReadFull(d.stream, data); err != nil {
		return false
	}
	n, err := d.stream.Read(d.more[:])
	return n == 0 && err == io.EOF
}

// unpack reads one entry, trusting neither its declared size nor its compression ratio. With a buffer, which grows as needed, the content
// may lie there.
func (u *unpacker) unpack(f *zip.File, limit int64, buffer *[]byte) ([]byte, error) {
	if data, ok := u.whole(f, limit, buffer); ok {
		return data, nil
	}
	return unpack(f, limit)
}

// whole unpacks an entry that is sound and of ordinary size. Without the streams and the decoder of archive/zip that takes two thirds of
// its time. Of all other entries it says nothing: what is wrong with them is left to archive/zip, and so is what it does not mind.
func (u *unpacker) whole(f *zip.File, limit int64, buffer *[]byte) ([]byte, bool) {
	packed, ok := u.packed(f)
	if !ok || f.UncompressedSize64 > uint64(min(limit, maxAhead)) {
		return nil, false
	}
	size := int(f.UncompressedSize64)
	var data []byte
	if buffer == nil {
		data = make([]byte, size)
	} else {
		if cap(*buffer) < size {
			*buffer = make([]byte, size+size/4)
		}
		data = (*buffer)[:size]
	}
	return data, inflate(data, packed) && crc32.ChecksumIEEE(data) == f.CRC32
}

// packed is what the zip holds for an entry; ok is false where it does not hold what archive/zip wants to find there.
func (u *unpacker) packed(f *zip.File) (data []byte, ok bool) {
	if u.zip == nil || f.Method != zip.Deflate || f.CompressedSize64 > maxAhead {
		return nil, false
	}
	begin, err := f.DataOffset()
	if err != nil || begin > int64(len(u.zip)) {
		return nil, false
	}
	data = u.zip[begin:]
	if f.CompressedSize64 > uint64(len(data)) {
		return nil, false
	}
	data, behind := data[:f.CompressedSize64], data[f.CompressedSize64:]
	const hasDescriptor, descriptor, signature = 1 << 3, 16, 0x08074b50 // the signature may be left out
	if f.Flags&hasDescriptor == 0 {
		return data, true
	}
	if len(behind) < descriptor {
		return nil, false
	}
	if binary.LittleEndian.Uint32(behind) == signature {
		behind = behind[4:]
	}
	return data, binary.LittleEndian.Uint32(behind) == f.CRC32
}

// unpack reads one entry as archive/zip does.
func unpack(f *zip.File, limit int64) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	buf := bytes.NewBuffer(make([]byte, 0, min(f.UncompressedSize64, maxAhead)+bytes.MinRead))
	if n, err := buf.ReadFrom(io.LimitReader(r, limit+1)); err != nil {
		return nil, err
	} else if n > limit {
		return nil, errTooLarge
	}
	return buf.Bytes(), nil
}
