// Package inflate unpacks DEFLATE data (RFC 1951) that is in memory as a whole, into memory whose size is known.
//
// The files of a bundle are small: unpacking them, compress/flate spends most of its time on what it prepares for each block and
// on the window that a stream needs. Without both, a bundle takes about half as long.
package inflate

import "encoding/binary"

// Decoder is the memory that unpacking needs. The zero value is ready, and one that is used again need not be prepared again.
type Decoder struct {
	src       []byte // a copy of what is unpacked, with padding behind it
	in        window
	lengths   [maxLiterals + maxDistances]uint8
	used      [maxLiterals]uint16 // symbols that have a code
	order     [maxLiterals]uint16 // the same, those with the shortest first
	literals  [1 << literalBits]entry
	distances [1 << distanceBits]entry
	further   []entry // the tables for the rest of longer codes, of which few blocks have any
}

const (
	maxLiterals  = 288 // and lengths; the last two have codes in fixed blocks and stand for nothing
	maxDistances = 32  // likewise
	// padding lets the decoder take eight bytes at any place without asking how many are left. What it takes of them, it has
	// taken too much, and that is asked in the end.
	padding = 16
	// longestMatch is how many bits a length and a distance have at most, RFC 1951 section 3.2.5.
	longestMatch = maxLength + 5 + maxLength + 13
)

// Unpack fills dst with what src stands for, and reports whether that is exactly as long. When it is not, or src is not sound,
// what dst holds is undefined. Bytes behind the last block are not looked at.
func (d *Decoder) Unpack(dst, src []byte) bool {
	var behind [padding]byte
	d.src = append(append(d.src[:0], src...), behind[:]...)
	d.in = window{}
	filled, ok := 0, true
	for last := false; ok && !last; {
		ok = d.refill()
		last = d.take(1) == 1
		switch kind := d.take(2); {
		case !ok:
		case kind == 0:
			filled, ok = d.stored(dst, filled)
		case kind == 1:
			filled, ok = d.packed(dst, filled, d.fixed())
		case kind == 2:
			var w widths
			if w, ok = d.dynamic(); ok {
				filled, ok = d.packed(dst, filled, w)
			}
		default:
			ok = false
		}
	}
	return ok && filled == len(dst) && d.in.pos*8-int(d.in.n) <= len(src)*8
}

// window is where the decoder is in what it unpacks.
type window struct {
	bits uint64 // the next bits, the first one lowest
	n    uint   // how many of them count
	pos  int    // what was taken into bits
}

// refilled takes bytes until at least 56 bits are there. It is short only when more was taken than there is.
func (w window) refilled(src []byte) (full window, short bool) {
	if w.pos+8 > len(src) {
		return w, true
	}
	w.bits |= binary.LittleEndian.Uint64(src[w.pos:]) << (w.n & 63)
	w.pos += int(63-w.n) >> 3
	w.n |= 56
	return w, false
}

// without is the window behind so many bits.
func (w window) without(n uint) window {
	return window{w.bits >> (n & 63), w.n - n, w.pos}
}

// low are the next bits.
func (w window) low(n uint) int { return int(w.bits & (1<<(n&63) - 1)) }

func (d *Decoder) refill() (ok bool) {
	var short bool
	d.in, short = d.in.refilled(d.src)
	return !short
}

func (d *Decoder) take(n uint) uint {
	v := uint(d.in.low(n))
	d.in = d.in.without(n)
	return v
}

// stored copies a block that is not packed.
func (d *Decoder) stored(dst []byte, filled int) (int, bool) {
	pos := d.in.pos - int(d.in.n>>3) // from the next whole byte on
	if pos+4 > len(d.src) {
		return 0, false
	}
	size, check := binary.LittleEndian.Uint16(d.src[pos:]), binary.LittleEndian.Uint16(d.src[pos+2:])
	pos += 4
	if size != ^check || int(size) > len(d.src)-pos || int(size) > len(dst)-filled {
		return 0, false
	}
	filled += copy(dst[filled:], d.src[pos:pos+int(size)])
	d.in = window{pos: pos + int(size)}
	return filled, true
}

// packed unpacks a block whose tables are ready. Its loop decides how long everything takes.
func (d *Decoder) packed(dst []byte, filled int, w widths) (int, bool) {
	src, in, short := d.src, d.in, false
	for {
		if in, short = in.refilled(src); short {
			return 0, false
		}
		e := d.literals[in.low(w.literals)]
		for e.kind() == literalByte {
			if filled == len(dst) {
				return 0, false
			}
			dst[filled] = byte(e.value())
			filled++
			in = in.without(e.size())
			if in.n < maxLength {
				if in, short = in.refilled(src); short {
					return 0, false
				}
			}
			e = d.literals[in.low(w.literals)]
		}
		if in.n < longestMatch {
			if in, short = in.refilled(src); short {
				return 0, false
			}
		}
		if e.kind() == link {
			in = in.without(e.size())
			e = d.further[e.value()+in.low(e.extra())]
		}
		in = in.without(e.size())
		switch e.kind() {
		case literalByte:
			if filled == len(dst) {
				return 0, false
			}
			dst[filled] = byte(e.value())
			filled++
			continue
		case end:
			d.in = in
			return filled, true
		case none:
			return 0, false
		}
		length := e.value() + in.low(e.extra())
		in = in.without(e.extra())

		e = d.distances[in.low(w.distances)]
		if e.kind() == link {
			in = in.without(e.size())
			e = d.further[e.value()+in.low(e.extra())]
		}
		in = in.without(e.size())
		from := filled - (e.value() + in.low(e.extra()))
		in = in.without(e.extra())
		if e.kind() == none || from < 0 || length > len(dst)-filled {
			return 0, false
		}
		for length > 0 { // what was copied can be copied on: a distance may be less than the length
			c := copy(dst[filled:filled+length], dst[from:filled])
			filled, length = filled+c, length-c
		}
	}
}

// dynamic reads the tables of a block that brings its own.
func (d *Decoder) dynamic() (w widths, ok bool) {
	d.further = d.further[:0]
	literals, distances, lengths := 257+int(d.take(5)), 1+int(d.take(5)), 4+int(d.take(4))
	if literals > maxLiterals-2 || distances > maxDistances-2 {
		return w, false
	}
	var own [len(lengthOrder)]uint8
	for _, symbol := range lengthOrder[:lengths] {
		if d.in.n < 3 && !d.refill() {
			return w, false
		}
		own[symbol] = uint8(d.take(3))
	}
	// The table of the code in which the lengths of the others come stands where that of the distances will be.
	width, ok := d.build(d.distances[:], own[:], lengthSymbols[:], distanceBits)
	if !ok || !d.readLengths(d.lengths[:literals+distances], width) {
		return w, false
	}
	if w.literals, ok = d.build(d.literals[:], d.lengths[:literals], literalSymbols[:], literalBits); !ok {
		return w, false
	}
	w.distances, ok = d.build(d.distances[:], d.lengths[literals:literals+distances], distanceSymbols[:], distanceBits)
	return w, ok
}

// readLengths reads the lengths of the codes of a block.
func (d *Decoder) readLengths(lengths []uint8, width uint) bool {
	for i := 0; i < len(lengths); {
		if d.in.n < 14 && !d.refill() {
			return false
		}
		e := d.distances[d.in.low(width)]
		if e == 0 {
			return false
		}
		d.take(e.size())
		if e.value() < 16 {
			lengths[i] = uint8(e.value())
			i++
			continue
		}
		var again uint8
		times := 0
		switch e.value() {
		case 16:
			if i == 0 {
				return false
			}
			again, times = lengths[i-1], 3+int(d.take(2))
		case 17:
			times = 3 + int(d.take(3))
		default:
			times = 11 + int(d.take(7))
		}
		if times > len(lengths)-i {
			return false
		}
		for range times {
			lengths[i] = again
			i++
		}
	}
	return true
}

// fixed makes the tables of a block that brings none.
func (d *Decoder) fixed() (w widths) {
	w.literals, _ = d.build(d.literals[:], fixedLengths[:maxLiterals], literalSymbols[:], literalBits)
	w.distances, _ = d.build(d.distances[:], fixedLengths[maxLiterals:], distanceSymbols[:], distanceBits)
	return w
}
