package flow

import (
	"slices"
	"strings"
)

// Holding says what a variable holds at a place of a walk, as far as copies can be followed back.
type Holding struct {
	Token bool
	// Body is the message whose body it holds, "" for none.
	Body string
	// Field is the path by which a token was taken out of a body, which may hold none; "" where it was not.
	Field string
	// At is where the value was taken from its message: the place itself, or that of the first copy.
	At *Site
	// Via are the policies that copied the value, the last first.
	Via []*Policy
	// Taker is the policy that makes a token of a variable whose name does not tell, because it takes its refresh token from
	// there.
	Taker *Policy
	// Sure is false where some copy may not have been made.
	Sure bool
}

// Nothing reports whether the variable holds neither a refresh token nor a body.
func (h Holding) Nothing() bool { return !h.Token && h.Body == "" }

// Follower follows what variables hold in one walk. It is not for several goroutines.
type Follower struct {
	trace   *Trace
	copiers map[string][]*Site // by variable, in the order of the walk
	takers  map[string][]*Site
	tried   int // places looked at for the variable that is being followed
	left    int // of all places to look at
}

// The most copies of copies that are followed, and the most places that are looked at for one variable and for all of a
// walk. Whoever needs more is no token endpoint.
const (
	maxCopies     = 8
	maxTried      = 200
	maxTriedInAll = 50000
)

// NewFollower indexes the copies of a walk.
func NewFollower(w *Trace) *Follower {
	f := &Follower{trace: w, copiers: map[string][]*Site{}, takers: map[string][]*Site{}, left: maxTriedInAll}
	for _, r := range w.Sites {
		if r.at == nil {
			continue
		}
		for _, c := range r.Policy.Copies() {
			to := canonical(c.To)
			if list := f.copiers[to]; len(list) == 0 || list[len(list)-1] != r {
				f.copiers[to] = append(list, r)
			}
		}
		for _, v := range r.Policy.RefreshTokenSources() {
			f.takers[canonical(v)] = append(f.takers[canonical(v)], r)
			if from := w.Origin(r, v); from.Variable != v && from.Literal == nil {
				f.takers[canonical(from.Variable)] = append(f.takers[canonical(from.Variable)], r)
			}
		}
	}
	return f
}

// Holds tells what a place takes when it takes a variable, which is one that [Policy.followed] lists for its policy.
func (f *Follower) Holds(at *Site, m Mention) Holding {
	f.tried = 0
	return f.holds(at, Taken{m.Variable, m.Field}, 0)
}

// try counts one more place and reports whether it may be looked at.
func (f *Follower) try() bool {
	f.tried++
	f.left--
	return f.tried <= maxTried && f.left >= 0
}

func (f *Follower) holds(at *Site, t Taken, depth int) Holding {
	variable := canonical(t.Variable)
	body := bodyOf(variable)
	switch {
	case t.Field != "":
		return Holding{Token: true, Field: t.Field, Body: body, At: at, Sure: true}
	case body != "": // rules know what makes the body of a message
		return Holding{Body: body, At: at, Sure: true}
	}
	if h, filled := f.copied(at, variable, depth); filled {
		return h
	}
	if HoldsRefreshToken(variable) {
		return Holding{Token: true, At: at, Sure: true}
	}
	if taker := f.taker(at, variable); taker != nil {
		return Holding{Token: true, At: at, Taker: taker, Sure: true}
	}
	return Holding{}
}

// copied looks back for the policies that filled a variable before a place. filled is false when it may hold what Apigee
// or a policy that cannot be followed put there.
func (f *Follower) copied(at *Site, variable string, depth int) (h Holding, filled bool) {
	if depth >= maxCopies {
		return Holding{}, false
	}
	for _, r := range slices.Backward(f.copiers[variable]) {
		if r.Order >= at.Order {
			continue
		}
		if !f.try() {
			break
		}
		c := r.Policy.copyTo(variable)
		if c == nil || !f.trace.Together(r, at) {
			continue
		}
		sure := c.Sure && !r.Policy.ContinueOnError && f.trace.Certain(at, r)
		for _, from := range c.From {
			if h := f.holds(r, from, depth+1); !h.Nothing() {
				h.Via = append([]*Policy{r.Policy}, h.Via...)
				h.Sure = h.Sure && sure
				return h, true
			}
		}
		if sure { // it holds something else since
			return Holding{}, true
		}
		filled = filled || c.Sure && !platformVariable(variable)
	}
	return Holding{}, filled
}

// platformVariable reports whether Apigee fills a variable itself, so that it holds something wherever no policy does.
func platformVariable(variable string) bool {
	for _, prefix := range []string{"request.", "response.", "message.", "oauthv2"} {
		if strings.HasPrefix(variable, prefix) {
			return true
		}
	}
	return false
}

// taker is a policy of the same request that takes its refresh token from a variable.
func (f *Follower) taker(at *Site, variable string) *Policy {
	for _, r := range f.takers[variable] {
		if !f.try() {
			return nil
		}
		if f.trace.Together(r, at) {
			return r.Policy
		}
	}
	return nil
}

// followed lists what rules ask a [Follower] about at the places of the policy. Copies that lead to none of it are not kept.
func (p *Policy) followed() []Taken {
	var out []Taken
	for _, m := range p.Outputs {
		out = append(out, Taken{m.Variable, m.Field})
	}
	if p.OAuth != nil {
		for _, a := range p.OAuth.Attributes {
			if a.Ref != "" {
				out = append(out, Taken{Variable: a.Ref})
			}
		}
	}
	return out
}

// follows are the variables that are followed back through a shared flow, to copies of its own or of its callers.
func (u *Program) follows() []string {
	var out []string
	add := func(list []Taken) {
		for _, t := range list {
			if t.followed() {
				out = append(out, canonical(t.Variable))
			}
		}
	}
	for _, p := range u.Policies {
		add(p.followed())
		for _, c := range p.Copies() {
			add(c.From)
		}
	}
	return out
}

// RefreshTokenSources are the variables in which the policy expects a refresh token.
func (p *Policy) RefreshTokenSources() []string {
	var out []string
	if v := p.reads(); v != "" {
		out = append(out, v)
	}
	o := p.OAuth
	if o == nil {
		return out
	}
	if o.Refreshes() {
		out = append(out, o.TakesRefreshToken())
	}
	if o.Imports() {
		out = append(out, o.ExternalRefreshToken.Value)
	}
	for _, t := range o.Tokens {
		if o.Operation == InvalidateToken && t.Type == "refreshtoken" && t.Value.Value != "" {
			out = append(out, t.Value.Value)
		}
	}
	return out
}

// Origin says where the value of a variable comes from, as far as plain copies can be followed back.
type Origin struct {
	// Variable is the last one that could be followed to.
	Variable string
	// Literal is the constant that was assigned, nil when it is none.
	Literal *string
	// By is the policy that wrote the variable in a way that cannot be followed, nil when no policy did.
	By *Policy
	// Exact reports whether By sets this very variable and not a whole message that it may be part of.
	Exact bool
}

// FromClient reports whether a value can be what the client sent: nothing fixed, and not a variable that nobody sets.
func (o Origin) FromClient() bool {
	return o.Literal == nil && (o.By != nil || strings.HasPrefix(o.Variable, "request.") || strings.HasPrefix(o.Variable, "message."))
}

// maxOrigins bounds the places that are looked at to find where one value comes from.
const maxOrigins = 500

// Origin follows a variable back from a place of the walk through the assignments before it.
func (w *Trace) Origin(at *Site, variable string) Origin {
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
	for i := range p.writes() {
		wr := &p.writes()[i]
		switch {
		case !wr.prefix && wr.name == variable:
			found = wr
		case wr.prefix && (found == nil || found.prefix) && strings.HasPrefix(variable, wr.name) && !(wr.name == "" && constant(variable)):
			found = wr
		}
	}
	return found
}
