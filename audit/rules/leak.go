package rules

import (
	"fmt"
	"slices"
	"strings"

	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
	"apigee-audit/internal/text"
)

// leak is a refresh token, or a body that holds one, on its way out of a request.
type leak struct {
	flow.Holding
	what audit.Own // "a refresh token (line)"
	// source is the policy that makes the body hold a token, nil where no body is involved or none is known to hold one.
	source *flow.Policy
}

// followers follow variables in the traces that a rule looks at.
type followers map[*flow.Trace]*flow.Follower

// leak reports whether a value that a place puts in its sink is a refresh token or a body with one.
func (f followers) leak(at place, m flow.Mention) (leak, bool) {
	if f[at.trace] == nil {
		f[at.trace] = flow.NewFollower(at.trace)
	}
	l := leak{Holding: f[at.trace].Holds(at.site, m)}
	if l.Body != "" {
		l.source = bodyWithToken(place{trace: at.trace, site: l.At}, l.Body)
	}
	if l.Nothing() && wholeURL(m.Variable) {
		l.Holding, l.source = flow.Holding{At: at.site, Sure: true}, urlWithToken(at)
	}
	switch {
	case l.Token && m.Field != "":
		l.what = held("a refresh token", m.Field+" of "+m.Variable)
	case l.Token:
		l.what = held("a refresh token", m.Variable)
	case l.source != nil && l.Body == "":
		l.what = held("whole URLs", m.Variable)
	case l.source != nil:
		l.what = held("whole bodies", m.Variable)
	default:
		return leak{}, false
	}
	return l, true
}

// held is what a variable holds: "a refresh token (line)".
func held(what, variable string) audit.Own {
	return audit.Own{Name: what + " (" + variable + ")", What: what}
}

// say ends the message of a finding with how the token gets there, as sure as that is.
func (l leak) say(d *audit.Diagnostic, m flow.Mention) {
	if len(l.Via) > 0 {
		d.Message.Add("It gets there through %s.", policies(l.Via))
		for _, p := range l.Via {
			d.Related = append(d.Related, p.Hop())
		}
	}
	named := m.Field == "" && flow.HoldsRefreshToken(m.Variable) // then the name vouches for what the copies leave open
	if !l.Sure && !named {
		lower(d, finding.MediumConfidence, "%s may hold something else in some of the requests that get here.", m.Variable)
	}
	if l.Taker != nil {
		lower(d, finding.MediumConfidence, "%s %q takes its refresh token from there.", l.Taker.Type, l.Taker.Name)
		d.Related = append(d.Related, l.Taker.Hop())
	}
	switch {
	case l.source != nil:
		d.Related = append(d.Related, l.source.Hop())
		if !l.Token { // which other bodies these are is not known
			d.Confidence = min(d.Confidence, finding.MediumConfidence)
		}
	case l.Field != "" && !named:
		lower(d, finding.MediumConfidence, "Whether the body has a member of that name cannot be seen here.")
	}
}

// whose says why whole bodies hold tokens, in words that follow a clause.
func (l leak) whose() string {
	if l.Token {
		return ""
	}
	return fmt.Sprintf(", and those of %s %q hold refresh tokens", l.source.Type, l.source.Name)
}

// policies names policies by type: `AssignMessage "A" and ExtractVariables "B"`.
func policies(list []*flow.Policy) string {
	var names []string
	for _, p := range slices.Backward(list) {
		names = append(names, fmt.Sprintf("%s %q", p.Type, p.Name))
	}
	return text.List(names)
}

// wholeURL reports whether a variable holds all query parameters or the path.
func wholeURL(variable string) bool {
	part := partOfURL(variable)
	return part != "" && !strings.Contains(variable, ".queryparam.")
}

// urlWithToken finds the policy that takes its refresh token from the URL of a request that reaches a place.
func urlWithToken(at place) *flow.Policy {
	for _, r := range at.trace.Sites {
		for _, v := range r.Policy.RefreshTokenSources() {
			if from := at.trace.Origin(r, v); from.Literal == nil && partOfURL(from.Variable) != "" && at.trace.Together(r, at.site) {
				return r.Policy
			}
		}
	}
	return nil
}

// bodyWithToken finds the policy that makes the body of a message hold a refresh token at a place: one that takes the
// token from the request's body, or one whose response contains it.
func bodyWithToken(at place, message string) *flow.Policy {
	request := message == "request.content" || message == "message.content" && !at.site.Response
	if !request && !at.site.OnSuccess() {
		return nil
	}
	for _, r := range at.trace.Sites {
		switch {
		case request:
			if takesFromBody(at, r) && at.trace.Together(r, at.site) {
				return r.Policy
			}
		case r.Order < at.site.Order && handsOut(r) && at.trace.Together(r, at.site) && !replacedBetween(at, r):
			return r.Policy
		case r != at.site && readsFromResponse(r) && at.trace.Together(r, at.site):
			return r.Policy
		}
	}
	return nil
}

// takesFromBody reports whether a place finds a refresh token in the request's body: as a form parameter, or extracted from it.
func takesFromBody(at place, r *flow.Site) bool {
	return slices.ContainsFunc(r.Policy.RefreshTokenSources(), func(variable string) bool {
		from := at.trace.Origin(r, variable)
		if from.Literal != nil || from.By != nil {
			return false
		}
		for _, body := range []string{"request.formparam.", "message.formparam.", "request.content", "message.content"} {
			if strings.HasPrefix(from.Variable, body) {
				return true
			}
		}
		return false
	})
}

// handsOut reports whether a policy puts a refresh token in the response, because it generates one or its message names one.
func handsOut(r *flow.Site) bool {
	if o := r.Policy.OAuth; o != nil {
		return o.GenerateResponse && (r.Issues() || o.Refreshes())
	}
	return r.ReplacesResponse() && slices.ContainsFunc(r.Policy.Mentions, func(m flow.Mention) bool { return !m.IsBody() })
}

// readsFromResponse reports whether a place takes a refresh token out of the response, which must then be expected to hold one.
func readsFromResponse(r *flow.Site) bool {
	return r.Response && slices.ContainsFunc(r.Policy.Copies(), func(c flow.Copy) bool {
		return slices.ContainsFunc(c.From, func(t flow.Taken) bool {
			return t.Field != "" && (t.Variable == "response.content" || t.Variable == "message.content")
		})
	})
}

// replacedBetween reports whether the response has certainly been replaced by the time it is looked at.
func replacedBetween(at place, from *flow.Site) bool {
	later := at.trace.Later(from, func(p *flow.Policy) bool { return p.Answer != nil })
	r := replacement(place{trace: at.trace, site: from}, later)
	return r != nil && r.Order < at.site.Order && !handsOut(r)
}
