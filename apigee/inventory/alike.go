package inventory

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"apigee-audit/apigee"
)

// fewAlike is how many things may fail alike and be a problem each. What more of them have in common is one problem that
// names them all. So is a fault for which anything was given up, such as a token that has expired: it lasts.
const fewAlike = 10

// failed is one thing that could not be looked at, before it is known whether it is the only one.
type failed struct {
	apigee.Problem       // without its Error
	err            error // why
	// verdict says what it means that this one is missing, and together that all those that failed alike are.
	verdict, together string
}

// problem is what the failure is by itself. An ended context speaks for itself.
func (f failed) problem(ctx context.Context) apigee.Problem {
	p := f.Problem
	p.Error = f.err.Error()
	if ctx.Err() == nil && f.verdict != "" {
		p.Error += "; " + f.verdict
	}
	return p
}

// cause is why it failed, in words that another can have failed for, and the note of what was given up for it.
func (f failed) cause() (text string, given *GaveUpError) {
	err := f.err
	if e, ok := errors.AsType[*GaveUpError](err); ok {
		given, err = e, e.Err
	}
	// What was being done stands in the problem already.
	subject := f.Subject() + ": "
	if _, after, named := strings.Cut(err.Error(), subject); named {
		return after, given
	}
	return err.Error(), given
}

// alike makes problems of what failed: one for all that failed for the same reason where they are many.
func alike(ctx context.Context, all []failed) []apigee.Problem {
	type reason struct{ operation, cause string }
	reasons := make([]reason, len(all))
	groups := map[reason][]int{}
	lasts := map[string]bool{} // the causes for which anything was given up, whatever was being done
	for i, f := range all {
		cause, given := f.cause()
		reasons[i] = reason{f.Operation, cause}
		groups[reasons[i]] = append(groups[reasons[i]], i)
		if given != nil {
			lasts[cause] = true
		}
	}
	var out []apigee.Problem
	for i, f := range all {
		switch group := groups[reasons[i]]; {
		case len(group) == 1 || len(group) <= fewAlike && !lasts[reasons[i].cause]:
			out = append(out, f.problem(ctx))
		case group[0] == i:
			out = append(out, joined(ctx, all, group))
		}
	}
	return out
}

// joined is the one problem of a group.
func joined(ctx context.Context, all []failed, group []int) apigee.Problem {
	first := all[group[0]]
	p := apigee.Problem{Organization: first.Organization, Operation: first.Operation}
	var given *GaveUpError
	p.Error, given = first.cause()
	for _, i := range group {
		f := all[i]
		p.Subjects = append(p.Subjects, apigee.Subject{Environment: f.Environment, Environments: f.Environments, Kind: f.Kind, Name: f.Name, Revision: f.Revision})
		if _, more := f.cause(); more != nil && (given == nil || more.After > given.After) {
			given = more
		}
	}
	slices.SortFunc(p.Subjects, func(a, b apigee.Subject) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name),
			apigee.CompareNumbers(a.Revision, b.Revision), cmp.Compare(a.Environment, b.Environment))
	})
	if ctx.Err() != nil {
		return p
	}
	if given != nil {
		p.Error += given.Note()
	}
	if first.together != "" {
		p.Error += "; " + first.together
	}
	return p
}
