package audit

import (
	"fmt"
	"iter"
	"slices"
	"sync"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/audit/flow"
	"apigee-audit/internal/crew"
)

// intake reads bundles as they arrive and keeps what the audit needs of each. What is dropped of a proxy depends on all the
// shared flows of the organization, and whole bundles are too large to be kept until the last of these is there: so proxies
// wait, as many as are downloaded at once, until every shared flow that was listed is read. They cannot wait for ever,
// because shared flows are begun before them.
//
// A shared flow that was replaced while the audit ran is listed when the proxies are read. Those of them for which it makes
// a difference are read again.
type intake struct {
	reader      *flow.Reader
	parser      *bundle.Parser
	kept        *archives      // nil to keep none
	sharedFlows sync.WaitGroup // that are listed and not read yet
	// before is what this is a fork of, nil for none. Nothing in it changes any more.
	before *intake

	mu         sync.Mutex
	byRevision map[apigee.Revision]*flow.Program
	said       map[apigee.Revision]oddities
}

// oddities are what the reading of one bundle has to say.
type oddities struct{ problems, notices []apigee.Problem }

func newIntake(l bundle.Limits) *intake {
	return &intake{reader: flow.NewReader(), parser: bundle.NewParser(l), byRevision: map[apigee.Revision]*flow.Program{}, said: map[apigee.Revision]oddities{}}
}

// fork is an intake that has read the same bundles, and has only what it reads from then on itself. The first one is not to read any
// more then.
func (in *intake) fork() *intake {
	return &intake{reader: in.reader.Fork(), parser: in.parser, before: in, byRevision: map[apigee.Revision]*flow.Program{}, said: map[apigee.Revision]oddities{}}
}

func (in *intake) listed(revisions []apigee.Revision) {
	in.kept.expect(len(revisions))
	for _, r := range revisions {
		if r.Kind == apigee.KindSharedFlow {
			in.sharedFlows.Add(1)
		}
	}
}

func (in *intake) done(r apigee.Revision) {
	if r.Kind == apigee.KindSharedFlow {
		in.sharedFlows.Done()
	}
}

func (in *intake) keep(r apigee.Revision, a *bundle.Archive) {
	if r.Kind == apigee.KindProxy {
		in.sharedFlows.Wait()
	}
	in.read(r, a)
}

// read reads one bundle. A bundle that breaks the reader is a problem like any other; the audit goes on.
func (in *intake) read(r apigee.Revision, a *bundle.Archive) {
	defer func() {
		if cause := recover(); cause != nil {
			in.say(r, oddities{problems: []apigee.Problem{r.About(apigee.Problem{
				Operation: "read bundle",
				Error:     fmt.Sprintf("apigee-audit failed on this bundle (%v); please report it with the bundle, if you may share it", cause),
			})}})
		}
	}()
	b := in.parser.Parse(r, a)
	u := in.reader.Read(b, a)
	in.say(r, oddities{b.Problems, b.Notices})
	in.parser.Done(b)
	in.mu.Lock()
	defer in.mu.Unlock()
	in.byRevision[r] = u
	if in.kept != nil {
		in.kept.keep(r, a, u.HandlesTokens())
	}
}

// say keeps what the last reading of a bundle has to say.
func (in *intake) say(r apigee.Revision, o oddities) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(o.problems)+len(o.notices) == 0 && in.before == nil {
		delete(in.said, r)
		return
	}
	in.said[r] = o
}

// renew reads proxies again that were read before a shared flow which makes a difference to them. One that cannot be had
// again is judged by what was kept, and is a problem.
func (in *intake) renew(concurrency int, again func(apigee.Revision) (*bundle.Archive, error)) {
	stale := slices.SortedFunc(in.stale(), flow.ComparePrograms)
	crew.Each(len(stale), concurrency, func(i int) {
		r := stale[i].Revision
		a, err := again(r)
		if err == nil {
			in.read(r, a)
			return
		}
		o := in.saying(r)
		o.problems = append(slices.Clip(o.problems), r.About(apigee.Problem{
			Operation: "read bundle again", Error: err.Error() + "; a shared flow that it may call was replaced while the audit ran, so what it issues or refreshes was seen only in part",
		}))
		in.say(r, o)
	})
}

// saying is what the last reading of a bundle has to say.
func (in *intake) saying(r apigee.Revision) oddities {
	in.mu.Lock()
	defer in.mu.Unlock()
	o, read := in.said[r]
	if !read && in.before != nil {
		return in.before.saying(r)
	}
	return o
}

// all yields the programs, and what the reading of each has to say.
func all[T any](in *intake, of func(*intake) map[apigee.Revision]T) iter.Seq[T] {
	return func(yield func(T) bool) {
		own := of(in)
		for _, v := range own {
			if !yield(v) {
				return
			}
		}
		if in.before == nil {
			return
		}
		for r, v := range of(in.before) {
			if _, again := own[r]; !again && !yield(v) {
				return
			}
		}
	}
}

func programs(in *intake) map[apigee.Revision]*flow.Program { return in.byRevision }
func said(in *intake) map[apigee.Revision]oddities          { return in.said }

// stale yields the programs that would be read otherwise now.
func (in *intake) stale() iter.Seq[*flow.Program] {
	return func(yield func(*flow.Program) bool) {
		if in.before != nil && in.reader.LikeBefore() {
			return
		}
		for u := range all(in, programs) {
			if in.reader.Stale(u) && !yield(u) {
				return
			}
		}
	}
}

// sorted lists the programs by kind, name and revision.
func (in *intake) sorted() []*flow.Program {
	return slices.SortedFunc(all(in, programs), flow.ComparePrograms)
}

// noteCopies tells the programs that were read here where else their bytes lie.
func (in *intake) noteCopies(copies map[apigee.Revision][]apigee.Revision) {
	for r, u := range in.byRevision {
		u.Copies = copies[r]
	}
}

// problems are those of all bundles, and notices likewise, in no order.
func (in *intake) problems() []apigee.Problem {
	var out []apigee.Problem
	for o := range all(in, said) {
		out = append(out, o.problems...)
	}
	return out
}

func (in *intake) notices() []apigee.Problem {
	var out []apigee.Problem
	for o := range all(in, said) {
		out = append(out, o.notices...)
	}
	return out
}
