package audit_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
)

// The oracle of the fixes reads bundles back into the model after something has edited them. It knows what emit writes and what a
// fix may add to that, and takes anything else for a mistake: what it skipped, it could not hold anybody to.

// element is an element of XML with everything in it.
type element struct {
	name  string
	attrs map[string]string
	kids  []*element
	text  string // of its own, without the white space around it
}

func parseElement(text string) (*element, error) {
	d := xml.NewDecoder(strings.NewReader(text))
	var open []*element
	var root *element
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := &element{name: token.Name.Local, attrs: map[string]string{}}
			for _, a := range token.Attr {
				if _, twice := e.attrs[a.Name.Local]; twice {
					return nil, fmt.Errorf("%s has two attributes %s", e.name, a.Name.Local)
				}
				e.attrs[a.Name.Local] = a.Value
			}
			switch {
			case len(open) > 0:
				open[len(open)-1].kids = append(open[len(open)-1].kids, e)
			case root != nil:
				return nil, errors.New("two root elements")
			default:
				root = e
			}
			open = append(open, e)
		case xml.EndElement:
			open[len(open)-1].text = strings.TrimSpace(open[len(open)-1].text)
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 {
				open[len(open)-1].text += string(token)
			} else if strings.TrimSpace(string(token)) != "" {
				return nil, errors.New("text outside of the root element")
			}
		}
	}
	if root == nil {
		return nil, errors.New("no element")
	}
	return root, nil
}

// reader reads one bundle. The first thing that it does not know is its error; it goes on with what it can make of the rest.
type reader struct {
	bundle *modelBundle
	file   string
	err    error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%s/%s: %s", r.bundle.Name, r.file, fmt.Sprintf(format, args...))
	}
}

// only fails for children and attributes that are not among those, and for text beside children.
func (r *reader) only(e *element, attrs, kids string) {
	for name := range e.attrs {
		if !slices.Contains(strings.Fields(attrs), name) {
			r.fail("%s has an attribute %s", e.name, name)
		}
	}
	for _, k := range e.kids {
		if !slices.Contains(strings.Fields(kids), k.name) {
			r.fail("%s has a child %s", e.name, k.name)
		}
	}
	if e.text != "" && len(e.kids) > 0 {
		r.fail("%s has text between its children: %q", e.name, e.text)
	}
}

// one is the child of a name, nil for none.
func (r *reader) one(e *element, name string) *element {
	var found *element
	for _, k := range e.kids {
		if k.name != name {
			continue
		}
		if found != nil {
			r.fail("%s has two children %s", e.name, name)
		}
		found = k
	}
	return found
}

// leaf is the text of a child that has nothing but text, "" where it is not there.
func (r *reader) leaf(e *element, name string) string {
	k := r.one(e, name)
	if k == nil {
		return ""
	}
	r.only(k, "", "")
	return k.text
}

// readOrg is an organization with the bundles that these files make, deployed as they were.
func readOrg(o *modelOrg, files []emitted) (*modelOrg, error) {
	out := &modelOrg{Environments: o.clone().Environments}
	for _, e := range files {
		r := &reader{bundle: &modelBundle{Name: e.Name, Number: e.Number}}
		set := r.read(e.Files)
		if r.err != nil {
			return nil, r.err
		}
		if e.Shared {
			out.Shared = append(out.Shared, r.bundle)
		} else {
			out.Proxy, out.Properties = r.bundle, set
		}
	}
	return out, nil
}

// read reads all files of a bundle, in the order of their names, and returns its property set.
func (r *reader) read(files map[string]string) (set map[string]string) {
	scripts := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		r.file = name
		folder, text := path.Base(path.Dir(name)), files[name]
		switch folder {
		case "jsc":
			scripts[path.Base(name)] = text
			continue
		case "properties":
			set = map[string]string{}
			for line := range strings.Lines(text) {
				k, v, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
				if !ok {
					r.fail("not a property: %q", line)
				}
				set[k] = v
			}
			continue
		}
		e, err := parseElement(text)
		if err != nil {
			r.fail("%v", err)
			return nil
		}
		switch {
		case folder == "policies":
			p := r.policy(e)
			if r.bundle.policy(p.Name) != nil {
				r.fail("a second policy %s", p.Name)
			}
			r.bundle.Policies = append(r.bundle.Policies, p)
		case folder == "proxies" && e.name == "ProxyEndpoint":
			r.bundle.Endpoints = append(r.bundle.Endpoints, r.endpoint(e, "PostClientFlow HTTPProxyConnection RouteRule"))
		case folder == "targets" && e.name == "TargetEndpoint":
			r.bundle.Targets = append(r.bundle.Targets, r.endpoint(e, "HTTPTargetConnection"))
		case folder == "sharedflows" && e.name == "SharedFlow":
			r.only(e, "name", "Step")
			r.bundle.Steps = r.steps(e)
		default:
			r.fail("a %s in %s", e.name, folder)
		}
	}
	r.link(scripts)
	return set
}

// link looks up what policies and steps name.
func (r *reader) link(scripts map[string]string) {
	for _, p := range r.bundle.Policies {
		if p.Kind != kindScript {
			continue
		}
		var to, value string
		if _, err := fmt.Sscanf(scripts[p.To], "context.setVariable(%q, %q);", &to, &value); err != nil {
			r.fail("the script of %s: %v", p.Name, err)
		}
		p.To, p.Value = to, &value
	}
	for _, list := range r.bundle.stepLists() {
		for _, s := range *list {
			if r.bundle.policy(s.Policy) == nil {
				r.fail("a step names %q, and no policy has that name", s.Policy)
			}
		}
	}
}

func (r *reader) endpoint(e *element, more string) *modelEndpoint {
	r.only(e, "name", "PreFlow Flows PostFlow FaultRules DefaultFaultRule "+more)
	out := &modelEndpoint{Name: e.attrs["name"]}
	if f := r.one(e, "PreFlow"); f != nil {
		out.Pre = *r.flow(f)
		out.Pre.Name = ""
	}
	if f := r.one(e, "PostFlow"); f != nil {
		out.Post = *r.flow(f)
		out.Post.Name = ""
	}
	if f := r.one(e, "PostClientFlow"); f != nil {
		out.PostClient = r.flow(f).Response
	}
	if all := r.one(e, "Flows"); all != nil {
		r.only(all, "", "Flow")
		for _, f := range all.kids {
			out.Flows = append(out.Flows, r.flow(f))
		}
	}
	if all := r.one(e, "FaultRules"); all != nil {
		r.only(all, "", "FaultRule")
		for _, x := range all.kids {
			r.only(x, "name", "Condition Step")
			out.FaultRules = append(out.FaultRules, &modelRule{Name: x.attrs["name"], Cond: r.condition(x), Steps: r.steps(x)})
		}
	}
	if x := r.one(e, "DefaultFaultRule"); x != nil {
		r.only(x, "name", "Condition Step AlwaysEnforce")
		out.DefaultFault = &modelRule{Name: x.attrs["name"], Cond: r.condition(x), Steps: r.steps(x), Always: r.leaf(x, "AlwaysEnforce") == "true"}
	}
	for _, x := range e.kids {
		if x.name != "RouteRule" {
			continue
		}
		r.only(x, "name", "Condition TargetEndpoint URL")
		out.Routes = append(out.Routes, &modelRoute{
			Name: x.attrs["name"], Cond: r.condition(x), Target: r.leaf(x, "TargetEndpoint"), URL: r.one(x, "URL") != nil,
		})
	}
	return out
}

func (r *reader) flow(e *element) *modelFlow {
	r.only(e, "name", "Condition Request Response")
	out := &modelFlow{Name: e.attrs["name"], Cond: r.condition(e)}
	if k := r.one(e, "Request"); k != nil {
		r.only(k, "", "Step")
		out.Request = r.steps(k)
	}
	if k := r.one(e, "Response"); k != nil {
		r.only(k, "", "Step")
		out.Response = r.steps(k)
	}
	return out
}

func (r *reader) steps(e *element) []*modelStep {
	var out []*modelStep
	for _, k := range e.kids {
		if k.name != "Step" {
			continue
		}
		r.only(k, "", "Name Condition")
		out = append(out, &modelStep{Policy: r.leaf(k, "Name"), Cond: r.condition(k)})
	}
	return out
}

// condition is that of a flow, step, rule or route; an empty one is none.
func (r *reader) condition(e *element) *modelCond {
	text := r.leaf(e, "Condition")
	if text == "" {
		return nil
	}
	c, err := parseCondition(text)
	if err != nil {
		r.fail("%v", err)
	}
	return c
}

func (r *reader) policy(e *element) *modelPolicy {
	p := &modelPolicy{Name: e.attrs["name"], Disabled: e.attrs["enabled"] == "false", Soft: e.attrs["continueOnError"] == "true"}
	attrs := "name enabled continueOnError"
	switch e.name {
	case "OAuthV2":
		r.token(e, p)
	case "RaiseFault":
		r.only(e, attrs, "FaultResponse")
		p.Kind = kindRaise
	case "FlowCallout":
		r.only(e, attrs, "SharedFlowBundle Parameters")
		p.Kind, p.SharedFlow = kindCall, r.leaf(e, "SharedFlowBundle")
		if all := r.one(e, "Parameters"); all != nil {
			r.only(all, "", "Parameter")
			for _, k := range all.kids {
				r.only(k, "name ref", "")
				p.Parameters = append(p.Parameters, &modelParameter{Name: k.attrs["name"], From: k.attrs["ref"], Value: given(k)})
			}
		}
	case "Javascript":
		r.only(e, attrs, "ResourceURL")
		p.Kind, p.To = kindScript, strings.TrimPrefix(r.leaf(e, "ResourceURL"), "jsc://")
	case "KeyValueMapOperations":
		r.only(e, attrs, "Get")
		p.Kind, p.To = kindLookup, r.need(e, "Get").attrs["assignTo"]
	case "ExtractVariables":
		r.only(e, attrs, "Source FormParam QueryParam Header")
		part := e.kids[len(e.kids)-1]
		p.Kind, p.From = kindExtract, r.leaf(e, "Source")+"."+messageParts()[part.name]+"."+part.attrs["name"]
		p.To = strings.Trim(r.leaf(part, "Pattern"), "{}")
	case "AssignMessage":
		r.only(e, attrs, "AssignVariable Set Remove IgnoreUnresolvedVariables AssignTo")
		r.assignment(e, p)
	default:
		r.fail("a policy of type %s", e.name)
	}
	if p.Name == "" {
		r.fail("a policy without a name")
	}
	return p
}

// need is a child that has to be there.
func (r *reader) need(e *element, name string) *element {
	k := r.one(e, name)
	if k == nil {
		r.fail("%s has no %s", e.name, name)
		return &element{}
	}
	return k
}

// given is the text of an element, nil where it has none.
func given(e *element) *string {
	if e == nil || e.text == "" {
		return nil
	}
	return &e.text
}

// token reads an OAuthV2 policy. How long tokens live and whether they are replaced changes nothing about what runs.
func (r *reader) token(e *element, p *modelPolicy) {
	const attrs, lifetimes = "name enabled continueOnError", " ExpiresIn RefreshTokenExpiresIn"
	switch operation := r.leaf(e, "Operation"); operation {
	case "GenerateAccessToken":
		r.only(e, attrs, "Operation SupportedGrantTypes GrantType GenerateResponse"+lifetimes)
		p.Kind = kindIssue
		if all := r.one(e, "SupportedGrantTypes"); all != nil {
			r.only(all, "", "GrantType")
			for _, k := range all.kids {
				p.Grants = append(p.Grants, k.text)
			}
		}
		p.GrantType = r.leaf(e, "GrantType")
	case "RefreshAccessToken":
		r.only(e, attrs, "Operation GrantType RefreshToken ReuseRefreshToken GenerateResponse"+lifetimes)
		p.Kind, p.GrantType = kindRefresh, r.leaf(e, "GrantType")
		if from := r.leaf(e, "RefreshToken"); from != "" && from != "request.formparam.refresh_token" {
			r.fail("the refresh token is taken from %s, where the model's clients do not send it", from)
		}
	case "InvalidateToken":
		r.only(e, attrs, "Operation Tokens")
		p.Kind = kindProbe
	case "VerifyAccessToken":
		r.only(e, attrs, "Operation")
		p.Kind = kindVerify
	default:
		r.fail("operation %q", operation)
	}
}

func messageParts() map[string]string {
	return map[string]string{"FormParam": "formparam", "QueryParam": "queryparam", "Header": "header"}
}

func (r *reader) assignment(e *element, p *modelPolicy) {
	p.Kind = kindAssign
	if v := r.one(e, "AssignVariable"); v != nil {
		r.only(v, "", "Name Value Ref")
		p.To, p.From, p.Value = r.leaf(v, "Name"), r.leaf(v, "Ref"), given(r.one(v, "Value"))
		return
	}
	verb := r.one(e, "Set")
	if verb == nil {
		verb, p.Kind = r.need(e, "Remove"), kindRemove
	}
	if len(verb.kids) != 1 || len(verb.kids[0].kids) != 1 {
		r.fail("%s of other than one part of a message", verb.name)
		return
	}
	part := verb.kids[0].kids[0]
	r.only(part, "name", "")
	message := "request"
	if to := r.one(e, "AssignTo"); to == nil {
		p.Bare = true
	} else {
		message = to.attrs["type"]
	}
	p.To = message + "." + messageParts()[part.name] + "." + part.attrs["name"]
	if inner, ok := strings.CutPrefix(part.text, "{"); ok {
		p.From = strings.TrimSuffix(inner, "}")
	} else {
		p.Value = given(part)
	}
}

// parseCondition reads a condition: the words of the language, in the order in which they bind.
func parseCondition(text string) (*modelCond, error) {
	words, err := conditionWords(text)
	if err != nil {
		return nil, fmt.Errorf("condition %s: %w", text, err)
	}
	p := &conditionParser{words: words}
	c := p.either()
	if p.err == nil && len(p.words) > 0 {
		p.err = fmt.Errorf("%q is left over", p.words[0])
	}
	if p.err != nil {
		return nil, fmt.Errorf("condition %s: %w", text, p.err)
	}
	return c, nil
}

// conditionWords cuts a condition into words; strings keep their first quotation mark.
func conditionWords(text string) (out []string, err error) {
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		n := 1
		switch c := text[0]; {
		case c == '"':
			end := strings.IndexByte(text[1:], '"')
			if end < 0 {
				return nil, errors.New("a string has no end")
			}
			out, text = append(out, text[:end+1]), text[end+2:]
			continue
		case c == '(' || c == ')':
		case c == '!' && !strings.HasPrefix(text, "!="):
		default:
			for n < len(text) && !strings.ContainsRune("() \t\r\n\"", rune(text[n])) {
				n++
			}
		}
		out, text = append(out, text[:n]), text[n:]
	}
	return out, nil
}

type conditionParser struct {
	words []string
	err   error
}

func (p *conditionParser) peek() string {
	if len(p.words) == 0 {
		return ""
	}
	return p.words[0]
}

func (p *conditionParser) next() string {
	w := p.peek()
	if w == "" {
		if p.err == nil {
			p.err = errors.New("it ends too soon")
		}
		return ""
	}
	p.words = p.words[1:]
	return w
}

func (p *conditionParser) either() *modelCond { return p.list("or", "||", p.all) }
func (p *conditionParser) all() *modelCond    { return p.list("and", "&&", p.term) }

func (p *conditionParser) list(op, symbol string, part func() *modelCond) *modelCond {
	kids := []*modelCond{part()}
	for strings.EqualFold(p.peek(), op) || p.peek() == symbol {
		p.next()
		kids = append(kids, part())
	}
	if len(kids) == 1 {
		return kids[0]
	}
	return &modelCond{Op: op, Kids: kids}
}

func (p *conditionParser) term() *modelCond {
	switch w := p.next(); {
	case w == "!" || strings.EqualFold(w, "not"):
		return &modelCond{Op: "not", Kids: []*modelCond{p.term()}}
	case w == "(":
		c := p.either()
		if end := p.next(); end != ")" && p.err == nil {
			p.err = fmt.Errorf("%q where a parenthesis should close", end)
		}
		return c
	case w == "true" || w == "false":
		return &modelCond{Op: w}
	default:
		return p.comparison(w)
	}
}

func (p *conditionParser) comparison(left string) *modelCond {
	operator := p.next()
	c := &modelCond{Op: map[string]string{
		"=": opEqual, "==": opEqual, "equals": opEqual,
		"!=": opNotEqual, "notequals": opNotEqual, "isnot": opNotEqual,
		":=": opEqualFold, "equalscaseinsensitive": opEqualFold,
		"=|": opStartsWith, "startswith": opStartsWith,
		"~": opMatches, "matches": opMatches, "like": opMatches,
		"~~": opJavaRegex, "javaregex": opJavaRegex,
		"~/": opMatchesPath, "matchespath": opMatchesPath, "likepath": opMatchesPath,
		"<": opLess, "lesserthan": opLess,
		">=": opAtLeast, "greaterthanorequals": opAtLeast,
	}[strings.ToLower(operator)]}
	if c.Op == "" && p.err == nil {
		p.err = fmt.Errorf("no operator: %q", operator)
	}
	digits := func(s string) bool { return strings.Trim(s, "0123456789") == "" }
	if digits(left) {
		c.Number = left
	} else {
		c.Variable = left
	}
	switch right := p.next(); {
	case right == "null":
		c.RightAs = asNull
	case strings.HasPrefix(right, `"`):
		c.Right = right[1:]
	case digits(right):
		c.RightAs, c.Right = asNumber, right
	default:
		c.RightAs, c.Right = asVariable, right
	}
	return c
}
