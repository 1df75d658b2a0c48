package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// action is what a composite action's file says, and no more than is understood here: an unknown field is an error.
type action struct {
	folder string

	Name, Description string
	Branding          map[string]string
	Inputs            map[string]struct{ Description, Default string }
	Outputs           map[string]struct{ Description, Value string }
	Runs              struct {
		Using string
		Steps []step
	}
}

type step struct {
	ID, Name, If, Shell, Run, Uses string
	Env, With                      map[string]string
}

func readAction(folder string) (*action, error) {
	data, err := os.ReadFile(filepath.Join(folder, "action.yml"))
	if err != nil {
		return nil, err
	}
	a := &action{folder: folder}
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(a); err != nil {
		return nil, err
	}
	if a.Runs.Using != "composite" {
		return nil, fmt.Errorf("using: %s is not known here", a.Runs.Using)
	}
	for _, s := range a.Runs.Steps {
		if (s.Run == "") == (s.Uses == "") {
			return nil, fmt.Errorf("step %q has neither or both of run and uses", s.Name)
		}
		if s.Run != "" && s.Shell != "bash" {
			return nil, fmt.Errorf("step %q: shell %q is not known here", s.Name, s.Shell)
		}
		if strings.Contains(s.Run, "${{") {
			return nil, fmt.Errorf("step %q: an expression in run makes whatever it yields part of the script", s.Name)
		}
	}
	return a, nil
}

// values are what expressions can refer to.
type values map[string]string

var (
	expression = regexp.MustCompile(`^\$\{\{ (.*) \}\}$`)
	operand    = regexp.MustCompile(`^(inputs\.[a-z0-9-]+|github\.action_repository|steps\.[a-z]+\.outputs\.[a-z]+)$`)
	comparison = regexp.MustCompile(`^(\S+) (==|!=) '([^']*)'$`)
)

// text evaluates a value: either it is one expression, which names one thing, or it has none. Outputs that a step did not
// set are empty, as GitHub has it; inputs have to exist.
func (v values) text(s string) (string, error) {
	m := expression.FindStringSubmatch(s)
	if m == nil {
		if strings.Contains(s, "${{") {
			return "", fmt.Errorf("%q: expressions inside a text are not known here", s)
		}
		return s, nil
	}
	return v.operand(m[1])
}

func (v values) operand(name string) (string, error) {
	if !operand.MatchString(name) {
		return "", fmt.Errorf("%q is not known here", name)
	}
	value, ok := v[name]
	if !ok && !strings.HasPrefix(name, "steps.") {
		return "", fmt.Errorf("there is no %s", name)
	}
	return value, nil
}

// condition evaluates a step's if: terms joined by &&, each a comparison with a literal or !cancelled(). Without a function
// about the job's state, GitHub demands success first.
func (v values) condition(s string, failed bool) (bool, error) {
	if m := expression.FindStringSubmatch(s); m != nil {
		s = m[1]
	}
	holds := !failed
	if strings.Contains(s, "!cancelled()") {
		holds = true
	}
	if s == "" {
		return holds, nil
	}
	for term := range strings.SplitSeq(s, " && ") {
		if term == "!cancelled()" {
			continue
		}
		m := comparison.FindStringSubmatch(term)
		if m == nil {
			return false, fmt.Errorf("the condition %q is not known here", term)
		}
		value, err := v.operand(m[1])
		if err != nil {
			return false, err
		}
		// GitHub compares without regard to case.
		holds = holds && strings.EqualFold(value, m[3]) == (m[2] == "==")
	}
	return holds, nil
}
