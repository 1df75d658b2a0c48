package audit

import (
	"slices"
	"strings"
)

// Origin says where the value of a variable comes from, as far as plain copies can be followed back.
type Origin struct {
	// Variable is the last one that could be followed to.
	Variable string
	// Literal is the constant that was assigned, nil when it is none.
	Literal *string
	// By is the policy that wrote the variable in a way that cannot be followed, nil when no policy did.
	By *Policy
	// Exact tells that By sets this very variable and not a whole message that it may be part of.
	Exact bool
}

// FromClient tells whether a value can be what the client sent: nothing fixed, and not a variable that nobody sets.
func (o Origin) FromClient() bool {
	return o.Literal == nil && (o.By != nil || strings.HasPrefix(o.Variable, "request.") || strings.HasPrefix(o.Variable, "message."))
}

// maxOrigins bounds the places that are looked at to find where one value comes from.
const maxOrigins = 500

// Origin follows a variable back from a place of the walk through the assignments before it.
func (w *Walk) Origin(at *Reach, variable string) Origin {
	seen := 0
	for _, r := range slices.Backward(w.writers) {
		if r.Order >= at.Order {
			continue
		}
		if seen++; seen > maxOrigins {
			return Origin{Variable: variable, By: r.Policy}
		}
		wr := r.Policy.writeOf(variable)
		switch {
		case wr == nil:
		case r.at != nil && at.at != nil && !w.Together(r, at):
		case wr.literal != nil:
			return Origin{Variable: variable, Literal: wr.literal, By: r.Policy, Exact: true}
		case wr.copyOf != "":
			variable = wr.copyOf
		case wr.from != "" && wr.prefix:
			variable = wr.from + strings.TrimPrefix(variable, wr.name)
		case wr.from != "":
			variable = wr.from
		default:
			return Origin{Variable: variable, By: r.Policy, Exact: !wr.prefix}
		}
	}
	return Origin{Variable: variable}
}

// writeOf is how the policy may set a variable, nil when it does not. The last and most exact write counts.
func (p *Policy) writeOf(variable string) *write {
	var found *write
	for i := range p.writes {
		wr := &p.writes[i]
		switch {
		case !wr.prefix && wr.name == variable:
			found = wr
		case wr.prefix && (found == nil || found.prefix) && strings.HasPrefix(variable, wr.name) && !(wr.name == "" && constant(variable)):
			found = wr
		}
	}
	return found
}

// Writes tells whether the policy may set a variable that starts so.
func (p *Policy) Writes(prefix string) bool {
	for i := range p.writes {
		if strings.HasPrefix(p.writes[i].name, prefix) {
			return true
		}
	}
	return false
}
