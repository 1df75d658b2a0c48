package flow

import "strings"

// heads is a tree of texts, each with the numbers filed under it, that finds the texts that begin like a given one: those that
// are its beginning, and those whose beginning it is.
type heads struct {
	text  string // what follows on that of the tree around it
	here  []int
	count int // of the numbers here and below
	below []*heads
}

// branch is where a text goes on below, with how much it has in common with the tree there; nil for nowhere.
func (h *heads) branch(text string) (at **heads, common int) {
	for i, b := range h.below {
		if b.text[0] == text[0] {
			common = 1
			for common < min(len(text), len(b.text)) && text[common] == b.text[common] {
				common++
			}
			return &h.below[i], common
		}
	}
	return nil, 0
}

func (h *heads) add(text string, number int) {
	for {
		h.count++
		if text == "" {
			h.here = append(h.here, number)
			return
		}
		at, common := h.branch(text)
		switch {
		case at == nil:
			h.below = append(h.below, &heads{text: strings.Clone(text), here: []int{number}, count: 1})
			return
		case common < len((*at).text):
			b := *at
			*at = &heads{text: b.text[:common], count: b.count, below: []*heads{b}}
			b.text = b.text[common:]
		}
		h, text = *at, text[common:]
	}
}

// near calls visit for each tree with numbers filed under a text that begins like the given one, whole where all below it do.
func (h *heads) near(text string, visit func(h *heads, whole bool)) {
	for text != "" {
		visit(h, false)
		at, common := h.branch(text)
		if at == nil || common < min(len(text), len((*at).text)) {
			return
		}
		h, text = *at, text[common:]
	}
	visit(h, true)
}

// collect appends the numbers filed under texts that begin like the given one.
func (h *heads) collect(text string, list []int) []int {
	h.near(text, func(h *heads, whole bool) {
		if whole {
			list = h.all(list)
		} else {
			list = append(list, h.here...)
		}
	})
	return list
}

func (h *heads) all(list []int) []int {
	list = append(list, h.here...)
	for _, b := range h.below {
		list = b.all(list)
	}
	return list
}

// number is how many numbers collect finds.
func (h *heads) number(text string) (n int) {
	h.near(text, func(h *heads, whole bool) {
		if whole {
			n += h.count
		} else {
			n += len(h.here)
		}
	})
	return n
}
