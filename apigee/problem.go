package apigee

import (
	"fmt"
	"iter"
	"path"
	"strings"
)

// Problem is something that could not be looked at. It is neither a finding (the bundle may be fine) nor an error (the
// audit goes on), and it makes the audit incomplete.
//
// The same shape carries notices: things the audit understood and a person should know, which do not make it incomplete.
type Problem struct {
	Organization string `json:"organization,omitempty"`
	Environment  string `json:"environment,omitempty"` // several are joined by ", "
	// Environments are those that Environment joins, where it is about several; see [Problem.In].
	Environments []string `json:"environments,omitempty"`
	Kind         Kind     `json:"kind,omitempty"`
	Name         string   `json:"name,omitempty"`
	Revision     string   `json:"revision,omitempty"`
	Source       string   `json:"source,omitempty"` // where the bundle lies, for bundles on disk
	File         string   `json:"file,omitempty"`   // inside the bundle, "apiproxy/policies/X.xml"
	Line         int      `json:"line,omitempty"`   // 1-based, 0 when unknown
	Column       int      `json:"column,omitempty"`
	// Operation is what was being done: "list deployments", "download bundle", "read policy".
	Operation string `json:"operation"`
	// Error says why it failed and, where a person can act, what to do next. It never holds a secret.
	Error string `json:"error"`
	// Subjects are what the problem is about where that is many things which failed alike, such as all revisions that an
	// expired token kept from being read. None of them was looked at. Kind, Name, Revision and Environment are then empty.
	Subjects []Subject `json:"subjects,omitempty"`
}

// About is a problem with a bundle, or with something in it.
func (r Revision) About(p Problem) Problem {
	p.Kind, p.Name, p.Revision, p.Source = r.Kind, r.Name, r.Number, r.Root
	return p
}

// Subject is one of many things that a problem is about. Its fields are those of a problem.
type Subject struct {
	Environment  string   `json:"environment,omitempty"`
	Environments []string `json:"environments,omitempty"`
	Kind         Kind     `json:"kind,omitempty"`
	Name         string   `json:"name,omitempty"`
	Revision     string   `json:"revision,omitempty"`
}

// Within is the problem in these environments.
func (p Problem) Within(environments []string) Problem {
	p.Environment, p.Environments = strings.Join(environments, ", "), nil
	if len(environments) > 1 {
		p.Environments = environments
	}
	return p
}

// In lists the environments that the problem is about; none where it is about no environment in particular.
func (p Problem) In() []string {
	switch {
	case len(p.Environments) > 0:
		return p.Environments
	case p.Environment == "":
		return nil
	}
	return strings.Split(p.Environment, ", ") // reports of earlier versions have no list; one name has no comma
}

// Count is how many things the problem is about.
func (p Problem) Count() int { return max(1, len(p.Subjects)) }

// Each gives the problem of each thing that it is about: itself, unless there are Subjects.
func (p Problem) Each() iter.Seq[Problem] {
	return func(yield func(Problem) bool) {
		if len(p.Subjects) == 0 {
			yield(p)
			return
		}
		one := p
		one.Subjects = nil
		for _, s := range p.Subjects {
			one.Environment, one.Environments, one.Kind, one.Name, one.Revision = s.Environment, s.Environments, s.Kind, s.Name, s.Revision
			if !yield(one) {
				return
			}
		}
	}
}

// Subject names what the problem is about in words: "proxy pay revision 9, apiproxy/policies/X.xml:4:2". Of many, it counts
// all and names some.
func (p Problem) Subject() string {
	if len(p.Subjects) > 0 {
		return p.many()
	}
	s := "organization " + p.Organization
	switch {
	case p.Name != "":
		s = Revision{Kind: p.Kind, Name: p.Name, Number: p.Revision}.String()
	case p.Environment != "":
		s = "environment " + p.Environment
	case p.Organization == "":
		s = "the report"
	}
	at := p.File
	if p.Source != "" {
		at = path.Join(p.Source, p.File)
	}
	if at != "" {
		s += ", " + at
		if p.Line > 0 {
			s += fmt.Sprintf(":%d:%d", p.Line, p.Column)
		}
	}
	return s
}

// many is "1985 revisions (proxy a revision 1, proxy b revision 4, proxy c revision 1 and 1982 more)".
func (p Problem) many() string {
	const named = 3
	first, what := p.Subjects[0], ""
	switch {
	case first.Revision != "" && first.Name != "":
		what = "revisions"
	case first.Name != "" && first.Kind == KindProxy:
		what = "proxies"
	case first.Name != "":
		what = first.Kind.Noun() + "s"
	case first.Environment != "" && first.Kind == "":
		what = "environments"
	default: // of a list, and nothing distinguishes them
		return fmt.Sprintf("%d entries", len(p.Subjects))
	}
	var names []string
	for q := range p.Each() {
		if len(names) == named {
			break
		}
		names = append(names, strings.TrimPrefix(q.Subject(), "environment "))
	}
	more := ""
	if n := len(p.Subjects) - named; n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return fmt.Sprintf("%d %s (%s%s)", len(p.Subjects), what, strings.Join(names, ", "), more)
}
