package condition

import (
	"encoding/binary"
	"slices"
)

// product looks for a string that all of the wanted automata accept, the first of the parts, and none of the others.
type product struct {
	parts  []*automaton
	wanted int
	meter  *meter

	runs  []run // of all nodes, one after the other
	nodes []productNode
	seen  map[string]bool
}

// productNode is a beginning of a string: that of another node and one character.
type productNode struct {
	parent int32
	on     rune
}

type answer uint8

const (
	answerNone  answer = iota // a proof that there is no such string
	answerFound               // the string that is given
	answerOpen                // nobody knows: there were no steps left
)

// stepsPerNode is what remembering a node costs.
const stepsPerNode = 24

// find explores breadth first, so that the string is as short as possible. A character that no live pattern names
// behaves like any other such character.
func (p *product) find() (string, answer) {
	p.seen = map[string]bool{}
	for _, a := range p.parts {
		p.runs = append(p.runs, a.start())
	}
	p.nodes = append(p.nodes, productNode{parent: -1})
	next := make([]run, len(p.parts))
	var list []rune
	for n := 0; n < len(p.nodes); n++ {
		at := p.runs[n*len(p.parts) : (n+1)*len(p.parts)]
		if p.satisfies(at) {
			return p.text(int32(n)), answerFound
		}
		list = p.relevant(at, list[:0])
		for _, r := range list {
			if !p.meter.spend(len(p.parts)) {
				return "", answerOpen
			}
			if p.advance(at, next, r) && p.isNew(next) {
				p.meter.spend(stepsPerNode)
				p.runs = append(p.runs, next...)
				at = p.runs[n*len(p.parts) : (n+1)*len(p.parts)]
				p.nodes = append(p.nodes, productNode{int32(n), r})
			}
		}
	}
	return "", answerNone
}

// advance reads one character and reports whether there is hope left.
func (p *product) advance(at, next []run, r rune) bool {
	for i, a := range p.parts {
		next[i] = a.read(at[i], r)
		if i < p.wanted && a.dead(next[i]) || i >= p.wanted && a.universal(next[i]) {
			return false
		}
	}
	return true
}

func (p *product) isNew(at []run) bool {
	var buffer [48]byte
	key := buffer[:0]
	for _, r := range at {
		key = binary.AppendUvarint(key, uint64(r.now))
		key = binary.AppendUvarint(key, uint64(r.before)<<1)
		if r.slash {
			key = append(key, 1)
		} else {
			key = append(key, 0)
		}
	}
	if p.seen[string(key)] {
		return false
	}
	p.seen[string(key)] = true
	return true
}

func (p *product) satisfies(at []run) bool {
	for i, a := range p.parts {
		if a.accepted(at[i]) != (i < p.wanted) {
			return false
		}
	}
	return true
}

// relevant lists the characters worth trying next, in a fixed order. Where one wanted automaton only takes characters
// that its patterns name, no others are.
func (p *product) relevant(at []run, list []rune) []rune {
	var set runeSet
	for i, a := range p.parts[:p.wanted] {
		if !a.open(at[i]) {
			a.named(at[i], &set)
			return set.appendTo(list)
		}
	}
	for i, a := range p.parts {
		a.named(at[i], &set)
	}
	return set.appendTo(append(list, unnamedRune))
}

// unnamed stands in strings for a character that no pattern names: one for private use, which hardly any does.
const unnamed = '\uE000'

func (p *product) text(n int32) string {
	var list []rune
	for ; p.nodes[n].parent >= 0; n = p.nodes[n].parent {
		r := p.nodes[n].on
		if r == unnamedRune {
			r = unnamed
		}
		list = append(list, r)
	}
	slices.Reverse(list)
	return string(list)
}
