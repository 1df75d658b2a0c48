package audit_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// shrink makes an organization smaller, one piece at a time, as long as it still fails.
func (o *modelOrg) shrink(fails func(*modelOrg) bool) *modelOrg {
	for again := true; again; {
		again = false
		for i := 0; ; i++ {
			smaller := o.clone()
			edits := smaller.edits()
			if i >= len(edits) {
				break
			}
			edits[i]()
			if fails(smaller) {
				o, again = smaller, true
				i--
			}
		}
	}
	return o
}

// edits are all the ways to make an organization a little smaller. Each changes it in place.
func (o *modelOrg) edits() []func() {
	var out []func()
	if len(o.Environments) > 1 {
		out = append(out, removals(&o.Environments)...)
	}
	for _, e := range o.Environments {
		for _, point := range slices.Sorted(maps.Keys(e.Hooks)) {
			out = append(out, func() { delete(e.Hooks, point) })
		}
		for _, name := range slices.Sorted(maps.Keys(e.Shared)) {
			out = append(out, func() {
				delete(e.Shared, name)
				maps.DeleteFunc(e.Hooks, func(_, s string) bool { return s == name })
			})
		}
	}
	for i, b := range o.Shared {
		if !slices.ContainsFunc(o.Environments, func(e *modelEnv) bool { return e.Shared[b.Name] == b.Number }) {
			out = append(out, func() { o.Shared = slices.Delete(o.Shared, i, i+1) })
		}
	}
	for _, b := range o.bundles() {
		out = append(out, b.edits()...)
	}
	if len(o.Properties) > 0 {
		out = append(out, func() { o.Properties = nil })
	}
	return out
}

func removals[T any](list *[]T) []func() {
	var out []func()
	for i := range *list {
		out = append(out, func() { *list = slices.Delete(*list, i, i+1) })
	}
	return out
}

func (b *modelBundle) edits() []func() {
	var out []func()
	if len(b.Endpoints) > 1 {
		out = append(out, removals(&b.Endpoints)...)
	}
	for i, t := range b.Targets {
		out = append(out, func() {
			b.Targets = slices.Delete(b.Targets, i, i+1)
			for _, e := range b.Endpoints {
				e.Routes = slices.DeleteFunc(e.Routes, func(r *modelRoute) bool { return r.Target == t.Name })
			}
		})
	}
	for _, e := range slices.Concat(b.Endpoints, b.Targets) {
		out = append(out, removals(&e.Flows)...)
		out = append(out, removals(&e.FaultRules)...)
		out = append(out, removals(&e.Routes)...)
		if e.DefaultFault != nil {
			out = append(out, func() { e.DefaultFault = nil }, func() { e.DefaultFault.Always = false })
		}
	}
	for _, list := range b.stepLists() {
		out = append(out, removals(list)...)
	}
	for _, c := range b.conditions() {
		out = append(out, simpler(c)...)
	}
	for _, p := range b.Policies {
		out = append(out, p.edits()...)
	}
	for i, p := range b.Policies {
		used := slices.ContainsFunc(b.stepLists(), func(list *[]*modelStep) bool {
			return slices.ContainsFunc(*list, func(s *modelStep) bool { return s.Policy == p.Name })
		})
		if !used {
			out = append(out, func() { b.Policies = slices.Delete(b.Policies, i, i+1) })
		}
	}
	return out
}

// simpler are the ways to make a condition shorter; none of them only spells it in another way.
func simpler(at **modelCond) []func() {
	c := *at
	if c == nil {
		return nil
	}
	out := []func(){func() { *at = nil }}
	for _, k := range c.Kids {
		out = append(out, func() { *at = k })
	}
	for i := range c.Kids {
		for _, e := range simpler(&c.Kids[i]) {
			out = append(out, func() {
				if e(); c.Kids[i] == nil {
					c.Kids = slices.Delete(c.Kids, i, i+1)
				}
				if len(c.Kids) == 0 {
					*at = nil
				}
			})
		}
	}
	if c.Style != 0 {
		out = append(out, func() { c.Style = 0 })
	}
	return out
}

func (p *modelPolicy) edits() []func() {
	var out []func()
	if p.Soft {
		out = append(out, func() { p.Soft = false })
	}
	if p.Disabled {
		out = append(out, func() { p.Disabled = false })
	}
	if p.Bare {
		out = append(out, func() { p.Bare = false })
	}
	if p.GrantType != "" {
		out = append(out, func() { p.GrantType = "" })
	}
	if len(p.Grants) > 1 {
		out = append(out, removals(&p.Grants)...)
	}
	return append(out, removals(&p.Parameters)...)
}

// String lists an organization the way one reads it: what is deployed and hooked where, then the files.
func (o *modelOrg) String() string {
	var b strings.Builder
	for _, e := range o.Environments {
		fmt.Fprintf(&b, "environment %s: shared flows %v, hooks %v\n", e.Name, e.Shared, e.Hooks)
	}
	for _, e := range o.emit() {
		for _, name := range slices.Sorted(maps.Keys(e.Files)) {
			fmt.Fprintf(&b, "-- %s/%s/%s --\n%s", e.Name, e.Number, name, e.Files[name])
		}
	}
	return b.String()
}
