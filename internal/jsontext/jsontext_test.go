package jsontext

import (
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	for text, b := range map[string]Bounds{
		`{"a":[{},{},{}]}`:                {Entries: 3, Objects: 4, Values: 7},
		`{"a":[{"b":[{}]}],"c":{"d":{}}}`: {Entries: 2, Objects: 5, Values: 8},
		`{"a":"{}[],{}\"{},\\","b":"{"}`:  {Objects: 1, Values: 2},
		`["a","b","c"]`:                   {Values: 3},
		``:                                {},
		`"{{{`:                            {},
		`"\`:                              {},
		`]]]{{{`:                          {Objects: 3, Values: 3},
	} {
		if err := b.Check([]byte(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		for what, less := range map[string]Bounds{
			"entries": {b.Entries - 1, b.Objects, b.Values}, "objects": {b.Entries, b.Objects - 1, b.Values}, "values": {b.Entries, b.Objects, b.Values - 1},
		} {
			if err := less.Check([]byte(text)); err == nil || !strings.Contains(err.Error(), what) {
				t.Errorf("%s with fewer %s: %v", text, what, err)
			}
		}
	}
}
