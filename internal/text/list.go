package text

import (
	"fmt"
	"strings"
)

// List joins things for a sentence: "a", "a and b", "a, b and c".
func List(items []string) string {
	last := len(items) - 1
	if last < 1 {
		return strings.Join(items, "")
	}
	return strings.Join(items[:last], ", ") + " and " + items[last]
}

// ListSome is [List] of the first so many, and counts the rest: "a, b, c and 9 more". If only one would be left out, it
// is named: that is as short as counting it.
func ListSome(items []string, most int) string {
	if len(items) <= most+1 {
		return List(items)
	}
	return fmt.Sprintf("%s and %d more", strings.Join(items[:most], ", "), len(items)-most)
}
