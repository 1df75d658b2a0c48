package inflate

import "encoding/binary"

// entry is what a table has for the next bits: of a symbol its kind, the size of its code, its value, and how many further bits
// add to that. A link leads to another table, whose first entry is its value, for so many further bits. 0 is no code.
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
	t := layout{table: table, width: min(most, max(longest, 1)), longest: longest}
	t.lay(d.order[:used], lengths, symbols)
	return t.width, true
}

// layout is a table that is being made. The codes are laid in their order, so those of one length follow those that are shorter:
// the table begins with one entry, and is doubled for each length.
type layout struct {
	table          []entry
	width, longest uint
	code           int // the next one, its first bit lowest, as it comes
	linked, sub    int // the beginning of a code that leads to another table, and where that begins
}

func (t *layout) lay(order []uint16, lengths []uint8, symbols []entry) {
	t.table[0] = none
	t.sub = 1<<t.width - 1<<(t.longest-min(t.width, t.longest)) // the first is behind the first table
	t.linked = -1
	size := uint(0)
	for _, s := range order {
		l := uint(lengths[s])
		e := symbols[s]
		for ; size < min(l, t.width); size++ {
			copy(t.table[1<<size:2<<size], t.table)
		}
		if l <= t.width {
			if e != none {
				e |= entry(l)
			}
			t.table[t.code] = e
		} else {
			t.beyond(l, e)
		}
		// The next code: its last bit is the highest.
		bit := 1 << (l - 1)
		for ; t.code&bit != 0; bit >>= 1 {
			t.code ^= bit
		}
		t.code |= bit
	}
	for ; size < t.width; size++ {
		copy(t.table[1<<size:2<<size], t.table)
	}
}

// beyond lays a code that is longer than the first table is wide.
func (t *layout) beyond(l uint, e entry) {
	further := t.longest - t.width
	if begin := t.code & (1<<t.width - 1); begin != t.linked {
		t.linked, t.sub = begin, t.sub+1<<further
		t.table[begin] = link | entry(uint(t.sub)<<16|further<<8|t.width)
	}
	if e != none {
		e |= entry(l - t.width)
	}
	for at := t.code >> t.width; at < 1<<further; at += 1 << (l - t.width) {
		t.table[t.sub+at] = e
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
