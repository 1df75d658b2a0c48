package fix

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/apigee/condition"
	"apigee-audit/apigee/xmltree"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
	"apigee-audit/internal/policyxml"
)

// neighbour is a policy that issues, reads or imports refresh tokens, with the step that attaches it: beside it a refresh policy can
// run.
type neighbour struct {
	in     apigee.Revision
	policy *xmltree.Document
	file   string // of the policy
	step   finding.Hop
	path   []finding.Hop // from the endpoint to what is around the step
	// around are the conditions on that path.
	around []string
}

// neighbour reads the proof of a finding: the last step of it attaches the policy at its end.
func (s *subject) neighbour() (n neighbour, ok bool) {
	if len(s.Path) < 2 {
		return n, false
	}
	end := s.Path[len(s.Path)-1]
	if n.in, ok = s.revision(apigee.Ref{Kind: end.Kind, Name: end.Name}, end.Source); !ok {
		return n, false
	}
	d, err := s.bench.open(n.in)
	if err != nil {
		return n, false
	}
	if n.policy, err = d.document(end.File); err != nil {
		return n, false
	}
	n.file = end.File
	for i, h := range s.Path[:len(s.Path)-1] {
		if i < len(s.Path)-2 && h.Condition != "" {
			n.around = append(n.around, h.Condition)
		}
		n.step = h
	}
	n.path = s.Path[:len(s.Path)-2]
	return n, n.step.What == finding.HopStep && n.step.Kind == end.Kind && n.step.Name == end.Name
}

// name is that of the policy.
func (n *neighbour) name() string {
	name, _ := n.policy.Root.Attr("name")
	return name
}

// variables are where a refresh policy beside the neighbour can find the grant type: where that one does, and if it is nothing that
// clients send, where OAuthV2 looks by default.
func (n *neighbour) variables() []string {
	own := grantVariable(n.policy.Root)
	if strings.HasPrefix(own, "request.") {
		return []string{own}
	}
	return []string{own, defaultGrantType}
}

// side is where a step is put: next to which side of another one.
type side func(doc *xmltree.Document, n *xmltree.Node, xml string) splice

// attach puts a step of a refresh policy next to the neighbour's, for refresh requests only, and keeps these away from the neighbour,
// which would fault on them. instead is a step that the new one takes the place of, nil for none.
func (n *neighbour) attach(d *draft, policy, variable string, at side, instead *finding.Hop) error {
	doc, step, err := d.at(n.step.File, n.step.Place)
	if err != nil {
		return err
	}
	own := conditionOf(step)
	changes := []splice{at(doc, step, policyxml.Step(policy, refreshOnly(whereTo(own), variable)))}
	if n.generates() && possible(append(n.around, own, isRefresh(variable))...) {
		change, err := conditionText(doc, step, policyxml.And(own, notRefresh(variable)))
		if err != nil {
			return err
		}
		changes = append(changes, change)
	}
	if instead != nil {
		other, old, err := d.at(instead.File, instead.Place)
		switch {
		case err != nil:
			return err
		case other == doc:
			changes = append(changes, remove(doc, old))
		default:
			if err := d.edit(instead.File, remove(other, old)); err != nil {
				return err
			}
		}
	}
	return d.edit(n.step.File, changes...)
}

// whereTo is the part of a condition that is about where a request goes, not about what it carries: the refresh token is asked for where
// the others are, but without a password.
func whereTo(text string) string {
	var out []string
	for _, part := range conjuncts(text) {
		x, err := condition.Parse(part)
		if err != nil || part == "" {
			continue
		}
		names := slices.DeleteFunc(x.Variables(), func(v string) bool {
			return slices.Contains([]string{"proxy.pathsuffix", "proxy.basepath", "request.path", "request.uri", "request.verb", "message.verb", "environment.name"}, strings.ToLower(v))
		})
		if len(names) == 0 && len(x.Variables()) > 0 {
			out = append(out, part)
		}
	}
	return strings.Join(out, " and ")
}

// generates reports whether the neighbour is an OAuthV2 policy that issues, or is read as one for want of an Operation.
func (n *neighbour) generates() bool {
	operation := strings.ToLower(n.policy.Root.Child("Operation").String())
	return n.policy.Root.Name == "OAuthV2" && (operation == "" || strings.HasPrefix(operation, "generate"))
}

// attachFlow puts a conditional flow in front of the neighbour's, or of all, which asks for the same but for the grant type.
func (n *neighbour) attachFlow(d *draft, flow finding.Hop, policy, variable string, first bool) error {
	doc, f, err := d.at(flow.File, flow.Place)
	if err != nil {
		return err
	}
	condition := conditionOf(f)
	if condition = refreshOnly(cmp.Or(otherGrant(condition, variable), condition), variable); !possible(condition) {
		return fmt.Errorf("%s lets no refresh request in, and its condition is not one that could be changed by itself", flow.Unconditional())
	}
	name := policyxml.FreeName("refresh-token", func(name string) bool {
		for c := range parentOf(doc, f).Children() {
			if other, _ := c.Attr("name"); other == name {
				return true
			}
		}
		return false
	})
	if first {
		f = parentOf(doc, f).Child("Flow")
	}
	return d.edit(flow.File, insertBefore(doc, f, policyxml.Flow(name, condition, policyxml.Step(policy, ""))))
}

// otherGrant is a condition with refresh_token in the place of the grant types that it compares the variable with; "" where it
// does not compare them in the plain way.
func otherGrant(condition, variable string) string {
	compared := regexp.MustCompile(`(?i)(` + regexp.QuoteMeta(variable) + `\s*(?:=|==|:=|Equals|Is|EqualsCaseInsensitive|JavaRegex|~~|Matches|~|Like)\s*)"[^"]*"`)
	if !compared.MatchString(condition) {
		return ""
	}
	out := compared.ReplaceAllStringFunc(condition, func(found string) string {
		return found[:strings.IndexByte(found, '"')] + strconv.Quote(refreshGrant)
	})
	if out == condition || !possible(out, isRefresh(variable)) {
		return ""
	}
	return out
}

var issuing = regexp.MustCompile(`(?i)generate|issue|create|mint|import|store`)

// refreshName is a name for the policy that refreshes what another one issues: OA-GenerateToken is refreshed by OA-RefreshToken.
func refreshName(d *draft, issuer, folder string) string {
	name := "Refresh-" + issuer
	if at := issuing.FindStringIndex(issuer); at != nil {
		word := "Refresh"
		if w := issuer[at[0]:at[1]]; w == strings.ToLower(w) {
			word = "refresh"
		}
		name = issuer[:at[0]] + word + issuer[at[1]:]
	}
	return policyxml.FreeName(name, func(name string) bool {
		for file := range d.files {
			if strings.EqualFold(file, path.Join(folder, name+".xml")) {
				return true
			}
			if path.Dir(file) != folder {
				continue
			}
			if doc, err := d.document(file); err == nil {
				if other, _ := doc.Root.Attr("name"); strings.EqualFold(other, name) {
					return true
				}
			}
		}
		return false
	})
}

// refreshPolicy adds the policy that refreshes what the neighbour issues, and returns its name.
func (n *neighbour) refreshPolicy(d *draft, variable string, p *prover) (string, error) {
	traits := p.audit.Organization().Platform.Traits()
	root := n.policy.Root
	issuer, _ := root.Attr("name")
	folder := path.Dir(n.file)
	name := refreshName(d, issuer, folder)
	if !plainName.MatchString(name) {
		return "", fmt.Errorf("the name of policy %q cannot be that of a file", name)
	}
	r := policyxml.Refresh{
		Name: name, RefreshToken: "request.formparam.refresh_token",
		Reuse: p.settings.Profile == finding.ProfileFAPI,
	}
	if variable != defaultGrantType {
		r.GrantType = variable
	}
	access, accessRef := sound(root.Child(accessLifetime), traits.MinAccess.Milliseconds(), 0)
	refresh, refreshRef := sound(root.Child(refreshLifetime), max(traits.MinRefresh.Milliseconds(), access+1), p.settings.MaxRefreshLifetime.Milliseconds())
	if access == 0 && root.Child(accessLifetime) != nil {
		access = max(shortAccess, traits.MinAccess).Milliseconds()
	}
	if refresh == 0 {
		refresh = max(p.options.RefreshLifetime, traits.MinRefresh).Milliseconds()
	}
	if access > 0 {
		r.ExpiresIn, r.ExpiresInRef = strconv.FormatInt(access, 10), accessRef
	}
	r.RefreshTokenExpiresIn, r.RefreshTokenExpiresInRef = strconv.FormatInt(refresh, 10), refreshRef
	if sign := flow.ReadSigning(root); sign != nil {
		if sign.Ref == "" {
			return "", fmt.Errorf("policy %q does not say with which key it signs JWTs", issuer)
		}
		r.JWT = (*policyxml.Signing)(sign)
	}
	if token := root.Child("ExternalRefreshToken").String(); token != "" {
		r.External = &policyxml.External{AccessToken: root.Child("ExternalAccessToken").String(), RefreshToken: token}
	}
	s := style(n.policy)
	return name, d.add(path.Join(folder, name+".xml"), s.write(r.XML(), "", true)+s.newline)
}

// plainName is what Apigee allows in names of policies.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/policies/oauthv2-policy, attribute name.
var plainName = regexp.MustCompile(`^[A-Za-z0-9 _.%-]{1,255}$`)

// sound is a lifetime that no rule reports, in milliseconds, with the variable that wins over it; 0 for others.
func sound(n *xmltree.Node, least, most int64) (ms int64, ref string) {
	ref, _ = n.Attr("ref")
	ms, err := strconv.ParseInt(strings.TrimSpace(n.String()), 10, 64)
	if err != nil || ms < least || most > 0 && ms > most || ms%60_000 != 0 {
		return 0, ref
	}
	return ms, ref
}

// addRefresh are the repairs that make a policy which refreshes what the neighbour issues, and let it run beside that one.
func (s *subject) addRefresh(n neighbour) []repair {
	issuer := n.name()
	says := fmt.Sprintf("Add an OAuthV2 policy that refreshes what %q issues, and attach it beside it for grant type refresh_token.", issuer)
	if n.policy.Root.Child("GenerateResponse") == nil {
		says += fmt.Sprintf(" It writes the token response itself; where other policies build that of %q from its variables, they have to read the variables of the new one too.", issuer)
	}
	add := func(variable string, attach attachment) func(*draft) error {
		return func(d *draft) error {
			name, err := n.refreshPolicy(d, variable, s.prover)
			if err != nil {
				return err
			}
			return attach(d, name)
		}
	}
	return n.repairs(says, n.variables(), nil, add)
}

// attachment lets a policy run beside a neighbour.
type attachment func(d *draft, policy string) error

// repairs are the ways to let a refresh policy run beside the neighbour, the first without anything around it being changed. edit makes
// the policy, which finds the grant type in one of some variables, if it has to be made, and attaches it.
func (n neighbour) repairs(says string, variables []string, instead *finding.Hop, edit func(variable string, attach attachment) func(*draft) error) []repair {
	var out []repair
	for _, variable := range variables {
		add := func(says string, attach attachment) {
			out = append(out, repair{says: says, in: n.in, edit: edit(variable, attach)})
		}
		for _, at := range []side{insertAfter, insertBefore} {
			add(says, func(d *draft, policy string) error { return n.attach(d, policy, variable, at, instead) })
		}
		for _, h := range n.path {
			if h.Kind == n.in.Kind && h.Name == n.in.Name {
				n.aroundHop(h, says, variable, add)
			}
		}
	}
	return out
}

// aroundHop are the ways that change something around the neighbour's step: a flow of its own for the refresh policy, or another
// condition.
func (n neighbour) aroundHop(h finding.Hop, says, variable string, add func(says string, attach attachment)) {
	switch h.What {
	case finding.HopFlow:
		add(fmt.Sprintf("%s It gets a flow of its own in front of %s.", says, h.Unconditional()),
			func(d *draft, policy string) error { return n.attachFlow(d, h, policy, variable, false) })
		add(says+" It gets a flow of its own in front of all others.",
			func(d *draft, policy string) error { return n.attachFlow(d, h, policy, variable, true) })
	case finding.HopStep, finding.HopFaultRule:
		if possible(h.Condition, isRefresh(variable)) {
			return
		}
		add(fmt.Sprintf("%s %s lets refresh requests past.", says, sentenceCase(h.Unconditional())), func(d *draft, policy string) error {
			if err := d.widen(h, variable); err != nil { // first: what stands before a step does not move when the step is changed
				return err
			}
			return n.attach(d, policy, variable, insertAfter, nil)
		})
	}
}

// widen lets refresh requests past a step or fault rule too.
func (d *draft) widen(h finding.Hop, variable string) error {
	_, n, err := d.at(h.File, h.Place)
	if err != nil {
		return err
	}
	return d.setCondition(h.File, h.Place, policyxml.Or(conditionOf(n), isRefresh(variable)))
}
