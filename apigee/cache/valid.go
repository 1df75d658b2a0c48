package cache

import (
	"context"
	"sync"
	"time"

	"apigee-audit/apigee"
)

// testimony is what a witness says of an entry.
type testimony int

const (
	silent  testimony = iota
	against           // it may be another's
	infavor           // it is what is deployed now
)

// valid reports whether an entry may stand in for a download; see the package's description.
func (s *Source) valid(ctx context.Context, e *entry, deployed map[string]int64) bool {
	deployment := sameDeployment(e.DeployedAt, deployed)
	if deployment == against {
		return false
	}
	creation := createdBefore(s.createdAt(ctx, e.revision().Ref()), e.FetchedAt)
	return creation != against && (deployment == infavor || creation == infavor)
}

// sameDeployment compares since when a revision was deployed with since when it is.
func sameDeployment(then, now map[string]int64) testimony {
	if len(then) == 0 || len(now) == 0 {
		return silent
	}
	for environment, at := range now {
		if then[environment] == at {
			return infavor
		}
	}
	return against
}

// createdBefore asks whether something was there when it was fetched. The Date of an answer drops the fraction of its
// second; within that second something created first was fetched afterwards, as nothing can be deleted, created anew and
// deployed in the rest of it.
func createdBefore(created, fetched time.Time) testimony {
	switch {
	case created.IsZero():
		return silent
	case created.Before(fetched.Add(time.Second)):
		return infavor
	}
	return against
}

// createdAt is when a proxy or shared flow came into being; zero where that cannot be known. The list of its kind is read
// when it is first needed.
func (s *Source) createdAt(ctx context.Context, ref apigee.Ref) time.Time {
	s.mu.Lock()
	list, asked := s.created[ref.Kind]
	if !asked {
		list = sync.OnceValue(func() map[string]time.Time {
			// A refused list knows of nothing; whatever else is wrong will show in the downloads.
			all, _ := s.born(ctx, ref.Kind)
			return all
		})
		s.created[ref.Kind] = list
	}
	s.mu.Unlock()
	return list()[ref.Name]
}
