package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
)

// IncidentSection is a part of a text: a heading, and things below it.
type IncidentSection struct {
	Heading string
	Lines   []IncidentLine
}

// IncidentLine is one thing that a section says, what more there is to it, and XML to paste.
type IncidentLine struct {
	Text  string
	Below []string
	XML   finding.Lines
}

func (s *IncidentSection) say(format string, args ...any) *IncidentLine {
	s.Lines = append(s.Lines, IncidentLine{Text: fmt.Sprintf(format, args...)})
	return &s.Lines[len(s.Lines)-1]
}

func (l *IncidentLine) add(format string, args ...any) {
	l.Below = append(l.Below, fmt.Sprintf(format, args...))
}

// Title says what an incident is about.
func (in *Incident) Title() string {
	return fmt.Sprintf("If refresh tokens of %s leaked, as of %s", strings.TrimSpace(in.Kind.Noun()+" "+in.Name), timeText(in.AsOf))
}

// Sections are an incident in one organization in words.
func (in *IncidentIn) Sections() []IncidentSection {
	out := []IncidentSection{in.where()}
	switch {
	case in.Untold():
		// What the report lacks says so.
	case !in.HandsOut():
		out[0].say("No policy was found there that issues, imports or refreshes refresh tokens, itself or in a shared flow.")
	default:
		out = append(out, in.who(), in.untilWhen(), in.revoking())
		if len(in.Additions) > 0 {
			out = append(out, in.adding())
		}
	}
	if in.HandsOut() || in.Untold() {
		management := IncidentSection{Heading: "What the management API can do (this program sends nothing of it)"}
		for _, l := range in.Management {
			management.say("%s", l)
		}
		out = append(out, management)
	}
	lacks := IncidentSection{Heading: "What this does not know"}
	for _, l := range in.Lacks {
		lacks.say("%s", l)
	}
	return append(out, lacks)
}

func (in *IncidentIn) where() IncidentSection {
	s := IncidentSection{Heading: "Where"}
	for _, d := range in.Deployments {
		where := d.Environment
		if d.Revision != "" {
			where += " r" + d.Revision
		}
		what := d.Kind.Noun() + " " + d.Name
		switch {
		case len(d.Grants) > 0:
			what += ", issues through " + strings.Join(d.Grants, ", ")
		case d.Imports:
			what += ", imports"
		default:
			what += ", whose own policies issue none"
		}
		l := s.say("%s: %s", where, what)
		if len(d.BasePaths) > 0 {
			l.add("base paths: %s", strings.Join(d.BasePaths, ", "))
		}
		if len(d.Hostnames) > 0 {
			l.add("host names: %s", strings.Join(d.Hostnames, ", "))
		}
		if len(d.Sources) > 0 {
			l.add("on disk: %s", strings.Join(d.Sources, ", "))
		}
	}
	return s
}

func (in *IncidentIn) who() IncidentSection {
	s := IncidentSection{Heading: "Who can hold them"}
	switch {
	case in.Products == nil:
		s.say("API products and apps: %s.", notRecorded)
	case len(in.Products) == 0:
		s.say("No API product opens the proxy there. Tokens are issued to the clients of any app of the organization all the same.")
	}
	for _, p := range in.Products {
		l := s.say("API product %s (%s)", p.Name, strings.Join(p.Environments, ", "))
		switch {
		case p.Apps == nil:
			l.add("apps: %s", notRecorded)
		case len(p.Apps) == 0:
			l.add("no app has it")
		default:
			l.add("apps: %s", strings.Join(p.Apps, ", "))
		}
	}
	for i := range in.StoredTokens {
		s.say("Stored refresh tokens, at most: %s", ProxyLine(&in.StoredTokens[i]))
	}
	return s
}

func (in *IncidentIn) untilWhen() IncidentSection {
	s := IncidentSection{Heading: "Until when they live"}
	policy := func(l *TokenLife) string {
		return fmt.Sprintf("%s of %s %s (%s)", l.Policy, l.Kind.Noun(), l.Name, strings.Join(l.Environments, ", "))
	}
	s.say("%s", in.Verdict)
	for i := range in.Issued {
		l := &in.Issued[i]
		line := s.say("issued by %s", policy(l))
		line.add("refresh token: %s", l.Arithmetic)
		line.add("access token: %s", l.AccessArithmetic)
		if l.Unsure != "" {
			line.add("It may issue nothing: %s.", l.Unsure)
		}
	}
	elsewhere := 0
	for i := range in.Refreshed {
		l := &in.Refreshed[i]
		if l.Elsewhere {
			elsewhere++
			if elsewhere > mostElsewhere {
				continue
			}
		}
		line := s.say("refreshed by %s%s", policy(l), clientText(l.ClientAuthentication))
		line.add("refresh token: %s", l.Arithmetic)
		line.add("access token: %s", l.AccessArithmetic)
	}
	if more := elsewhere - mostElsewhere + in.MoreRefreshed; more > 0 {
		s.say("%s of other proxies may refresh them too (JSON has more of them).", text.Count(more, "more policy"))
	}
	return s
}

// mostElsewhere is how many refreshing policies of other proxies a text names.
const mostElsewhere = 2

// clientText says what a refresh needs besides the token.
func clientText(c finding.ClientAuthentication) string {
	switch c {
	case finding.AuthenticatedByApigee:
		return ", which needs the client's ID and secret too"
	case finding.AuthenticatedBefore:
		return ", which needs a client that a policy before it authenticates"
	case finding.NotAuthenticated:
		return ", with the token alone: nothing authenticates the client"
	}
	return ", of which it is not sure that anything authenticates the client"
}

// lifeVerdict sums up until when refresh tokens live.
func lifeVerdict(issued, refreshed []TokenLife) string {
	made, elsewhere := slices.Clone(issued), []TokenLife{}
	for _, l := range refreshed {
		switch {
		case l.Rotation == finding.Reuses:
		case l.Elsewhere:
			elsewhere = append(elsewhere, l)
		default:
			made = append(made, l)
		}
	}
	words := lastText("Without another refresh, the last one that was handed out here", made)
	if len(elsewhere) > 0 {
		words += " " + lastText("Of those that other proxies may have refreshed, the last one", elsewhere)
	}
	switch {
	case len(made) > len(issued), len(elsewhere) > 0:
		words += " Each refresh replaces a token by a new one that lives anew, so that whoever refreshes in time keeps access without end, until it is revoked."
	case len(refreshed) > 0:
		words += " A refresh does not prolong that."
	default:
		words += " No flow that was audited refreshes them."
	}
	return words
}

// lastText says when the last of some tokens expires.
func lastText(subject string, lives []TokenLife) string {
	var last *time.Time
	unknown := false
	for i := range lives {
		switch l := &lives[i]; {
		case l.Until != nil && (last == nil || l.Until.After(*last)):
			last = l.Until
		case l.Until != nil:
		case l.Lifetime != nil && l.Lifetime.Variable == "" && l.Lifetime.Unlimited():
			return subject + " has no end: none is set."
		default:
			unknown = true
		}
	}
	switch {
	case last == nil:
		return subject + " ends at a time that is not known."
	case unknown:
		return subject + " ends on " + timeText(*last) + " or later: some lifetimes are not known."
	}
	return subject + " ends on " + timeText(*last) + "."
}

func (in *IncidentIn) revoking() IncidentSection {
	s := IncidentSection{Heading: "What can revoke them"}
	if len(in.Revocations) == 0 {
		s.say("No flow that was audited can revoke these tokens.")
	}
	for i := range in.Revocations {
		c := &in.Revocations[i]
		l := s.say("%s of %s %s (%s) revokes %s", c.Policy, c.Kind.Noun(), c.Name, strings.Join(c.Environments, ", "), wayText(c.Revocation))
		if len(c.For) > 0 {
			l.add("only tokens of %s", strings.Join(c.For, ", "))
		}
		if c.Why != "" {
			l.add("%s", c.Why)
		}
		for _, call := range c.Calls {
			l.add("call: %s", callText(&call))
			for _, condition := range call.Conditions {
				l.add("condition: %s", condition)
			}
		}
		if c.MoreCalls > 0 {
			l.add("and %s more", text.Count(c.MoreCalls, "call"))
		}
		if len(c.URLs) > 0 {
			l.add("at %s", strings.Join(c.URLs, ", "))
		}
		for _, p := range c.Revocation.Parameters {
			l.add("%s: %s", p.Name, parameterText(&p))
		}
		l.add("paired access token revoked too: %s", cascadeText(c.Revocation))
	}
	for i := range in.Unable {
		c := &in.Unable[i]
		s.say("%s of %s %s does not revoke tokens of %s: %s", c.Policy, c.Kind.Noun(), c.Name, strings.Join(c.For, ", "), c.Why)
	}
	return s
}

// wayText says which tokens a revocation is about.
func wayText(r *finding.Revocation) string {
	switch {
	case r.ByApp && r.ByEndUser:
		return "all tokens of an end user in an app"
	case r.ByApp:
		return "all tokens of an app"
	case r.ByEndUser:
		return "all tokens of an end user"
	case r.ByToken:
		return "the token that is presented"
	}
	return "tokens; the policy does not say of whom"
}

func callText(c *finding.Call) string {
	method := cmp.Or(strings.Join(c.Methods, " or "), "any method")
	where := cmp.Or(strings.Join(c.Paths, ", "), "any path")
	if c.Proxy == "" {
		return method + " " + where + ", wherever the shared flow is called"
	}
	return fmt.Sprintf("%s %s of %s %s", method, where, apigee.KindProxy.Noun(), c.Proxy)
}

func parameterText(p *finding.Parameter) string {
	switch {
	case p.Variable != "":
		return p.Variable
	case p.Value != "":
		return text.Quote(p.Value)
	}
	return "the policy's default"
}

func (in *IncidentIn) adding() IncidentSection {
	s := IncidentSection{Heading: "What to add, in a proxy of the organization"}
	for _, a := range in.Additions {
		s.say("%s", a.Why).XML = a.XML
	}
	return s
}
