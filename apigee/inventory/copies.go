package inventory

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/internal/text"
)

// copies finds the bundles on disk that hold the same bytes as another of their name: a build's folder beside the sources,
// an export taken twice. They are one bundle at several places. Names are known before anything is read, so only bundles
// that share theirs are compared, while they are read.
type copies struct {
	before  map[apigee.Revision]apigee.Revision // the one of the same name in front of it
	settled map[apigee.Revision]chan struct{}

	mu    sync.Mutex
	first map[content]apigee.Revision
	of    map[apigee.Revision]apigee.Revision // a copy → the bundle that is kept
	// lost could not be read, and of vague not everything could: nobody knows whether they are like another.
	lost, vague map[apigee.Revision]bool
}

// content is what the audit reads of a bundle.
type content struct {
	apigee.Ref
	digest string
}

// newCopies takes the revisions in the order in which their reading begins.
func newCopies(revisions []apigee.Revision) *copies {
	c := &copies{
		before: map[apigee.Revision]apigee.Revision{}, settled: map[apigee.Revision]chan struct{}{},
		first: map[content]apigee.Revision{}, of: map[apigee.Revision]apigee.Revision{}, lost: map[apigee.Revision]bool{}, vague: map[apigee.Revision]bool{},
	}
	last := map[apigee.Ref]apigee.Revision{}
	for _, r := range revisions {
		if r.Root == "" {
			continue // what is deployed is a revision of its own, whatever is in it
		}
		if other, shared := last[r.Ref()]; shared {
			c.before[r] = other
			c.settled[other], c.settled[r] = cmp.Or(c.settled[other], make(chan struct{})), make(chan struct{})
		}
		last[r.Ref()] = r
	}
	return c
}

// isCopy reports whether a bundle is the same as one before it. It waits until that is settled for those before, so that
// the first of equal ones is kept, however fast each is read. The archive is nil for a bundle that could not be read;
// isCopy must be called for it too.
func (c *copies) isCopy(r apigee.Revision, a *bundle.Archive) bool {
	done := c.settled[r]
	if done == nil {
		return false
	}
	defer close(done)
	digest, ok := "", false
	if a != nil {
		digest, ok = a.Digest(r.Kind)
	}
	if other, behind := c.before[r]; behind {
		<-c.settled[other]
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !ok {
		c.lost[r], c.vague[r] = a == nil, a != nil
		return false
	}
	key := content{r.Ref(), digest}
	kept, known := c.first[key]
	if known {
		c.of[r] = kept
	} else {
		c.first[key] = r
	}
	return known
}

// takeOut takes the copies out of the deployments and says where they are, once for each name that several bundles have.
func (inv *Inventory) takeOut(c *copies) {
	inv.Copies = map[apigee.Revision][]apigee.Revision{}
	for i := 0; i < len(inv.Deployments); {
		group := inv.Deployments[i:]
		if n := slices.IndexFunc(group, func(d apigee.Deployment) bool {
			return d.Ref() != group[0].Ref() || d.Environment != group[0].Environment
		}); n >= 0 {
			group = group[:n]
		}
		i += len(group)
		if len(group) == 1 || group[0].Root == "" {
			continue
		}
		for _, d := range group {
			if kept, copied := c.of[d.Revision]; copied {
				inv.Copies[kept] = append(inv.Copies[kept], d.Revision)
			}
		}
		inv.Notices = append(inv.Notices, c.namesakes(group))
	}
	inv.Deployments = slices.DeleteFunc(inv.Deployments, func(d apigee.Deployment) bool {
		_, copied := c.of[d.Revision]
		return copied
	})
}

// namesakes says that several bundles have one name, and what becomes of each.
func (c *copies) namesakes(group []apigee.Deployment) apigee.Problem {
	copied, lost, vague := 0, 0, false
	roots := make([]string, len(group))
	for i, d := range group {
		roots[i] = d.Root
		if _, is := c.of[d.Revision]; is {
			copied++
		}
		if c.lost[d.Revision] {
			lost++
		}
		vague = vague || c.vague[d.Revision]
	}
	text := fmt.Sprintf("%d bundles are named %q: %s", len(group), group[0].Name, text.ListSome(roots, 3))
	others := "they"
	if lost > 0 {
		text += fmt.Sprintf("; %d could not be read", lost)
		others = "the others"
	}
	switch readable := len(group) - lost; {
	case readable < 2:
	case copied == readable-1:
		text += "; " + others + " are the same byte for byte and audited as one"
	case copied == 0 && vague:
		text += "; each is audited by itself"
	case copied == 0:
		text += "; " + others + " differ, and each is audited by itself"
	default:
		text += fmt.Sprintf("; %d are the same byte for byte as another, and each different one is audited by itself", copied)
	}
	d := group[0]
	return apigee.Problem{Environment: d.Environment, Kind: d.Kind, Name: d.Name, Operation: "find bundles", Error: text}
}
