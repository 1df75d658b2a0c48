package audit_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// The oracle of the walk is an interpreter that runs small random proxies on concrete requests, in the order in which
// Apigee's documentation runs them, and compares what ran with what the audit calls dead. Its files:
//
//	oracle_model_test.go      the proxies it runs, as plain data
//	oracle_condition_test.go  conditions on concrete values
//	oracle_machine_test.go    the run of one request
//	oracle_requests_test.go   all requests that can make a difference, one after the other
//	oracle_generate_test.go   random proxies
//	oracle_emit_test.go       the same proxies as bundles
//	oracle_shrink_test.go     smaller proxies, for reports
//	oracle_door_test.go       the one place that asks the audit
//	oracle_test.go            the properties
//	oracle_fix_read_test.go   proxies read back from bundles, once something has edited them
//	oracle_fix_test.go        the properties of fixes
//
// Beside it, walk_cases_test.go states by hand what single proxies do, among them the smallest that the oracle has found.
//
// The first seven and the reader import the standard library only, so that the oracle cannot repeat a mistake of what it
// judges; TestOracleStandsAlone keeps it so.

// modelOrg is an organization with one proxy, the shared flows it may call, and environments that have both.
type modelOrg struct {
	Proxy        *modelBundle
	Shared       []*modelBundle // every revision of every shared flow
	Environments []*modelEnv
	Properties   map[string]string // the property set "app" of the proxy's bundle
}

// modelEnv is one environment. The proxy is deployed in each.
type modelEnv struct {
	Name   string
	Shared map[string]string // shared flow → the revision deployed here
	Hooks  map[string]string // hook point → shared flow
}

// modelBundle is a proxy, with endpoints and targets, or a shared flow, with steps.
type modelBundle struct {
	Name, Number string
	Policies     []*modelPolicy
	Endpoints    []*modelEndpoint
	Targets      []*modelEndpoint
	Steps        []*modelStep
}

// modelEndpoint is a proxy or a target endpoint; only the former has routes and a PostClientFlow.
type modelEndpoint struct {
	Name         string
	Pre, Post    modelFlow
	Flows        []*modelFlow
	FaultRules   []*modelRule
	DefaultFault *modelRule
	Routes       []*modelRoute
	PostClient   []*modelStep
}

type modelFlow struct {
	Name              string
	Cond              *modelCond
	Request, Response []*modelStep
}

type modelStep struct {
	Policy string
	Cond   *modelCond
}

type modelRule struct {
	Name   string
	Cond   *modelCond
	Steps  []*modelStep
	Always bool // AlwaysEnforce of a DefaultFaultRule
}

// modelRoute leads to a target endpoint, to a URL, or with neither nowhere.
type modelRoute struct {
	Name   string
	Cond   *modelCond
	Target string
	URL    bool
}

// kind is what a policy does.
type kind string

const (
	kindIssue   kind = "issue"   // OAuthV2 GenerateAccessToken
	kindRefresh kind = "refresh" // OAuthV2 RefreshAccessToken
	kindProbe   kind = "probe"   // OAuthV2 InvalidateToken: runs for every grant
	kindVerify  kind = "verify"  // OAuthV2 VerifyAccessToken
	kindRaise   kind = "raise"   // RaiseFault
	kindCall    kind = "call"    // FlowCallout
	kindAssign  kind = "assign"  // AssignMessage: AssignVariable, or Set of a parameter or header
	kindRemove  kind = "remove"  // AssignMessage: Remove of a parameter or header
	kindExtract kind = "extract" // ExtractVariables
	kindScript  kind = "script"  // Javascript
	kindLookup  kind = "lookup"  // KeyValueMapOperations: a value nobody knows
)

type modelPolicy struct {
	Name     string
	Kind     kind
	Disabled bool
	Soft     bool // continueOnError
	Lax      bool // lets refresh tokens live on: without an end, when used, when their access token is revoked; it runs as the others do

	Grants    []string // SupportedGrantTypes
	GrantType string   // the variable of GrantType, "" for the default

	To    string  // the variable that is written
	From  string  // the variable it comes from, "" for none
	Value *string // a literal; with From the fallback

	SharedFlow string
	Parameters []*modelParameter
	Bare       bool // AssignMessage without AssignTo
}

type modelParameter struct {
	Name, From string
	Value      *string
}

// modelCond is a node of a condition; nil is no condition, which is true.
type modelCond struct {
	Op   string // "and", "or", "not", "true", "false", or one of the comparisons
	Kids []*modelCond

	// A comparison has a variable or a number on the left; on the right a string, null, a number or a variable.
	Variable string
	Number   string // an unquoted literal on the left instead of a variable
	Right    string
	RightAs  operandKind
	Style    int // how it is spelled, see emit
}

type operandKind int

const (
	asString operandKind = iota
	asNull
	asNumber
	asVariable
)

// Comparisons, spelled with symbols.
const (
	opEqual       = "="
	opNotEqual    = "!="
	opEqualFold   = ":="
	opStartsWith  = "=|"
	opMatches     = "~"
	opJavaRegex   = "~~"
	opMatchesPath = "~/"
	opLess        = "<"
	opAtLeast     = ">="
)

func (b *modelBundle) policy(name string) *modelPolicy {
	i := slices.IndexFunc(b.Policies, func(p *modelPolicy) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return b.Policies[i]
}

// shared finds what is deployed of a shared flow in an environment, nil when nothing is.
func (o *modelOrg) shared(e *modelEnv, name string) *modelBundle {
	for _, b := range o.Shared {
		if b.Name == name && b.Number == e.Shared[name] {
			return b
		}
	}
	return nil
}

// deployed reports whether a shared flow is deployed in any environment.
func (o *modelOrg) deployed(name string) bool {
	return slices.ContainsFunc(o.Environments, func(e *modelEnv) bool { return o.shared(e, name) != nil })
}

func (o *modelOrg) bundles() []*modelBundle { return append([]*modelBundle{o.Proxy}, o.Shared...) }

// clone copies an organization; it is data and nothing else.
func (o *modelOrg) clone() *modelOrg {
	data, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	out := &modelOrg{}
	if err := json.Unmarshal(data, out); err != nil {
		panic(err)
	}
	return out
}

// stepLists gives every list of steps of a bundle.
func (b *modelBundle) stepLists() []*[]*modelStep {
	out := []*[]*modelStep{&b.Steps}
	for _, e := range slices.Concat(b.Endpoints, b.Targets) {
		flows := append([]*modelFlow{&e.Pre, &e.Post}, e.Flows...)
		for _, f := range flows {
			out = append(out, &f.Request, &f.Response)
		}
		for _, r := range e.rules() {
			out = append(out, &r.Steps)
		}
		out = append(out, &e.PostClient)
	}
	return out
}

func (e *modelEndpoint) rules() []*modelRule {
	rules := slices.Clone(e.FaultRules)
	if e.DefaultFault != nil {
		rules = append(rules, e.DefaultFault)
	}
	return rules
}

// conditions gives the place of every condition of a bundle.
func (b *modelBundle) conditions() []**modelCond {
	var out []**modelCond
	for _, e := range slices.Concat(b.Endpoints, b.Targets) {
		for _, f := range e.Flows {
			out = append(out, &f.Cond)
		}
		for _, r := range e.rules() {
			out = append(out, &r.Cond)
		}
		for _, r := range e.Routes {
			out = append(out, &r.Cond)
		}
	}
	for _, list := range b.stepLists() {
		for _, s := range *list {
			out = append(out, &s.Cond)
		}
	}
	return out
}

// each calls visit for a condition and everything below it.
func (c *modelCond) each(visit func(*modelCond)) {
	if c == nil {
		return
	}
	visit(c)
	for _, k := range c.Kids {
		k.each(visit)
	}
}

// writes lists the variables that a policy may set, those of a called shared flow aside.
func (p *modelPolicy) writes() []string {
	switch p.Kind {
	case kindAssign, kindRemove, kindExtract, kindScript, kindLookup:
		return []string{p.To}
	case kindVerify:
		return verified()
	case kindCall:
		var out []string
		for _, q := range p.Parameters {
			out = append(out, q.Name)
		}
		return out
	}
	return nil
}

// verified are the variables that VerifyAccessToken sets without a prefix, as far as the model uses them.
// Source: OAuthV2 policy reference, flow variables of VerifyAccessToken.
func verified() []string { return []string{"scope", "grant_type"} }

// String is the condition as it stands in the bundle.
func (c *modelCond) String() string {
	if c == nil {
		return ""
	}
	switch c.Op {
	case "true", "false":
		return c.Op
	case "not":
		return spelling(c.Style, "not ", "!", "NOT ") + "(" + c.Kids[0].String() + ")"
	case "and", "or":
		parts := make([]string, len(c.Kids))
		for i, k := range c.Kids {
			parts[i] = k.String()
			if c.Op == "and" && k.Op == "or" || c.Style%2 == 1 && len(k.Kids) > 1 {
				parts[i] = "(" + parts[i] + ")"
			}
		}
		if c.Op == "and" {
			return strings.Join(parts, spelling(c.Style, " and ", " && ", " AND "))
		}
		return strings.Join(parts, spelling(c.Style, " or ", " || ", " OR "))
	}
	left := c.Variable
	if c.Number != "" {
		left = c.Number
	}
	return left + " " + c.operator() + " " + c.right()
}

func (c *modelCond) right() string {
	switch c.RightAs {
	case asNull:
		return "null"
	case asString:
		return `"` + c.Right + `"`
	}
	return c.Right
}

func (c *modelCond) operator() string {
	switch c.Op {
	case opEqual:
		return spelling(c.Style, "=", "Equals", "==")
	case opNotEqual:
		return spelling(c.Style, "!=", "NotEquals", "IsNot")
	case opEqualFold:
		return spelling(c.Style, ":=", "EqualsCaseInsensitive", ":=")
	case opStartsWith:
		return spelling(c.Style, "=|", "StartsWith", "=|")
	case opMatches:
		return spelling(c.Style, "~", "Matches", "Like")
	case opJavaRegex:
		return spelling(c.Style, "~~", "JavaRegex", "~~")
	case opMatchesPath:
		return spelling(c.Style, "~/", "MatchesPath", "LikePath")
	case opLess:
		return spelling(c.Style, "<", "LesserThan", "<")
	case opAtLeast:
		return spelling(c.Style, ">=", "GreaterThanOrEquals", ">=")
	}
	panic(fmt.Sprintf("no operator %q", c.Op))
}

func spelling(style int, ways ...string) string { return ways[style%len(ways)] }
