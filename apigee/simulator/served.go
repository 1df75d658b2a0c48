package simulator

import (
	"slices"
	"sync"

	"apigee-audit/apigee"
)

// served is an organization indexed for answering requests. It never changes, so requests share it without locks.
type served struct {
	*Organization
	environments map[string]*Environment
	groups       map[string]*Group
	revisions    map[apigee.Revision]*revision
	numbers      map[apigee.Ref][]string // revision numbers of each bundle, oldest first
	names        map[apigee.Kind][]string
}

// revision is a bundle with its zip: made of its files when first asked for, or got from elsewhere each time.
type revision struct {
	Bundle
	zip func() ([]byte, error)
}

func index(o *Organization) *served {
	s := &served{
		Organization: o,
		environments: map[string]*Environment{},
		groups:       map[string]*Group{},
		revisions:    map[apigee.Revision]*revision{},
		numbers:      map[apigee.Ref][]string{},
		names:        map[apigee.Kind][]string{},
	}
	for i := range o.Environments {
		s.environments[o.Environments[i].Name] = &o.Environments[i]
	}
	for i := range o.Groups {
		s.groups[o.Groups[i].Name] = &o.Groups[i]
	}
	bundles := slices.SortedFunc(slices.Values(o.Bundles), func(a, b Bundle) int { return apigee.CompareRevisions(a.Revision, b.Revision) })
	for _, b := range bundles {
		ref := b.Ref()
		if len(s.numbers[ref]) == 0 {
			s.names[ref.Kind] = append(s.names[ref.Kind], ref.Name)
		}
		s.numbers[ref] = append(s.numbers[ref], b.Number)
		zip := b.Packed
		if zip == nil {
			zip = sync.OnceValues(b.Zip)
		}
		s.revisions[b.Revision] = &revision{Bundle: b, zip: zip}
	}
	return s
}
