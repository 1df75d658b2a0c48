// Package simulator is a placeholder, dropped at the merge.
package simulator

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"path"
	"time"

	"apigee-audit/apigee"
)

type Organization struct{ Name string }
type Options struct {
	Token   string
	Latency time.Duration
	Logger  *slog.Logger
}
type Server struct {
	orgs []*Organization
	o    Options
}

func Demo() []*Organization { return []*Organization{{"acme-retail"}, {"acme-bank"}} }
func FromArchives(name, env string, archives map[apigee.Revision]*apigee.Archive) *Organization {
	return &Organization{name}
}
func New(orgs []*Organization, o Options) *Server { return &Server{orgs, o} }
func (s *Server) Start(ctx context.Context) (string, func(), error) {
	return s.StartOn(ctx, "127.0.0.1:0")
}
func (s *Server) StartOn(ctx context.Context, addr string) (string, func(), error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return "", nil, err
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(s.o.Latency):
		case <-r.Context().Done():
			return
		}
		for _, o := range append(s.orgs, &Organization{"empty"}, &Organization{"slow"}) {
			if path.Base(r.URL.Path) == o.Name {
				w.Write([]byte(`{"environments":["prod"]}`))
				return
			}
		}
		w.WriteHeader(403)
	})}
	go srv.Serve(l)
	return "http://" + l.Addr().String(), func() { srv.Close() }, nil
}
