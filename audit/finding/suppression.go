package finding

import (
	"cmp"
	"slices"
	"time"

	"apigee-audit/apigee"
)

// Suppression says why a finding is accepted.
type Suppression struct {
	Reason string `json:"reason"`
	// Expires is the last day on which the finding is accepted, YYYY-MM-DD; absent without an end.
	Expires string            `json:"expires,omitempty"`
	Source  SuppressionSource `json:"source"`
	// Ticket is where the agreement is recorded, Owner who is responsible for it; absent where nobody said.
	Ticket string `json:"ticket,omitempty"`
	Owner  string `json:"owner,omitempty"`
}

// SuppressionSource is where a suppression stands.
type SuppressionSource string

// The places where suppressions stand.
const (
	FromConfiguration SuppressionSource = "configuration"
	FromPolicy        SuppressionSource = "policy" // a comment in the policy's file
)

// Date is the form of days in configurations, comments and reports.
const Date = time.DateOnly

// SuppressionUse is a suppression of the configuration and what became of it.
type SuppressionUse struct {
	Label  string `json:"label"` // what notices call it
	RuleID string `json:"ruleId"`
	// Expires is the last day on which it holds, YYYY-MM-DD; absent without an end.
	Expires string           `json:"expires,omitempty"`
	State   SuppressionState `json:"state"`
	// Organization is the first one looked at that an unmatched suppression speaks of.
	Organization string `json:"organization,omitempty"`
}

// Join is what became of one suppression in two audits.
func (u SuppressionUse) Join(v SuppressionUse) SuppressionUse {
	u.State = u.State.Join(v.State)
	u.Organization = cmp.Or(u.Organization, v.Organization)
	if u.State != SuppressionUnmatched {
		u.Organization = ""
	}
	return u
}

// Notice says that the suppression can be removed.
func (u SuppressionUse) Notice() apigee.Problem {
	text := u.Label
	if u.Expires != "" {
		text += " (expires " + u.Expires + ")"
	}
	return apigee.Problem{Organization: u.Organization, Operation: "suppress findings", Error: text + " matched no finding and can be removed"}
}

// SuppressionState is what became of a suppression.
type SuppressionState string

// The states of a suppression.
const (
	SuppressionMatched   SuppressionState = "matched"   // it is about a finding, reported or not
	SuppressionUnknown   SuppressionState = "unknown"   // what it is about may not have been looked at
	SuppressionUnmatched SuppressionState = "unmatched" // it is about none, and all that it speaks of was looked at
	SuppressionElsewhere SuppressionState = "elsewhere" // it speaks of nothing that was looked at
)

// SuppressionStates lists the states; of several audits with one suppression, the one that stands first decides.
func SuppressionStates() []SuppressionState {
	return []SuppressionState{SuppressionMatched, SuppressionUnknown, SuppressionUnmatched, SuppressionElsewhere}
}

// Join is what became of one suppression in two audits.
func (s SuppressionState) Join(other SuppressionState) SuppressionState {
	all := SuppressionStates()
	return all[min(slices.Index(all, s), slices.Index(all, other))]
}
