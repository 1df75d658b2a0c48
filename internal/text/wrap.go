package text

import "strings"

// Wrap breaks one line of text into lines of at most width columns: at spaces, and inside words that are longer than a line.
// Nothing but the spaces at the breaks is lost. A width of 0 leaves the text on one line. columns says how wide a text is where
// it will be shown.
func Wrap(s string, width int, columns func(string) int) []string {
	if width <= 0 || columns(s) <= width {
		return []string{s}
	}
	var lines []string
	line, used := "", 0
	flush := func() {
		if line != "" {
			lines = append(lines, line)
			line, used = "", 0
		}
	}
	for word := range strings.SplitSeq(s, " ") {
		n := columns(word)
		if line != "" && used+1+n <= width {
			line, used = line+" "+word, used+1+n
			continue
		}
		flush()
		if n <= width {
			line, used = word, n
			continue
		}
		pieces := chop(word, width, columns)
		lines = append(lines, pieces[:len(pieces)-1]...)
		line = pieces[len(pieces)-1]
		used = columns(line)
	}
	flush()
	return lines
}

// chop cuts a word into pieces of at most width columns, after a slash, a hyphen or an underscore if there is one in
// the second half of a piece. It reads the word once: names can be of any length.
func chop(word string, width int, columns func(string) int) []string {
	var pieces []string
	start, used := 0, 0    // of the piece being made: where it begins, its columns so far
	joint, atJoint := 0, 0 // where it may be cut, and its columns up to there
	for i, r := range word {
		n := columns(string(r))
		if used+n > width && i > start {
			end := i
			if joint > start && atJoint > width/2 {
				end = joint
				used -= atJoint
			} else {
				used = 0
			}
			pieces = append(pieces, word[start:end])
			start = end
		}
		used += n
		if r == '/' || r == '-' || r == '_' {
			joint, atJoint = i+1, used
		}
	}
	return append(pieces, word[start:])
}

// Paragraph wraps text after a lead such as "  Fix: " and hangs the further lines under the text, which gets at least so many columns
// however narrow the page is. It ends with a line break.
func Paragraph(lead, s string, width, least int, columns func(string) int) string {
	indent := columns(lead)
	room := 0
	if width > 0 {
		room = max(width-indent, least)
	}
	return lead + strings.Join(Wrap(s, room, columns), "\n"+strings.Repeat(" ", indent)) + "\n"
}
