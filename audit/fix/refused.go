package fix

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
)

// A finding is gone where a refresh policy can run. That its client gets an answer takes more: no policy that issues may send the
// request away before or behind it, as OAuthV2 does with grant types that it does not list. And a refresh policy that comes to run
// must not send those away who ask for new tokens.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/policies/oauthv2-policy, UnSupportedGrantType.

// reconcile lets each of the two kinds of policies have its own requests where an attempt brings them together. The error says why
// that cannot be done by an edit of the same bundle.
func (s *search) reconcile(a *attempt, in apigee.Revision) (*attempt, error) {
	for range maxRounds {
		refused, err := s.prover.base.refuses(a.stands)
		if err != nil || len(refused) == 0 {
			return a, err
		}
		for _, r := range refused {
			if r.By.What == bundle.TypeRaiseFault || r.At.Kind != in.Kind || r.At.Name != in.Name || r.At.Source != in.Root {
				return nil, refusal(r)
			}
		}
		if s.left == 0 || s.ctx.Err() != nil {
			break
		}
		s.left--
		next, rest, err := s.try(a, apart(in, refused))
		if err != nil {
			return nil, err
		}
		if rest != nil {
			break
		}
		a = next
	}
	return nil, errors.New("refresh requests and others would be sent away by each other's policies")
}

// refuses are the requests that are refused afterwards and were not before.
func (s *standing) refuses(after *standing) ([]audit.Refusal, error) {
	type pair struct {
		environment string
		served, by  finding.Hop
	}
	pairOf := func(r audit.Refusal) pair {
		named := func(h finding.Hop) finding.Hop {
			return finding.Hop{Kind: h.Kind, Name: h.Name, Source: h.Source, Named: h.Named, Place: finding.Place{File: h.File}}
		}
		return pair{r.Environment, named(r.Served), named(r.By)}
	}
	then, err := s.Refusals(after.State)
	if err != nil {
		return nil, err
	}
	now, err := after.Refusals(s.State)
	if err != nil {
		return nil, err
	}
	known := map[pair]bool{}
	for _, r := range then {
		known[pairOf(r)] = true
	}
	return slices.DeleteFunc(now, func(r audit.Refusal) bool { return known[pairOf(r)] }), nil
}

// refusal is the reason not to make an edit.
func refusal(r audit.Refusal) error {
	requests := "other requests"
	if r.Refresh {
		requests = "refresh requests"
	}
	return fmt.Errorf("with it %s would be refused by %s %q of %s", requests, r.By.What, r.By.Named, apigee.Ref{Kind: r.By.Kind, Name: r.By.Name})
}

// apart is the repair that keeps requests from the steps that refuse them.
func apart(in apigee.Revision, refused []audit.Refusal) repair {
	slices.SortFunc(refused, func(a, b audit.Refusal) int { // what is changed last does not move the others
		return cmp.Or(cmp.Compare(a.At.File, b.At.File), cmp.Compare(b.At.Line, a.At.Line), cmp.Compare(b.At.Column, a.At.Column), cmp.Compare(a.Variable, b.Variable))
	})
	refused = slices.CompactFunc(refused, func(a, b audit.Refusal) bool {
		return a.At.Place == b.At.Place && a.Variable == b.Variable && a.Refresh == b.Refresh
	})
	var away, only []finding.Hop
	for _, r := range slices.Backward(refused) {
		list := &only
		if r.Refresh {
			list = &away
		}
		if !slices.ContainsFunc(*list, func(h finding.Hop) bool { return h.Unconditional() == r.At.Unconditional() }) {
			*list = append(*list, r.At)
		}
	}
	says := ""
	if len(away) > 0 {
		says = fmt.Sprintf("Keep refresh requests away from %s.", names(away))
	}
	if len(only) > 0 {
		if says != "" {
			says += " "
		}
		says += fmt.Sprintf("Let only refresh requests get to %s.", names(only))
	}
	return repair{says: says, in: in, edit: func(d *draft) error {
		for _, r := range refused {
			if r.Refresh {
				if err := d.narrow(r.At.File, r.At.Place, r.Variable); err != nil {
					return err
				}
				continue
			}
			_, step, err := d.at(r.At.File, r.At.Place)
			if err != nil {
				return err
			}
			if err := d.setCondition(r.At.File, r.At.Place, refreshOnly(conditionOf(step), r.Variable)); err != nil {
				return err
			}
		}
		return nil
	}}
}
