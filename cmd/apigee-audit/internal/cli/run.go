package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"apigee-audit/apigee/cache"
	"apigee-audit/cmd/apigee-audit/internal/config"
)

// app is what every command needs from its environment.
type app struct {
	streams
	env      config.Environment
	config   config.File
	terminal io.Writer // stderr for what moves the cursor

	log   atomic.Pointer[stderrLog]
	runID string // in JSON records
	ends  bool   // the end of the run is a JSON record

	started    time.Time
	args       []string    // the command line without the program's name
	overdue    chan int    // the exit status of a run that does not end, see limit
	over       atomic.Bool // nothing is written to the streams any more
	unfinished unfinished
	said       sync.Map // what sayOnce has said

	cacheOnce sync.Once
	cache     *cache.Store // see sharedCache
	cacheErr  error
}

func newApp(environ []string, s streams) *app {
	a := &app{env: config.NewEnvironment(environ), runID: rand.Text(), started: time.Now(), overdue: make(chan int, 1)}
	a.terminal = &lineByLine{w: s.err, over: &a.over}
	s.out, s.err = &untilClosed{w: s.out, over: &a.over}, &lineByLine{w: &guarded{w: a.terminal}, over: &a.over}
	a.streams = s
	a.startLog(config.EarlyLogging(a.env, nil))
	return a
}

// run performs the command that the arguments name. hurry is closed by whoever does not want to wait for its end.
func (a *app) run(ctx context.Context, hurry <-chan struct{}, args []string) int {
	root := newRoot(a)
	a.args = args
	a.startLog(config.EarlyLogging(a.env, args))
	root.SetArgs(append([]string{}, args...)) // for nil it would take those of the process
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	defer a.limit(ctx, context.Canceled, exitInterrupted)()
	ended := make(chan int, 1)
	go func() {
		cmd, err := root.ExecuteContextC(ctx)
		ended <- a.conclude(ctx, cmd.CommandPath(), err)
	}()
	select {
	case status := <-ended:
		return status
	case status := <-a.overdue:
		a.stop()
		return status
	case <-hurry:
		a.unfinished.remove()
		return exitInterrupted
	}
}

// sayOnce warns of something about a subject of the whole run, and nothing more about it for further organizations.
func (a *app) sayOnce(about, format string, args ...any) {
	if _, again := a.said.LoadOrStore(about, true); !again {
		a.sayWarning(format, args...)
	}
}

// lineByLine keeps what several goroutines write apart.
type lineByLine struct {
	mu   sync.Mutex
	w    io.Writer
	over *atomic.Bool
}

func (l *lineByLine) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over.Load() {
		return len(p), nil
	}
	return l.w.Write(p)
}

// untilClosed lets a reader such as head go away: what is written afterwards is dropped, and the exit status stays that
// of the audit.
type untilClosed struct {
	w      io.Writer
	closed bool
	over   *atomic.Bool
}

func (u *untilClosed) Write(p []byte) (int, error) {
	if u.closed || u.over.Load() {
		return len(p), nil
	}
	n, err := u.w.Write(p)
	if errors.Is(err, syscall.EPIPE) {
		u.closed = true
		return len(p), nil
	}
	return n, err
}
