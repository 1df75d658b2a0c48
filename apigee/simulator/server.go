package simulator

import (
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Options are the choices of one server.
type Options struct {
	Token string // the only bearer token accepted; empty accepts any token, but requires one
	// User and Password are accepted too by [NewEdge]; without User, any are.
	User, Password string
	// MFA is the code that users of [NewEdge] need to log in, and Passcode one that replaces user and password,
	// once; without them, no code is needed and no passcode accepted.
	MFA, Passcode string
	Latency       time.Duration // time before every answer
	Faults        []Fault       // what goes wrong, tried in order
	Logger        *slog.Logger  // one debug line for each request; nil is silent
}

// Request is one request that reached the server, refused and failed ones included.
type Request struct {
	Method, Path, Query string
}

// Server answers as the management API. It is an [http.Handler] and safe for concurrent use.
type Server struct {
	organizations []*served
	options       Options
	routes        http.Handler
	api           http.Handler // checks method and credentials, and answers
	login         *Login       // of Edge

	mu       sync.Mutex
	requests []Request
	faults   []faultState
}

// New serves the organizations. They must not be changed afterwards.
func New(orgs []*Organization, o Options) *Server {
	s := newServer(orgs, o)
	s.routes, s.api = canonical(s.newRoutes(), nil), http.HandlerFunc(s.answer)
	return s
}

func newServer(orgs []*Organization, o Options) *Server {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Server{options: o}
	for _, org := range orgs {
		s.organizations = append(s.organizations, index(org))
	}
	for _, f := range o.Faults {
		s.faults = append(s.faults, faultState{Fault: f, seen: map[string]int{}, fired: map[string]int{}})
	}
	return s
}

// Requests returns what has been asked so far, in order of arrival.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// ServeHTTP records the request, applies latency and faults, and lets the API answer.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	faults := s.record(r)
	s.options.Logger.Debug("request", "method", r.Method, "path", r.URL.Path, "query", r.URL.RawQuery, "faults", len(faults))
	if !wait(r.Context(), s.options.Latency) {
		return
	}
	for _, f := range faults {
		if !wait(r.Context(), f.Slow) {
			return
		}
		if f.breaks() {
			f.serve(w, r, s.api)
			return
		}
	}
	s.api.ServeHTTP(w, r)
}

// record notes the request and picks the faults that it meets.
func (s *Server) record(r *http.Request) []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, Request{r.Method, r.URL.Path, r.URL.RawQuery})
	var met []Fault
	for i := range s.faults {
		if s.faults[i].meets(r.URL.RequestURI()) {
			met = append(met, s.faults[i].Fault)
		}
	}
	return met
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		write(w, &apiError{http.StatusMethodNotAllowed, "UNIMPLEMENTED", "Method " + r.Method + " is not served: the audit only reads."})
		return
	}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || token == "" || s.options.Token != "" && token != s.options.Token {
		w.Header().Set("WWW-Authenticate", `Bearer realm="https://accounts.google.com/"`)
		write(w, &apiError{http.StatusUnauthorized, "UNAUTHENTICATED",
			"Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential."})
		return
	}
	s.routes.ServeHTTP(w, r)
}
