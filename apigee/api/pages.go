package api

import (
	"context"
	"net/url"
	"strconv"
)

// listPage is how many entries a page of a list is asked to hold, and listPages how many pages are read at most: the
// tokens of pages come from the server, which might never end.
const (
	listPage  = 1000
	listPages = 1000
)

// page is one page of a list that comes in pages. The last one, and that of a list without entries, may be an empty object.
type page[T any] struct {
	key   string // the field that holds the list
	read  func(*reader) (T, error)
	all   []T
	token string
}

func (*page[T]) bound() *allowance { return newAllowance(maxList) }

func (p *page[T]) field(r *reader, name string) (bool, error) {
	switch name {
	case p.key:
		return true, r.list(name, func() error {
			entry, err := p.read(r)
			p.all = append(p.all, entry)
			return err
		})
	case "nextPageToken":
		return true, r.value(&p.token)
	}
	return false, nil
}

func (*page[T]) check() error { return nil }

// pages gathers a list that comes in pages.
func pages[T any](ctx context.Context, c *connection, q question, empty page[T]) ([]T, error) {
	var all []T
	if q.left == nil {
		q.left = empty.bound()
	}
	query := q.query
	token := ""
	for range listPages {
		q.query = url.Values{"pageSize": {strconv.Itoa(listPage)}}
		for name, values := range query {
			q.query[name] = values
		}
		if token != "" {
			q.query.Set("pageToken", token)
		}
		answer, err := ask(ctx, c, c.calls, q, empty)
		if err != nil {
			return nil, err
		}
		all = append(all, answer.all...)
		switch answer.token {
		case "":
			return all, nil
		case token:
			return nil, noEnd(q.operation)
		}
		token = answer.token
	}
	return nil, noEnd(q.operation)
}

// noEnd is the error of a list whose pages do not end.
func noEnd(o operation) error {
	return &callError{operation: o, cause: &contentError{"the list has no end"}, tries: 1}
}
