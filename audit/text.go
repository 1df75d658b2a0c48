package audit

import (
	"slices"
	"strconv"
)

func quote(s string) string { return strconv.Quote(s) }

func sortStrings(s []string) { slices.Sort(s) }
