package flow

import (
	"errors"
	"strconv"
	"strings"

	"apigee-audit/apigee/xmltree"
	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
)

// Lifetime is an element that holds a time in milliseconds.
type Lifetime struct {
	Present bool
	Value   string // the literal as written; with Ref it is only the fallback
	Ref     string // the variable that wins over the literal
	Span    xmltree.Span
}

// LifetimeKind is what a lifetime element comes to.
type LifetimeKind uint8

// The kinds of lifetimes. The last three are mistakes.
const (
	LifetimeAbsent   LifetimeKind = iota // no element, or an empty one: the platform's default
	LifetimeVariable                     // a variable without a fallback: unknown
	LifetimeForever                      // -1
	LifetimeTimed                        // a positive number of milliseconds
	LifetimeNotPositive
	LifetimeNoNumber
	LifetimeTooLarge // a number that 64 bits cannot hold
)

// Invalid reports whether the element holds something that is no lifetime.
func (k LifetimeKind) Invalid() bool { return k >= LifetimeNotPositive }

// Read is what the element comes to, and its milliseconds where it is timed. With a variable that is the fallback's.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/policies/oauthv2-policy, "ExpiresIn": positive numbers, and
// -1 for none.
func (l Lifetime) Read() (kind LifetimeKind, milliseconds int64) {
	value := strings.TrimSpace(l.Value)
	n, err := strconv.ParseInt(value, 10, 64)
	switch {
	case !l.Present:
		return LifetimeAbsent, 0
	case value == "":
		return LifetimeVariable, 0
	case errors.Is(err, strconv.ErrRange):
		return LifetimeTooLarge, 0
	case err != nil:
		return LifetimeNoNumber, 0
	case n == -1:
		return LifetimeForever, 0
	case n <= 0:
		return LifetimeNotPositive, 0
	}
	return LifetimeTimed, n
}

// told is the lifetime as reports tell it. endless reports whether the platform lets tokens live forever without one.
func (l Lifetime) told(endless bool) *finding.Lifetime {
	kind, ms := l.Read()
	out := &finding.Lifetime{Milliseconds: ms, Variable: text.Brief(l.Ref)}
	switch kind {
	case LifetimeAbsent:
		out.Kind, out.Endless = finding.LifetimeDefault, endless
	case LifetimeVariable:
		out.Kind = finding.LifetimeVariable
	case LifetimeForever:
		out.Kind, out.Endless = finding.LifetimeUnlimited, endless
	case LifetimeTimed:
		out.Kind = finding.LifetimeLiteral
	default:
		out.Kind, out.Value = finding.LifetimeInvalid, text.Brief(strings.TrimSpace(l.Value))
	}
	return out
}

func readLifetime(d *xmltree.Document, n *xmltree.Node) Lifetime {
	if n == nil {
		return Lifetime{}
	}
	ref, _ := n.Attr("ref")
	return Lifetime{Present: n.Text != "" || ref != "", Value: strings.Clone(n.Text), Ref: strings.Clone(ref), Span: d.Span(n)}
}
