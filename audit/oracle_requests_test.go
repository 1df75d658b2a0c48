package audit_test

import (
	"regexp"
	"slices"
	"strings"
)

// choices is a path through a tree whose branches are asked for one after the other.
type choices struct {
	path, width []int
	at          int
	random      func(n int) int // beyond the path; nil takes the first branch
}

// choose picks one of n branches.
func (c *choices) choose(n int) int {
	if n < 2 {
		return 0
	}
	if c.at == len(c.path) {
		pick := 0
		if c.random != nil {
			pick = c.random(n)
		}
		c.path, c.width = append(c.path, pick), append(c.width, n)
	}
	c.at++
	return c.path[c.at-1]
}

// next moves to the next path in order; false when all have been taken.
func (c *choices) next() bool {
	c.at = 0
	for i := len(c.path) - 1; i >= 0; i-- {
		if c.path[i]++; c.path[i] < c.width[i] {
			c.path, c.width = c.path[:i+1], c.width[:i+1]
			return true
		}
	}
	return false
}

// outcome is what an organization's proxy can do in one environment.
type outcome struct {
	ran    map[ran]bool
	served map[ran]map[string]bool
	ways   map[ran][]int // one run for each policy that ran
	grants map[ran]map[string][]int
	whole  bool // all choices were tried

	requests int
}

// explore sends every request that can make a difference, up to a number of them, then as many of random ones.
func explore(org *modelOrg, env *modelEnv, demanded bool, most int, random func(int) int) *outcome {
	o := &outcome{ran: map[ran]bool{}, served: map[ran]map[string]bool{}, ways: map[ran][]int{}, grants: map[ran]map[string][]int{}}
	c, d := &choices{}, readDomains(org)
	for ; o.requests < most; o.requests++ {
		o.add(c, once(org, env, d, c, demanded))
		if !c.next() {
			o.whole = true
			return o
		}
	}
	for range most / 4 {
		c = &choices{random: random}
		o.add(c, once(org, env, d, c, demanded))
	}
	return o
}

func newMachine(org *modelOrg, env *modelEnv, d *domains, c *choices) *machine {
	return &machine{org: org, env: env, domains: d, choices: c, ran: map[ran]bool{}, served: map[ran]map[string]bool{}, refused: map[ran]bool{}}
}

func once(org *modelOrg, env *modelEnv, d *domains, c *choices, demanded bool) *machine {
	m := newMachine(org, env, d, c)
	m.demanded = demanded
	m.run()
	return m
}

func (o *outcome) add(c *choices, m *machine) {
	for id := range m.ran {
		if !o.ran[id] {
			o.ran[id], o.ways[id] = true, slices.Clone(c.path)
		}
	}
	for id, grants := range m.served {
		for g := range grants {
			if o.served[id] == nil {
				o.served[id], o.grants[id] = map[string]bool{}, map[string][]int{}
			}
			if !o.served[id][g] {
				o.served[id][g], o.grants[id][g] = true, slices.Clone(c.path)
			}
		}
	}
}

// replay runs one path again and tells what happened.
func replay(org *modelOrg, env *modelEnv, path []int, demanded bool) []string {
	m := newMachine(org, env, readDomains(org), &choices{path: path, width: path})
	m.demanded, m.tracing = demanded, true
	m.run()
	return m.trace
}

// domains are the values that a variable can have when nothing in the proxy has set it: those that the proxy speaks of
// for variables of its class, one that it does not, and null.
type domains struct {
	values     map[class][]value
	variables  map[string]bool // that conditions read
	faultsShow bool            // whether anything can run after a fault, so that it matters whether one happens
	patterns   map[string]*regexp.Regexp
}

// class is a set of variables that values travel between.
type class string

const (
	classGrant  class = "grant"
	classMode   class = "mode"
	classVerb   class = "verb"
	classPath   class = "path"
	classStatus class = "status"
	classFault  class = "fault"
	classNumber class = "number"
	// classConstant variables have their one value; what they are compared with matters to no other.
	classConstant class = "constant"
)

func classOf(variable string) class {
	switch {
	case variable == faultName:
		return classFault
	case strings.HasSuffix(variable, "grant_type") || variable == "oauth.grant":
		return classGrant
	case strings.HasSuffix(variable, ".verb"):
		return classVerb
	case variable == "proxy.pathsuffix":
		return classPath
	case strings.HasSuffix(variable, "status.code"):
		return classStatus
	case variable == "request.queryparam.n":
		return classNumber
	case strings.HasSuffix(variable, ".name") || strings.HasPrefix(variable, "propertyset."):
		return classConstant
	}
	return classMode
}

func readDomains(org *modelOrg) *domains {
	d := &domains{values: map[class][]value{}, variables: map[string]bool{}, patterns: map[string]*regexp.Regexp{}}
	add := func(c class, list ...string) {
		for _, s := range list {
			if !slices.Contains(d.values[c], text(s)) {
				d.values[c] = append(d.values[c], text(s))
			}
		}
	}
	for _, b := range org.bundles() {
		for _, at := range b.conditions() {
			(*at).each(func(c *modelCond) {
				if c.Variable == "" {
					return
				}
				d.variables[c.Variable] = true
				if c.RightAs == asString || c.RightAs == asNumber {
					add(classOf(c.Variable), samples(c.Op, c.Right)...)
				}
			})
		}
		for _, p := range b.Policies {
			switch p.Kind {
			case kindIssue:
				add(classGrant, p.accepted()...)
			case kindRefresh:
				add(classGrant, "refresh_token")
			}
			if p.Value != nil {
				add(classOf(p.To), *p.Value)
			}
			for _, q := range p.Parameters {
				if q.Value != nil {
					add(classOf(q.Name), *q.Value)
				}
			}
			d.faultsShow = d.faultsShow || p.Soft
		}
		for _, e := range slices.Concat(b.Endpoints, b.Targets) {
			d.faultsShow = d.faultsShow || len(e.rules()) > 0
		}
	}
	for _, e := range org.Environments {
		d.faultsShow = d.faultsShow || len(e.Hooks) > 0
	}
	for c, fresh := range map[class]string{
		classGrant: "urn:other", classMode: "other", classVerb: "PUT", classPath: "/other", classStatus: "204", classFault: "Other", classNumber: "7", classConstant: "other",
	} {
		add(c, fresh)
	}
	add(classPath, "")
	for _, c := range []class{classGrant, classMode, classFault, classNumber, classConstant} { // the others are never null
		d.values[c] = append([]value{{}}, d.values[c]...)
	}
	return d
}

func (d *domains) of(variable string) []value { return d.values[classOf(variable)] }

// asksFor reports whether some condition reads a variable.
func (d *domains) asksFor(variable string) bool { return d.variables[variable] }

// samples are values on both sides of a comparison with a literal.
func samples(op, literal string) []string {
	switch op {
	case opEqualFold:
		return []string{literal, strings.ToUpper(literal)}
	case opStartsWith:
		return []string{literal, literal + "x"}
	case opMatches:
		return []string{strings.ReplaceAll(literal, "*", ""), strings.ReplaceAll(literal, "*", "x")}
	case opJavaRegex:
		return regexSamples(literal)
	case opMatchesPath:
		one := strings.NewReplacer("**", "x", "*", "x").Replace(literal)
		list := []string{one}
		if strings.Contains(literal, "**") {
			list = append(list, strings.ReplaceAll(literal, "**", "x/x"))
		}
		return append(list, one+"/")
	case opLess, opAtLeast:
		return []string{literal, "1"}
	}
	return []string{literal}
}

// regexSamples are values that match an alternation wholly, and in part.
func regexSamples(pattern string) []string {
	parts := strings.Split(strings.Trim(pattern, "^$()"), "|")
	return append(parts, "x"+parts[0])
}
