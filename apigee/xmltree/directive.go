package xmltree

import "strings"

// DirectiveMark starts a comment that speaks to this program: <!-- apigee-audit:ignore RT201 reason -->.
const DirectiveMark = "apigee-audit:"

const (
	// maxDirectives bounds the directives kept of one file; people write a handful.
	maxDirectives = 100
	// maxDirective bounds one of them, in bytes.
	maxDirective = 2000
)

type directive struct {
	text       string
	start, end int
}

// keepDirective keeps a comment's text when it is a directive; s.pos is behind the comment. The text is a copy that does
// not keep the file alive.
func (s *scanner) keepDirective(comment string, start int) {
	text := strings.TrimSpace(comment)
	if !strings.HasPrefix(text, DirectiveMark) || len(s.directives) >= maxDirectives || len(text) > maxDirective {
		return
	}
	s.directives = append(s.directives, directive{strings.Clone(normalizeNewlines(text)), start, s.pos})
}
