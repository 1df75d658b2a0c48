package audit

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"apigee-audit/apigee"
)

// comment is where an exception stands in a bundle.
type comment struct {
	unit *Unit
	file string
	span apigee.Span
}

// places are the comment's file in every bundle that is the same byte for byte.
func (c *comment) places() []where {
	var all []where
	for _, r := range c.unit.everywhere() {
		all = append(all, where{r, c.file})
	}
	return all
}

// directive is a comment in a policy's file that is addressed to this program.
type directive struct {
	text string
	comment
}

const ignoreDirective = apigee.DirectiveMark + "ignore"

// maxComments bounds the directives of one bundle.
const maxComments = 1000

// readDirectives keeps the comments of all policies, whether or not the audit is interested in what the policies do.
func (r *unitReader) readDirectives(p *apigee.Policy) {
	u := r.unit
	for _, t := range p.Doc.Directives {
		if len(u.directives) == maxComments {
			if !r.fullOfComments {
				r.fullOfComments = true
				r.notice(p.File, t.Span, fmt.Sprintf("only the first %d comments for apigee-audit in a bundle are read", maxComments))
			}
			return
		}
		u.directives = append(u.directives, directive{t.Value, comment{u, p.File, t.Span}})
	}
}

// exceptions reads the directives of all bundles. What cannot be understood is a notice and accepts nothing.
func exceptions(units []*Unit, known []*Rule) (all []Exception, notices []apigee.Problem) {
	for _, u := range units {
		for _, d := range u.directives {
			found, err := d.exceptions(known)
			if err != nil {
				notices = append(notices, d.notice("the comment %q has no effect: %v", d.text, err))
				continue
			}
			all = append(all, found...)
		}
	}
	return all, notices
}

// exceptions reads "apigee-audit:ignore RT201,RT202 until 2027-01-31 the reason", where the date may also stand last.
func (d *directive) exceptions(known []*Rule) ([]Exception, error) {
	words := strings.Fields(d.text)
	switch {
	case words[0] != ignoreDirective:
		return nil, fmt.Errorf("write <!-- %s RULE reason -->", ignoreDirective)
	case len(words) < 2:
		return nil, errors.New("it names no rule")
	}
	reason, expires, err := untilDate(words[2:])
	switch {
	case err != nil:
		return nil, err
	case len(reason) == 0:
		return nil, errors.New("it gives no reason")
	}
	var all []Exception
	for word := range strings.SplitSeq(words[1], ",") {
		r := FindRule(known, word)
		if r == nil {
			return nil, fmt.Errorf("there is no rule %q", word)
		}
		if slices.ContainsFunc(all, func(e Exception) bool { return e.Rule == r.ID }) {
			continue
		}
		here := d.comment
		all = append(all, Exception{
			Rule: r.ID, Reason: strings.Join(reason, " "), Expires: expires, Source: FromPolicy, comment: &here,
		})
	}
	return all, nil
}

// untilDate takes "until 2027-01-31" off the beginning or the end.
func untilDate(words []string) (rest []string, until time.Time, err error) {
	date := ""
	switch n := len(words); {
	case n >= 2 && words[0] == "until" && looksLikeDate(words[1]):
		date, words = words[1], words[2:]
	case n >= 2 && words[n-2] == "until" && looksLikeDate(words[n-1]):
		date, words = words[n-1], words[:n-2]
	default:
		return words, until, nil
	}
	if until, err = time.Parse(Date, date); err != nil {
		return nil, until, fmt.Errorf("there is no day %s; write until YYYY-MM-DD", date)
	}
	return words, until, nil
}

func looksLikeDate(word string) bool { return word != "" && word[0] >= '0' && word[0] <= '9' }

func (c *comment) notice(format string, args ...any) apigee.Problem {
	return c.unit.Revision.About(apigee.Problem{
		File: c.file, Line: int(c.span.Line), Column: int(c.span.Column), Operation: "read comment", Error: fmt.Sprintf(format, args...),
	})
}
