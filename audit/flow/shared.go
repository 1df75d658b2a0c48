package flow

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"apigee-audit/apigee/condition"
)

// What the bundles of an organization have in common is kept once.

// expressions are conditions that were parsed, by their text.
type expressions struct {
	mu     sync.Mutex
	byText map[string]parsed
}

type parsed struct {
	expr *condition.Expr
	err  error
}

const (
	// maxConditions bounds the conditions shared between bundles; further ones are kept by each bundle.
	maxConditions = 100000
	// maxPassing bounds them while bundles are read that keep next to none: what these have in common comes early.
	maxPassing = 5000
)

// parse reads a condition, and shares it with other bundles while there are fewer than some bound.
func (x *expressions) parse(text string, most int) parsed {
	x.mu.Lock()
	p, known := x.byText[text]
	x.mu.Unlock()
	if known {
		return p
	}
	p.expr, p.err = condition.Parse(text)
	x.mu.Lock()
	defer x.mu.Unlock()
	if first, known := x.byText[text]; known {
		return first
	}
	if len(x.byText) < most {
		x.byText[text] = p
	}
	return p
}

// words are texts that most bundles of an organization have in common, each kept once: types and names of policies, files.
type words struct {
	mu  sync.Mutex
	all map[string]string
}

const (
	// maxWords bounds the words that are shared between bundles, maxWord how long they are.
	maxWords = 100000
	maxWord  = 200
)

// one is the same text, of which there is only one. The text itself need not be kept.
func (w *words) one(text string) string {
	if len(text) > maxWord {
		return strings.Clone(text)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if known, ok := w.all[text]; ok {
		return known
	}
	text = strings.Clone(text)
	if len(w.all) < maxWords {
		w.all[text] = text
	}
	return text
}

// variables are some variables of shared flows.
type variables struct {
	mu     sync.Mutex
	all    map[string]bool
	lent   bool     // a fork has the same map, which is not to be changed: few forks see anything new, and there are thousands
	sorted []string // nil where some have come since
}

func (v *variables) fork() *variables {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.lent = true
	return &variables{all: v.all, lent: true, sorted: v.sorted}
}

// add reports whether one of some variables is new.
func (v *variables) add(list []string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	added := false
	for _, name := range list {
		if v.all[name] {
			continue
		}
		if v.lent {
			v.all, v.lent = maps.Clone(v.all), false
		}
		v.all[name], v.sorted, added = true, nil, true
	}
	return added
}

// inOrder are the variables, sorted.
func (v *variables) inOrder() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.sorted == nil {
		v.sorted = slices.Sorted(maps.Keys(v.all))
	}
	return v.sorted
}
