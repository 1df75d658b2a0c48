package table

import "strings"

// wrap breaks one line of text into lines of at most width columns: at spaces, and inside words that are longer than a
// line. Nothing but the spaces at the breaks is lost. A width of 0 leaves the text on one line.
func wrap(text string, width int) []string {
	if width <= 0 || displayWidth(text) <= width {
		return []string{text}
	}
	var lines []string
	line, used := "", 0
	flush := func() {
		if line != "" {
			lines = append(lines, line)
			line, used = "", 0
		}
	}
	for word := range strings.SplitSeq(text, " ") {
		n := displayWidth(word)
		if line != "" && used+1+n <= width {
			line, used = line+" "+word, used+1+n
			continue
		}
		flush()
		pieces := chop(word, width)
		lines = append(lines, pieces[:len(pieces)-1]...)
		line = pieces[len(pieces)-1]
		used = displayWidth(line)
	}
	flush()
	return lines
}

// chop cuts a word into pieces of at most width columns, after a slash, a hyphen or an underscore if there is one in
// the second half of a piece. It reads the word once: names can be of any length.
func chop(word string, width int) []string {
	var pieces []string
	start, used := 0, 0    // of the piece being made: where it begins, its columns so far
	joint, atJoint := 0, 0 // where it may be cut, and its columns up to there
	for i, r := range word {
		n := displayWidth(string(r))
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

// paragraph wraps text after a lead such as "  Fix: " and hangs the further lines under the text.
func paragraph(lead, text string, width int) string {
	indent := displayWidth(lead)
	room := 0
	if width > 0 {
		room = max(width-indent, minText)
	}
	return lead + strings.Join(wrap(text, room), "\n"+strings.Repeat(" ", indent)) + "\n"
}
