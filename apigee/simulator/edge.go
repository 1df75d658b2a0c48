package simulator

import (
	"cmp"
	"net/http"
	"strings"

	"apigee-audit/apigee"
)

// NewEdge serves the organizations as the management API of Apigee Edge does: other lists, numbers where X has strings,
// user and password beside tokens, a login server at the same address, and errors of its own shape. The organizations must
// not be changed afterwards.
func NewEdge(orgs []*Organization, o Options) *Server {
	s := newServer(orgs, o)
	s.login = &Login{
		Token: cmp.Or(o.Token, "simulated-token"), RefreshToken: "simulated-refresh-token",
		User: o.User, Password: o.Password, MFA: o.MFA, Passcode: o.Passcode,
	}
	s.routes, s.api = canonical(s.edgeRoutes(), edgeShort()), http.HandlerFunc(s.answerEdge)
	return s
}

// edgeError is an error as Edge reports it: {"code": …, "message": …, "contexts": []}.
type edgeError struct {
	status   int
	Code     string   `json:"code"`
	Message  string   `json:"message"`
	Contexts []string `json:"contexts"`
}

func forbidden(why string) *edgeError {
	return refusal(http.StatusForbidden, "simulator.Forbidden", why)
}

func refusal(status int, code, message string) *edgeError {
	return &edgeError{status, code, message, []string{}}
}

// unknownAsset is for proxies and shared flows, which are both applications to the server.
func unknownAsset(r apigee.Ref) *edgeError { return unknown("Application", r.Name) }

func unknownRevision(r apigee.Revision) *edgeError {
	return unknown("ApplicationRevision", r.Number+" of "+r.Name)
}

func unknown(what, name string) *edgeError {
	return refusal(http.StatusNotFound, "messaging.config.beans."+what+"DoesNotExist", what+" "+name+" does not exist")
}

func (s *Server) answerEdge(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == loginPath:
		s.login.ServeHTTP(w, r)
	case r.Method != http.MethodGet:
		w.Header().Set("Allow", http.MethodGet)
		write(w, refusal(http.StatusMethodNotAllowed, "simulator.ReadOnly", "Method "+r.Method+" is not served: the audit only reads"))
	case !s.authorized(r):
		w.Header().Set("WWW-Authenticate", `Basic realm="Apigee Edge"`)
		w.WriteHeader(http.StatusUnauthorized)
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
	mux.HandleFunc("/v1/organizations", func(w http.ResponseWriter, _ *http.Request) {
		write(w, refusal(http.StatusForbidden, "simulator.Forbidden", "Organizations are listed for system administrators of Private Cloud only"))
	})
	handle := func(path string, e endpoint) {
		mux.HandleFunc("/v1/organizations/{org}"+path, func(w http.ResponseWriter, r *http.Request) {
			name := r.PathValue("org")
			for _, o := range s.organizations {
				if o.Name != name {
					continue
				}
				if why := o.refuses(path, r); why != "" {
					write(w, forbidden(why))
					return
				}
				write(w, e(o, r))
				return
			}
			// Edge answers so wherever the account does not belong to the organization, whether or not there is one.
			// Source: docs.apigee.com, HTTP status codes of the management API, 403.
			write(w, forbidden("The account does not belong to organization "+name))
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
	handle("/environments", listEnvironments)
	handle("/environments/{env}", in(edgeEnvironment))
	handle("/environments/{env}/deployments", in(edgeEnvironmentDeployments))
	handle("/environments/{env}/flowhooks", in(listFlowHooks))
	handle("/environments/{env}/flowhooks/{point}", in(edgeFlowHook))
	handle("/environments/{env}/virtualhosts", in(edgeVirtualHosts))
	handle("/environments/{env}/virtualhosts/{host}", in(edgeVirtualHost))
	handle("/deployments", edgeDeployments)
	handle("/apiproducts", edgeProducts)
	handle("/apiproducts/{product}", edgeGetProduct)
	handle("/apps", edgeApps)
	handle("/apps/{app}", edgeGetApp)
	edgeEmpty(handle, in)
	for _, kind := range []apigee.Kind{apigee.KindProxy, apigee.KindSharedFlow} {
		k := "/" + string(kind)
		handle(k, edgeNames(kind))
		handle(k+"/{name}", edgeAsset(kind))
		handle(k+"/{name}/deployments", edgeAssetDeployments(kind))
		handle(k+"/{name}/revisions", edgeRevisions(kind))
		handle(k+"/{name}/revisions/{rev}", edgeRevision(kind))
		handle(k+"/{name}/revisions/{rev}/deployments", edgeRevisionDeployments(kind))
		handle("/environments/{env}"+k+"/{name}/deployments", in(edgeAssetIn(kind)))
		handle("/environments/{env}"+k+"/{name}/revisions/{rev}/deployments", in(edgeRevisionIn(kind)))
		for _, part := range edgeParts() {
			handle(k+"/{name}/revisions/{rev}/"+part.collection, part.list(kind))
			handle(k+"/{name}/revisions/{rev}/"+part.collection+"/{part}", part.get(kind))
		}
	}
	return mux
}
