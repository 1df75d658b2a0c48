package audit

import (
	"fmt"

	"apigee-audit/apigee"
)

// Comment is a comment in a policy's file that is addressed to this program.
type Comment struct {
	Text string
	Unit *Unit
	File string
	Span apigee.Span
}

// maxComments bounds the comments of one bundle.
const maxComments = 1000

// readDirectives keeps the comments of all policies, whether or not the audit is interested in what the policies do.
func (r *unitReader) readDirectives(p *apigee.Policy) {
	u := r.unit
	for _, t := range p.Doc.Directives {
		if len(u.Comments) == maxComments {
			if !r.fullOfComments {
				r.fullOfComments = true
				r.notice(p.File, t.Span, fmt.Sprintf("only the first %d comments for apigee-audit in a bundle are read", maxComments))
			}
			return
		}
		u.Comments = append(u.Comments, Comment{t.Value, u, p.File, t.Span})
	}
}
