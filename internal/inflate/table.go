package inflate

import (
	"encoding/binary"
	"math/bits"
)

// entry is what a table has for the next bits: of a symbol its kind, the size of its code, its value, and how many further bits
// add to that. A link leads to the entries of [Decoder.further] from its value on, for so many further bits. None is what no symbol has.
type entry uint32

const (
	none        = 0
	literalByte = 1 << 4
	match       = 2 << 4 // a length, a distance, or the length of a code
	end         = 3 << 4
	link        = 4 << 4
)

func symbol(kind entry, value, extra uint) entry { return kind | entry(value<<16|extra<<8) }

func (e entry) size() uint  { return uint(e & 15) }
func (e entry) kind() entry { return e & 0xF0 }
func (e entry) extra() uint { return uint(e >> 8 & 15) }
func (e entry) value() int  { return int(e >> 16) }

const (
	maxLength = 15 // of a code
	// What the first table of each code tells apart. Longer codes are rare, and lead to another table.
	literalBits  = 10
	distanceBits = 8
)

// widths are how many bits the first tables of a block tell apart.
type widths struct{ literals, distances uint }

// build makes the table of the code whose symbols have codes of these lengths. It fails for lengths that no code can have, or
// that leave bits without meaning, but for a code of one symbol or none, as compress/flate does.
func (d *Decoder) build(table []entry, lengths []uint8, symbols []entry, most uint) (width uint, ok bool) {
	var count, next [maxLength + 2]int
	used := 0
	for s := 0; s < len(lengths); s++ {
		l := lengths[s]
		if l > 0 {
			count[l]++
			d.used[used] = uint16(s)
			used++
		} else if s+8 <= len(lengths) && binary.LittleEndian.Uint64(lengths[s:]) == 0 {
			s += 7
		}
	}
	longest, free := uint(0), 1
	for l := 1; l <= maxLength; l++ {
		free = free<<1 - count[l]
		next[l+1] = next[l] + count[l]
		if count[l] > 0 {
			longest = uint(l)
		}
		if free < 0 {
			return 0, false
		}
	}
	if free > 0 && used > 0 && (used != 1 || longest != 1) {
		return 0, false
	}
	for _, s := range d.used[:used] {
		l := lengths[s]
		d.order[next[l]] = s
		next[l]++
	}
	width = min(most, max(longest, 1))
	d.lay(table[:1<<width], width, longest, &count, symbols)
	return width, true
}

// lay fills a table. The codes come in their order, so those of one length follow all that are shorter: the table begins with one
// entry, and is doubled for each length.
func (d *Decoder) lay(table []entry, width, longest uint, count *[maxLength + 2]int, symbols []entry) {
	table[0] = none
	code, i := uint16(0), 0
	for l := uint(1); l <= max(width, longest); l++ {
		code <<= 1
		if l <= width {
			copy(table[1<<(l-1):1<<l], table)
		}
		for range count[l] {
			e, at := symbols[d.order[i]], int(bits.Reverse16(code)>>(16-l)) // as the bits come, the first one lowest
			if l <= width {
				table[at] = e | entry(l)
			} else {
				d.beyond(table, width, longest-width, at, l, e)
			}
			code, i = code+1, i+1
		}
	}
}

// beyond lays a code that is longer than the first table is wide.
func (d *Decoder) beyond(table []entry, width, further uint, at int, l uint, e entry) {
	first := &table[at&(len(table)-1)]
	if first.kind() != link {
		*first = link | entry(uint(len(d.further))<<16|further<<8|width)
		d.further = append(d.further, make([]entry, 1<<further)...)
	}
	rest := d.further[first.value():][:1<<further]
	for at >>= width; at < len(rest); at += 1 << (l - width) {
		rest[at] = e | entry(l-width)
	}
}

// lengthOrder is the order in which the lengths of the code for lengths come.
var lengthOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// What the symbols of each code stand for, RFC 1951 sections 3.2.5 to 3.2.7, and the lengths of the fixed codes.
var (
	lengthSymbols   = lengthsOfCodes()
	literalSymbols  = literalsAndLengths()
	distanceSymbols = distances()
	fixedLengths    = fixedCodes()
)

func lengthsOfCodes() (out [len(lengthOrder)]entry) {
	for i := range out {
		out[i] = symbol(match, uint(i), 0)
	}
	return out
}

func literalsAndLengths() (out [maxLiterals]entry) {
	for i := range uint(256) {
		out[i] = symbol(literalByte, i, 0)
	}
	out[256] = symbol(end, 0, 0)
	for i, length := uint(257), uint(3); i < 285; i++ {
		extra := max(i-257, 4)/4 - 1
		out[i] = symbol(match, length, extra)
		length += 1 << extra
	}
	out[285] = symbol(match, 258, 0)
	return out
}

func distances() (out [maxDistances]entry) {
	for i, distance := uint(0), uint(1); i < 30; i++ {
		extra := max(i, 2)/2 - 1
		out[i] = symbol(match, distance, extra)
		distance += 1 << extra
	}
	return out
}

func fixedCodes() (out [maxLiterals + maxDistances]uint8) {
	for i := range out {
		switch {
		case i < 144:
			out[i] = 8
		case i < 256:
			out[i] = 9
		case i < 280:
			out[i] = 7
		case i < maxLiterals:
			out[i] = 8
		default:
			out[i] = 5
		}
	}
	return out
}
