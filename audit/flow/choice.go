package flow

import "apigee-audit/apigee/condition"

// choice is a list of alternatives of which the first true one is taken.
type choice struct {
	effort *condition.Effort
	rivals
	conds []condition.Formula

	past    condition.Formula // none of the first passed ones is taken
	passed  int
	crowded bool // the alternative that was added last has many rivals
	dense   bool // most of what may be a rival is one, as far as was looked
	look    int  // how many alternatives there have to be until that is looked at again
}

// stepsPerRival is what it takes to compare an alternative with another one.
const stepsPerRival = 2

const (
	// manyRivals are too many to be asked about in every question.
	manyRivals = 32
	// maxListed is how many rivals are listed for each alternative again: more than a proxy can have flows.
	// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/limits.
	maxListed = 256
)

// add appends an alternative and returns when it is the one that is taken. Without effort left nobody will decide it.
func (c *choice) add(cond condition.Formula) condition.Formula {
	c.crowded = false
	if c.effort.Spent() {
		return cond
	}
	needs := cond.Requires()
	n := c.most(needs)
	many := n > maxListed
	if many && c.dense && len(c.conds) < c.look {
		if !c.effort.Take(n) { // they count although nobody looks at them: no proxy has thousands upon thousands of flows
			return cond
		}
		taken := condition.And(cond, c.none()) // rivals or not
		c.append(cond, needs)
		c.crowded = true
		return taken
	}
	before := c.of(needs)
	if !c.effort.Take(stepsPerRival * len(before)) { // thousands of flows may all ask for the same
		return cond
	}
	all := make([]condition.Formula, 1, 1+len(before))
	all[0] = cond
	for _, i := range before {
		all = append(all, condition.Not(c.conds[i]))
	}
	c.crowded = len(before) >= manyRivals
	if many {
		c.dense, c.look = len(before) > maxListed/2, 2*len(c.conds)
	}
	c.append(cond, needs)
	return condition.And(all...)
}

func (c *choice) append(cond condition.Formula, needs condition.Requirements) {
	c.rivals.add(needs)
	c.conds = append(c.conds, cond)
}

// none holds where no alternative is taken. It is the same formula for as many of them as it was asked for before, and one
// more member for each that came since, so that thousands of flows share what stands before them.
func (c *choice) none() condition.Formula {
	for ; c.passed < len(c.conds); c.passed++ {
		c.past = condition.And(c.past, condition.Not(c.conds[c.passed]))
	}
	return c.past
}
