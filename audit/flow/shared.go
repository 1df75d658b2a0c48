package flow

import (
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"sync"

	"apigee-audit/apigee/condition"
)

// What the bundles of an organization have in common is kept once.

// common is what was made of something that several bundles have, such as a text.
type common[K comparable, T any] struct {
	mu  sync.Mutex
	all map[K]T
}

func newCommon[K comparable, T any]() *common[K, T] { return &common[K, T]{all: map[K]T{}} }

// of is what was made of something before, or what is made of it now, which is shared while there is less than most.
func (c *common[K, T]) of(what K, most int, make func(what K) T) T {
	if known, ok := c.known(what); ok {
		return known
	}
	return c.note(what, most, make(what))
}

func (c *common[K, T]) known(what K) (made T, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	made, ok = c.all[what]
	return made, ok
}

// note shares what was made of something, unless it was made elsewhere in the meantime.
func (c *common[K, T]) note(what K, most int, made T) T {
	c.mu.Lock()
	defer c.mu.Unlock()
	if first, ok := c.all[what]; ok {
		return first
	}
	if len(c.all) < most {
		c.all[what] = made
	}
	return made
}

// ofText is [common.of] for a text that need not be kept.
func ofText[T any](c *common[string, T], text string, most int, make func(text string) T) T {
	if known, ok := c.known(text); ok {
		return known
	}
	text = strings.Clone(text)
	return c.note(text, most, make(text))
}

const (
	// maxConditions bounds the conditions shared between bundles; further ones are kept by each bundle.
	maxConditions = 100000
	// maxPassing bounds them while bundles are read that keep next to none: what these have in common comes early.
	maxPassing = 5000
	// maxWords bounds the words that are shared between bundles, maxWord how long they are.
	maxWords = 100000
	maxWord  = 200
	// maxDefinitions bounds the definitions of policies that are shared between bundles whose files are not the same, maxEffects what policies
	// do, maxEffect how long it is spelled out.
	maxDefinitions = 20000
	maxEffects     = 20000
	maxEffect      = 1000
)

// parse reads a condition, and shares it with other bundles while there are fewer than most.
func (rd *Reader) parse(text string, most int) *condition.Expr {
	return ofText(rd.conditions, text, most, func(text string) *condition.Expr {
		expr, _ := condition.Parse(text) // what is wrong with it, it says itself
		return expr
	})
}

// word is the same text, of which there is only one: types and names of policies, files. The text itself need not be kept.
func (rd *Reader) word(text string) string {
	if len(text) > maxWord {
		return strings.Clone(text)
	}
	return ofText(rd.words, text, maxWords, func(text string) string { return text })
}

// effectsOf are the effects of a policy, nil for none. Policies that copy nothing and whose effects are the same otherwise share them.
func (rd *Reader) effectsOf(copies []Copy, writes []write, addresses []Address) *effects {
	switch {
	case len(copies)+len(writes)+len(addresses) == 0:
		return nil
	case len(copies) > 0:
		return &effects{copies, writes, addresses}
	}
	spelled := spelledEffects(binary.AppendUvarint(nil, uint64(len(writes))))
	for i := range writes {
		w := &writes[i]
		spelled.texts(w.name, w.copyOf, w.from)
		spelled.answers(w.prefix, w.ofResponse, w.literal != nil)
		if w.literal != nil {
			spelled.texts(*w.literal)
		}
	}
	for i := range addresses {
		a := &addresses[i]
		spelled.texts(a.Proxy, a.Host, a.Path, a.endpoint)
		spelled.answers(a.Called, a.Local)
	}
	if len(spelled) > maxEffect {
		return &effects{nil, writes, addresses}
	}
	return rd.effects.of(string(spelled), maxEffects, func(string) *effects { return &effects{nil, writes, addresses} })
}

// spelledEffects tells effects apart.
type spelledEffects []byte

func (s *spelledEffects) texts(list ...string) {
	for _, text := range list {
		*s = append(binary.AppendUvarint(*s, uint64(len(text))), text...)
	}
}

func (s *spelledEffects) answers(list ...bool) {
	for _, yes := range list {
		answer := byte(0)
		if yes {
			answer = 1
		}
		*s = append(*s, answer)
	}
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
