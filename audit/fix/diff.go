package fix

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/aymanbagabas/go-udiff"

	"apigee-audit/apigee/xmltree"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
)

// contextLines are shown around each change of a diff.
const contextLines = 3

// fix is what was done to a draft, as data.
func (d *draft) fix() finding.Fix {
	out := finding.Fix{Kind: d.revision.Kind, Name: d.revision.Name, Revision: d.revision.Number, Edits: []finding.Edit{}}
	var diff strings.Builder
	for _, name := range d.changes() {
		after, err := d.document(name)
		if err != nil {
			continue // it was read when it was edited
		}
		if _, had := d.original[name]; !had {
			out.NewFiles = append(out.NewFiles, finding.NewFile{File: name, Text: finding.Lines(after.Source)})
			diff.WriteString(Unified("", name, "", flow.Masked(after)))
			continue
		}
		before, err := d.read(name)
		if err != nil {
			continue
		}
		out.Edits = append(out.Edits, edits(before, after.Source)...)
		diff.WriteString(Unified(name, name, flow.Masked(before), flow.Masked(after)))
	}
	out.Diff = finding.Lines(diff.String())
	return out
}

// edits are the smallest regions of whole lines that differ, without what is the same at the ends of each.
func edits(before *xmltree.Document, after string) []finding.Edit {
	var out []finding.Edit
	for _, e := range udiff.Lines(before.Source, after) {
		old := before.Source[e.Start:e.End]
		head := commonPrefix(old, e.New)
		tail := commonSuffix(old[head:], e.New[head:])
		at := before.Region(e.Start+head, e.End-tail)
		out = append(out, finding.Edit{
			Place: finding.Place{File: before.File, Line: int(at.Line), Column: int(at.Column), EndLine: int(at.EndLine), EndColumn: int(at.EndColumn)},
			Text:  finding.Lines(e.New[head : len(e.New)-tail]),
		})
	}
	return out
}

// commonPrefix is how many bytes of whole characters two texts share at their beginning; line ends are not cut in two.
func commonPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	for n > 0 && (n < len(a) && !utf8.RuneStart(a[n]) || n < len(b) && !utf8.RuneStart(b[n]) || a[n-1] == '\r') {
		n--
	}
	return n
}

func commonSuffix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	for n > 0 && (!utf8.RuneStart(a[len(a)-n]) || a[len(a)-n] == '\n') {
		n--
	}
	return n
}

// Unified is a unified diff of one file, which git apply takes; old is "" for a file that is new.
func Unified(old, name, before, after string) string {
	from := "/dev/null"
	if old != "" {
		from = label("a/" + old)
	}
	text, err := udiff.ToUnified(from, label("b/"+name), before, udiff.Lines(before, after), contextLines)
	if err != nil {
		return "" // only for edits that do not fit the text
	}
	return renumbered(text)
}

// hunkHead is the first line of a hunk. No other line of a diff begins so.
var hunkHead = regexp.MustCompile(`(?m)^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@$`)

// renumbered gives the hunks of a diff of one file their lines in the new file. The library leaves the lines between two changes
// of one hunk out of account, and git apply looks for hunks near the lines that they name: among flows that are alike it would
// take the wrong one.
func renumbered(diff string) string {
	added := 0
	return hunkHead.ReplaceAllStringFunc(diff, func(head string) string {
		var n [5]int
		for i, digits := range hunkHead.FindStringSubmatch(head)[1:] {
			n[i+1] = 1 // a count of one is left out
			if digits != "" {
				n[i+1], _ = strconv.Atoi(digits)
			}
		}
		from, count, to, countAfter := n[1], n[2], n[3], n[4]
		if count > 0 && countAfter > 0 { // else one of the files is empty
			to = from + added
		}
		added += countAfter - count
		return fmt.Sprintf("@@ -%s +%s @@", span(from, count), span(to, countAfter))
	})
}

func span(line, count int) string {
	if count == 1 {
		return strconv.Itoa(line)
	}
	return fmt.Sprintf("%d,%d", line, count)
}

// label is a name as it stands in the head of a diff: as in C between quotation marks where it holds what could end it, and with
// a tab behind it where it holds spaces, so that nothing after the last of them is taken for a time.
// Source: git-scm.com/docs/git-diff, "core.quotePath", and quote.c and diff.c of git.
func label(name string) string {
	if !strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f || r == '"' || r == '\\' || r == utf8.RuneError }) {
		if strings.Contains(name, " ") {
			return name + "\t"
		}
		return name
	}
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(name) {
		switch c := name[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
