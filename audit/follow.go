package audit

import "strings"

// Holding says what a variable holds at a place of a walk, as far as copies can be followed back.
type Holding struct {
	Token bool
	// Body is the message whose body it holds, "" for none.
	Body string
	// Field is the path by which a token was taken out of a body, which may hold none; "" where it was not.
	Field string
	// At is where the value was taken from its message: the place itself, or that of the first copy.
	At *Reach
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

// Holds tells what a place takes when it takes a variable.
func (w *Walk) Holds(at *Reach, m Mention) Holding {
	f := follower{walk: w}
	return f.holds(at, Taken{m.Variable, m.Field}, 0)
}

// follower bounds the work of following one variable: thousands of copies may be made of one another.
type follower struct {
	walk  *Walk
	tried int
}

// The most copies of copies that are followed, and the most places that are looked at for one variable.
const (
	maxCopies = 8
	maxTried  = 200
)

func (f *follower) holds(at *Reach, t Taken, depth int) Holding {
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
func (f *follower) copied(at *Reach, variable string, depth int) (h Holding, filled bool) {
	if depth >= maxCopies {
		return Holding{}, false
	}
	for i := len(f.walk.Reaches) - 1; i >= 0 && f.tried < maxTried; i-- {
		r := f.walk.Reaches[i]
		if r.Order >= at.Order {
			continue
		}
		c := r.Policy.copyTo(variable)
		if c == nil {
			continue
		}
		if f.tried++; !r.Together(at) {
			continue
		}
		sure := c.Sure && !r.Policy.ContinueOnError && at.Certain(r)
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
func (f *follower) taker(at *Reach, variable string) *Policy {
	for _, r := range f.walk.Reaches {
		if f.tried >= maxTried {
			return nil
		}
		if !r.Policy.takesTokenFrom(variable) {
			continue
		}
		if f.tried++; r.Together(at) {
			return r.Policy
		}
	}
	return nil
}

// takesTokenFrom reports whether the policy expects a refresh token in a variable.
func (p *Policy) takesTokenFrom(variable string) bool {
	for _, v := range p.RefreshTokenSources() {
		if canonical(v) == variable {
			return true
		}
	}
	return false
}

// RefreshTokenSources are the variables in which the policy expects a refresh token.
func (p *Policy) RefreshTokenSources() []string {
	var out []string
	if p.ReadsToken.Value != "" {
		out = append(out, p.ReadsToken.Value)
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
