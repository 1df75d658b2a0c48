package picture

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
)

// longest is how many characters of a name or a label are shown. Names in Apigee have up to 255.
const longest = 60

// labels are the words at an arrow, and without what is of its edge alone.
func labels(e *finding.Edge, accepted bool) (label, short string) {
	if e.Relation.Runs() {
		kind := Nothing
		if e.To != nil {
			kind = kindOf(*e.To)
		}
		relations := []finding.Relation{e.Relation}
		return runLabel(relations, e.Through, kind, accepted), runLabel(relations, nil, kind, accepted)
	}
	short = e.RuleID
	if accepted {
		short += " accepted"
	}
	var detail string
	switch e.Relation {
	case finding.RelationRefreshedBy:
		switch {
		case e.Tie != nil:
			detail = e.Tie.Words
		case e.To.Environment != "":
			detail = "only in " + e.To.Environment
		case e.RuleID != "":
			detail = "nothing ties them"
		}
		if e.RuleID == "" {
			short = "could refresh"
		}
	case finding.RelationCannotRefresh:
		detail = strings.ReplaceAll(string(e.Cause), "-", " ")
		if e.RuleID == "" {
			short = "holds"
		}
	case finding.RelationBarred:
		short = "no API product opens both"
	}
	label = short
	if detail != "" {
		label += ": " + detail
	}
	if e.Others > 0 {
		label += fmt.Sprintf(", %d more could", e.Others)
	}
	return strings.TrimPrefix(label, ": "), short
}

// runLabel are the words at an arrow from a proxy to the bundle whose policies its requests can run.
func runLabel(relations []finding.Relation, through []finding.Via, to NodeKind, accepted bool) string {
	var words []string
	for _, r := range relations {
		words = append(words, string(r))
	}
	label := strings.Join(words, ", ")
	if to == Proxy {
		label += " by a chain"
	}
	var names []string
	for _, v := range through {
		if v.Kind == finding.ViaFlowHook {
			names = append(names, "hook "+v.Name)
		} else {
			names = append(names, v.Name)
		}
	}
	if len(names) > 0 {
		label += " through " + strings.Join(names, " → ")
	}
	if accepted {
		label += " (accepted)"
	}
	return label
}

// Title is the first line of a node.
func (n *Node) Title() string {
	switch {
	case n.Kind == Nothing:
		return "Nothing refreshes them"
	case len(n.Names) > 1:
		return text.Count(len(n.Names), n.noun())
	case len(n.Names) == 1 && n.Names[0] != "":
		return text.Clip(n.Names[0], longest)
	}
	return n.noun() + " without a name"
}

func (n *Node) noun() string {
	switch n.Kind {
	case SharedFlow:
		return apigee.KindSharedFlow.Noun()
	case DeadPolicy:
		return "refresh policy"
	}
	return apigee.KindProxy.Noun()
}

// Lines are what stands below the title: what the node is, and what it does.
func (n *Node) Lines() []string {
	var out []string
	if len(n.Names) > 1 {
		out = append(out, someNames(n.Names))
	}
	if n.Kind == DeadPolicy {
		line := "cannot run"
		if n.Of != "" {
			line = "cannot run in " + text.Clip(n.Of, longest)
		}
		return append(out, line)
	}
	if n.Kind == SharedFlow && len(n.Names) == 1 {
		out = append(out, n.noun())
	}
	if n.Environment != "" {
		out = append(out, "in "+text.Clip(n.Environment, longest))
	}
	if n.Source != "" {
		out = append(out, text.Clip(n.Source, longest))
	}
	if len(n.Does) > 0 {
		out = append(out, text.Clip(strings.Join(n.Does, " · "), 2*longest))
	}
	if len(n.Rules) > 0 {
		out = append(out, "also "+text.ListSome(n.Rules, 4))
	}
	return out
}

// someNames are the first few of many names.
func someNames(names []string) string {
	const most = 3
	var short []string
	for _, name := range names {
		short = append(short, text.Clip(name, longest/2))
	}
	return text.ListSome(short, most)
}

// Class is the look of a node, one word.
func (n *Node) Class() string {
	switch {
	case n.Kind == Nothing:
		return "nothing"
	case n.Kind == DeadPolicy:
		return "dead"
	case n.Kind == SharedFlow:
		return "shared"
	case n.Issues && n.Refreshes:
		return "complete"
	case n.Issues:
		return "issuer"
	case n.Refreshes:
		return "refresher"
	}
	return "reader"
}

// Look is one class of nodes, the colour that all writers give it, and what it means.
type Look struct{ Class, Colour, Meaning string }

// Legend explains the classes, in the order of a picture from left to right.
func Legend() []Look {
	return []Look{
		{"issuer", "Blue", "issues refresh tokens and does not refresh them"},
		{"shared", "Violet", "a shared flow whose policy does it"},
		{"complete", "Green", "issues and refreshes"},
		{"refresher", "Pale green", "refreshes only"},
		{"reader", "Grey", "reads or revokes only"},
		{"dead", "Dashed", "a refresh policy that cannot run"},
		{"nothing", "Red", "nothing refreshes the tokens"},
	}
}

// Reading says how arrows are to be read.
func Reading() string {
	return "An arrow leads from a proxy to the policy that it runs, and from an issuer to what refreshes its tokens. A red arrow is a finding and names its rule; a dashed one is an accepted finding."
}

// Colours is the legend in a sentence.
func Colours() string {
	var all []string
	for _, l := range Legend() {
		all = append(all, l.Colour+": "+l.Meaning)
	}
	return strings.Join(all, ". ") + "."
}

// The classes of arrows other than ordinary ones.
const (
	Severe   = "severe"   // a finding of severity high, or several one of which is
	Finds    = "finds"    // another finding
	Accepted = "accepted" // a finding that is accepted
	Barred   = "barred"   // leads to what its issuer's clients could only call if an API product opened both
)

// Class is the look of an arrow, one word; "" for an ordinary one.
func (a *Arrow) Class() string {
	switch {
	case a.Finds() && a.Severe:
		return Severe
	case a.Finds():
		return Finds
	case a.RuleID != "":
		return Accepted
	case a.Relations[0] == finding.RelationBarred:
		return Barred
	}
	return ""
}

// Clipped is the label of an arrow, short enough to stand at it.
func (a *Arrow) Clipped() string { return text.Clip(a.Label, 56) }

// Wrap breaks a line at spaces into lines of about so many characters.
func Wrap(line string, width int) []string {
	var out []string
	row, used := "", 0
	for word := range strings.SplitSeq(line, " ") {
		n := utf8.RuneCountInString(word)
		if used > 0 && used+1+n > width {
			out, row, used = append(out, row), "", 0
		}
		if used > 0 {
			row, used = row+" ", used+1
		}
		row, used = row+word, used+n
	}
	return append(out, row)
}
