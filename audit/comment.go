package audit

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/apigee/xmltree"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
)

// comment is a comment in a bundle that accepts findings.
type comment struct{ flow.Comment }

// places are the comment's file in every bundle that is the same byte for byte.
func (c comment) places() []policyFile {
	var all []policyFile
	for _, r := range c.Program.Everywhere() {
		all = append(all, policyFile{r, c.File})
	}
	return all
}

const ignoreDirective = xmltree.DirectiveMark + "ignore"

// exceptions reads the comments of all bundles. What cannot be understood is a notice and accepts nothing.
func exceptions(units []*flow.Program, known []*Rule) (all []Exception, notices []apigee.Problem) {
	for _, u := range units {
		for _, stands := range u.Comments {
			c := comment{stands}
			found, err := c.exceptions(known)
			if err != nil {
				notices = append(notices, c.notice("the comment %q has no effect: %v", c.Text, err))
				continue
			}
			all = append(all, found...)
		}
	}
	return all, notices
}

// exceptions reads "apigee-audit:ignore RT201,RT202 until 2027-01-31 the reason", where the date may also stand last.
func (c comment) exceptions(known []*Rule) ([]Exception, error) {
	words := strings.Fields(c.Text)
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
			return nil, fmt.Errorf("no rule is called %q", word)
		}
		if slices.ContainsFunc(all, func(e Exception) bool { return e.Rule == r.ID }) {
			continue
		}
		all = append(all, Exception{
			Rule: r.ID, Reason: strings.Join(reason, " "), Expires: expires, Source: finding.FromPolicy, comment: &c,
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
	if until, err = time.Parse(finding.Date, date); err != nil {
		return nil, until, fmt.Errorf("%s is not a valid date; write until YYYY-MM-DD", date)
	}
	return words, until, nil
}

func looksLikeDate(word string) bool { return word != "" && word[0] >= '0' && word[0] <= '9' }

func (c comment) notice(format string, args ...any) apigee.Problem {
	return c.Program.Revision.About(apigee.Problem{
		File: c.File, Line: int(c.Span.Line), Column: int(c.Span.Column), Operation: "read comment", Error: fmt.Sprintf(format, args...),
	})
}
