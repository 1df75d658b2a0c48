package simulator

import (
	"net/http"
	"strings"

	"apigee-audit/apigee"
)

// NewEdge serves the organizations as the management API of Apigee Edge does: other lists, numbers where X has strings,
// user and password beside tokens, and errors of its own shape. The organizations must not be changed afterwards.
func NewEdge(orgs []*Organization, o Options) *Server {
	s := newServer(orgs, o)
	s.routes, s.api = s.edgeRoutes(), http.HandlerFunc(s.answerEdge)
	return s
}

// edgeError is an error as Edge reports it: {"code": …, "message": …, "contexts": []}.
type edgeError struct {
	status   int
	Code     string   `json:"code"`
	Message  string   `json:"message"`
	Contexts []string `json:"contexts"`
}

func refusal(status int, code, message string) *edgeError {
	return &edgeError{status, code, message, []string{}}
}

func unknown(what, name string) *edgeError {
	return refusal(http.StatusNotFound, "messaging.config.beans."+what+"DoesNotExist", what+" "+name+" does not exist")
}

func (s *Server) answerEdge(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method != http.MethodGet:
		w.Header().Set("Allow", http.MethodGet)
		write(w, refusal(http.StatusMethodNotAllowed, "simulator.ReadOnly", "Method "+r.Method+" is not served: the audit only reads"))
	case !s.authorized(r):
		w.Header().Set("WWW-Authenticate", `Basic realm="Apigee Edge"`)
		write(w, refusal(http.StatusUnauthorized, "security.UnAuthorized", "Unauthorized"))
	default:
		s.routes.ServeHTTP(w, r)
	}
}

func (s *Server) authorized(r *http.Request) bool {
	if user, password, ok := r.BasicAuth(); ok {
		return s.options.User == "" || user == s.options.User && password == s.options.Password
	}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return ok && token != "" && (s.options.Token == "" || token == s.options.Token)
}

func (s *Server) edgeRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		write(w, refusal(http.StatusNotFound, "simulator.NoSuchResource", "There is nothing at "+r.URL.Path))
	})
	handle := func(path string, e endpoint) {
		mux.HandleFunc("/v1/organizations/{org}"+path, func(w http.ResponseWriter, r *http.Request) {
			name := r.PathValue("org")
			for _, o := range s.organizations {
				if o.Name == name {
					write(w, e(o, r))
					return
				}
			}
			write(w, unknown("Organization", name))
		})
	}
	in := func(f func(*served, *Environment, *http.Request) any) endpoint {
		return func(o *served, r *http.Request) any {
			if env, ok := o.environments[r.PathValue("env")]; ok {
				return f(o, env, r)
			}
			return unknown("Environment", r.PathValue("env"))
		}
	}
	handle("", edgeOrganization)
	handle("/environments/{env}/stats/{dimensions}", in(edgeStats))
	handle("/environments", edgeEnvironments)
	handle("/environments/{env}", in(edgeEnvironment))
	handle("/environments/{env}/deployments", in(edgeEnvironmentDeployments))
	handle("/environments/{env}/flowhooks", in(edgeFlowHooks))
	handle("/environments/{env}/flowhooks/{point}", in(edgeFlowHook))
	handle("/deployments", edgeDeployments)
	for _, kind := range []apigee.Kind{apigee.KindProxy, apigee.KindSharedFlow} {
		k := "/" + string(kind)
		handle(k, edgeNames(kind))
		handle(k+"/{name}", edgeAsset(kind))
		handle(k+"/{name}/deployments", edgeAssetDeployments(kind))
		handle(k+"/{name}/revisions", edgeRevisions(kind))
		handle(k+"/{name}/revisions/{rev}", edgeRevision(kind))
	}
	return mux
}
