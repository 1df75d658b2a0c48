// Package jsontext looks at JSON before it is decoded. A bound on its size in bytes does not bound the memory that
// decoding takes: "{}," is three bytes, and a kilobyte once it has become a finding.
package jsontext

import "fmt"

// Bounds are how many things a text may hold.
type Bounds struct {
	Entries int // of the lists that are fields of the whole
	Objects int
	Values  int // commas and brackets that open something: no fewer than there are numbers, strings and the like
}

// Check refuses a text that holds more than the bounds allow. Text that is not JSON is left to the decoder.
func (b Bounds) Check(data []byte) error {
	entries, objects, values, depth := 0, 0, 0, 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			i = end(data, i)
		case '{':
			objects++
			depth++
			values++
			if depth == 3 {
				entries++
			}
		case '[':
			depth++
			values++
		case '}', ']':
			depth--
		case ',':
			values++
		}
	}
	return b.allow(entries, objects, values)
}

func (b Bounds) allow(entries, objects, values int) error {
	switch {
	case entries > b.Entries:
		return tooMany(entries, "entries in its lists", b.Entries)
	case objects > b.Objects:
		return tooMany(objects, "objects", b.Objects)
	case values > b.Values:
		return tooMany(values, "values", b.Values)
	}
	return nil
}

func tooMany(n int, what string, most int) error {
	return fmt.Errorf("it has %d %s, more than the limit of %d", n, what, most)
}

// end is where the string ends that begins at i.
func end(data []byte, i int) int {
	for i++; i < len(data) && data[i] != '"'; i++ {
		if data[i] == '\\' {
			i++
		}
	}
	return i
}
