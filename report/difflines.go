package report

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"apigee-audit/internal/text"
)

// DiffLine is a line of a unified diff.
type DiffLine struct {
	Kind DiffKind
	Text string // with its sign, without its end
}

// DiffKind is what a line of a unified diff is.
type DiffKind string

// The kinds of lines.
const (
	DiffFile    DiffKind = "file" // the names of the file
	DiffHunk    DiffKind = "hunk" // where the lines below stand
	DiffContext DiffKind = "same"
	DiffRemoved DiffKind = "removed"
	DiffAdded   DiffKind = "added"
)

const (
	// mostLine bounds a line of a diff, in characters: some bundles are files of one line.
	mostLine = 300
	// beforeChange is how much is left in front of the change where the beginnings of long lines are cut, in bytes.
	beforeChange = 60
)

// shownDiff is a diff as it is shown, with so many lines at most, and what is not shown of it.
func shownDiff(diff string, most int) (lines []DiffLine, cut string) {
	var state diffState
	rest := diff
	for rest != "" && len(lines) < most {
		line, after, _ := strings.Cut(rest, "\n")
		rest = after
		line = strings.ReplaceAll(strings.TrimSuffix(line, "\r"), "\t", "    ")
		lines = append(lines, DiffLine{state.next(line), line})
	}
	short := shorten(lines)
	var missing []string
	if rest != "" {
		noun := "line"
		if len(lines) > 0 {
			noun = "more line"
		}
		missing = append(missing, text.Count(strings.Count(strings.TrimSuffix(rest, "\n"), "\n")+1, noun))
	}
	if short > 0 {
		missing = append(missing, "parts of "+text.Count(short, "line"))
	}
	if len(missing) > 0 {
		cut = "Left out here: " + text.List(missing) + ". apigee-audit fix shows the whole diff."
	}
	return lines, cut
}

// diffState is how many lines are left of the hunk that is being read, before and after the change. Without that, a removed line
// that begins with "--" would look like the name of a file.
type diffState struct{ before, after int }

func (s *diffState) next(line string) DiffKind {
	switch {
	case s.before <= 0 && s.after <= 0:
		if before, after, ok := hunk(line); ok {
			s.before, s.after = before, after
			return DiffHunk
		}
		return DiffFile
	case strings.HasPrefix(line, "-"):
		s.before--
		return DiffRemoved
	case strings.HasPrefix(line, "+"):
		s.after--
		return DiffAdded
	case !strings.HasPrefix(line, `\`): // "\ No newline at end of file"
		s.before, s.after = s.before-1, s.after-1
	}
	return DiffContext
}

// hunk reads how many lines a hunk has: "@@ -3,7 +3,9 @@".
func hunk(line string) (before, after int, ok bool) {
	fields := strings.Fields(line)
	if len(fields) < 4 || fields[0] != "@@" || fields[3] != "@@" {
		return 0, 0, false
	}
	count := func(field, sign string) (n int) {
		_, number, several := strings.Cut(field, ",")
		n = 1
		if several {
			_, err := fmt.Sscanf(number, "%d", &n)
			ok = ok && err == nil
		}
		ok = ok && strings.HasPrefix(field, sign)
		return n
	}
	ok = true
	before, after = count(fields[1], "-"), count(fields[2], "+")
	return before, after, ok
}

// shorten cuts lines that are too long, and says how many. Where a removed line and the one that takes its place begin alike, that
// beginning is cut, so that the change is seen.
func shorten(lines []DiffLine) int {
	short := map[int]bool{}
	for i := 0; i < len(lines); {
		removed := run(lines[i:], DiffRemoved)
		added := run(lines[i+removed:], DiffAdded)
		for j := i; j < i+min(removed, added); j++ {
			if cutAlike(&lines[j].Text, &lines[j+removed].Text) {
				short[j], short[j+removed] = true, true
			}
		}
		i += max(removed+added, 1)
	}
	for i := range lines {
		if long(lines[i].Text) {
			lines[i].Text, short[i] = text.Clip(lines[i].Text, mostLine), true
		}
	}
	return len(short)
}

func long(line string) bool { return utf8.RuneCountInString(line) > mostLine }

// cutAlike cuts what two lines begin with alike behind their signs, if one of them is too long.
func cutAlike(a, b *string) bool {
	if !long(*a) && !long(*b) {
		return false
	}
	x, y := (*a)[1:], (*b)[1:]
	n := 0
	for n < len(x) && n < len(y) && x[n] == y[n] {
		n++
	}
	for n -= beforeChange; n > 0 && !utf8.RuneStart(x[n]); n-- {
	}
	if n <= 0 {
		return false
	}
	*a, *b = (*a)[:1]+"…"+x[n:], (*b)[:1]+"…"+y[n:]
	return true
}

// run is how many lines of a kind come first.
func run(lines []DiffLine, kind DiffKind) int {
	n := 0
	for n < len(lines) && lines[n].Kind == kind {
		n++
	}
	return n
}
