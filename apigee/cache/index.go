package cache

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"sync/atomic"

	"apigee-audit/apigee"
	"apigee-audit/internal/crew"
)

const (
	// maxIndex bounds the index of one pack, in bytes, and maxIndexes those of one organization together: a bundle takes some
	// 400, more with many environments.
	maxIndex   = packSize + maxLine
	maxIndexes = 64 << 20
	// minLine is shorter than any line, in bytes: a digest has 64. So it bounds how many there are.
	minLine = 128
	// indexesAtOnce are how many are read at once: on a mounted bucket each costs a few requests.
	indexesAtOnce = 8
)

// place is where a bundle lies.
type place struct {
	pack *pack
	line []byte // of the index
}

// entry reads what the index says.
func (p place) entry() (*entry, error) {
	e := &entry{}
	return e, json.Unmarshal(p.line, e)
}

// packs are those in the folder of an organization, the oldest first. What the store has not made is none, and links are not
// followed. A folder that is not there is empty.
func (s *Store) packs(folder string) ([]*pack, error) {
	all, err := s.files.list(folder)
	if err != nil && !missing(err) {
		return nil, err
	}
	var packs []*pack
	seen := map[string]bool{} // of a pack that is being written or removed, one file may be there alone
	for _, d := range all {
		if p, ok := s.packOf(folder, d.Name()); ok && d.Type().IsRegular() && !seen[p.name] {
			seen[p.name] = true
			packs = append(packs, p)
		}
	}
	slices.SortFunc(packs, func(a, b *pack) int { return cmp.Or(a.begun.Compare(b.begun), cmp.Compare(a.name, b.name)) })
	return packs, nil
}

// places are where the bundles of packs lie, which are sorted by age: each bundle in the newest that holds it. Packs that
// cannot be read, or that somebody else may have written, hold none, nor do older ones if the indexes are too large together.
func (s *Store) places(packs []*pack) map[apigee.Revision]place {
	found := make([]map[apigee.Revision]place, len(packs))
	var room atomic.Int64
	room.Store(maxIndexes)
	crew.Each(len(packs), indexesAtOnce, func(i int) {
		newest := len(packs) - 1 - i
		found[newest] = packs[newest].places(&room)
	})
	all := map[apigee.Revision]place{}
	for _, places := range found {
		for r, p := range places {
			all[r] = p
		}
	}
	return all
}

// places are where the bundles of a pack lie, as its index says. What it takes of the room is gone.
func (p *pack) places(room *atomic.Int64) map[apigee.Revision]place {
	data, err := p.index(room)
	if err != nil {
		p.blind = !missing(err)
		return nil
	}
	all := map[apigee.Revision]place{}
	for line := range bytes.Lines(data) {
		// A last line without an end is being written, or was when the process was killed.
		if len(line) < minLine || len(line) > maxLine || line[len(line)-1] != '\n' {
			continue
		}
		if r, err := revisionIn(line); err == nil {
			all[r] = place{p, line}
		}
	}
	return all
}

func revisionIn(line []byte) (apigee.Revision, error) {
	var said struct {
		Kind           apigee.Kind
		Name, Revision string
	}
	err := json.Unmarshal(line, &said)
	return apigee.Revision{Kind: said.Kind, Name: said.Name, Number: said.Revision}, err
}

func (p *pack) index(room *atomic.Int64) ([]byte, error) {
	name := p.name + indexSuffix
	f, info, err := p.store.files.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := p.store.check(name, info); err != nil {
		return nil, err
	}
	size := info.Size()
	if size > maxIndex || room.Add(-size) < 0 {
		return nil, errors.New("the index is too large")
	}
	data := make([]byte, size)
	n, err := io.ReadFull(f, data)
	if errors.Is(err, io.ErrUnexpectedEOF) { // it has become shorter meanwhile
		err = nil
	}
	return data[:n], err
}
