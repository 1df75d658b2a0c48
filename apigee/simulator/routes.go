package simulator

import (
	"net/http"
	"strings"

	"apigee-audit/apigee"
)

// endpoint answers one kind of request about one organization with a JSON value, a zipped bundle or an [apiError].
type endpoint func(*served, *http.Request) any

func (s *Server) newRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		write(w, notFound("Method not found: "+r.URL.Path))
	})
	mux.HandleFunc("/v1/organizations", func(w http.ResponseWriter, _ *http.Request) { write(w, s.listOrganizations()) })
	mux.HandleFunc("/v1/organizations/{org}", func(w http.ResponseWriter, r *http.Request) {
		// A custom method hangs on the last path element, where the router knows only whole elements.
		if name, ok := strings.CutSuffix(r.PathValue("org"), ":getProjectMapping"); ok {
			r.SetPathValue("org", name)
			s.about(getProjectMapping)(w, r)
			return
		}
		s.about(getOrganization)(w, r)
	})
	handle := func(path string, e endpoint) {
		mux.HandleFunc("/v1/organizations/{org}/"+path, s.about(func(o *served, r *http.Request) any {
			if why := o.refuses(path, r); why != "" {
				return refused(why)
			}
			return e(o, r)
		}))
	}
	handle("deployments", listDeployments)
	// The lists of environments and of flow hooks are not in the discovery document, and answered all the same.
	// Source: apigeecli and apigee-edge-js, which ask for them.
	handle("environments", listEnvironments)
	handle("environments/{env}/flowhooks", inEnvironment(listFlowHooks))
	handle("environments/{env}", inEnvironment(getEnvironment))
	handle("environments/{env}/deployments", inEnvironment(listEnvironmentDeployments))
	handle("environments/{env}/flowhooks/{point}", inEnvironment(getFlowHook))
	handle("environments/{env}/stats/{dimensions}", inEnvironment(getStats))
	handle("environments/{env}/debugmask", inEnvironment(getDebugMask))
	handle("apiproducts", listProducts)
	handle("apiproducts/{product}", getProduct)
	handle("apps", listApps)
	// Of these the simulated organizations have none.
	for _, name := range []string{"keystores", "keyvaluemaps", "references", "targetservers"} {
		handle("environments/{env}/"+name, inEnvironment(func(*served, *Environment, *http.Request) any { return []string{} }))
	}
	handle("developers", func(*served, *http.Request) any { return struct{}{} })
	handle("keyvaluemaps", func(*served, *http.Request) any { return []string{} })
	handle("envgroups", listGroups)
	handle("envgroups/{group}/attachments", listAttachments)
	for _, kind := range []apigee.Kind{apigee.KindProxy, apigee.KindSharedFlow} {
		k := string(kind)
		handle(k, listBundles(kind))
		handle(k+"/{name}", getBundle(kind))
		handle(k+"/{name}/revisions/{rev}", getRevision(kind))
		handle(k+"/{name}/revisions", listRevisions(kind))
		handle(k+"/{name}/deployments", listAssetDeployments(kind))
		handle(k+"/{name}/revisions/{rev}/deployments", listRevisionDeployments(kind))
		handle("environments/{env}/"+k+"/{name}/deployments", inEnvironment(listAssetIn(kind)))
		handle("environments/{env}/"+k+"/{name}/revisions/{rev}/deployments", inEnvironment(getDeployment(kind)))
	}
	return mux
}

// about finds the organization that the path names.
func (s *Server) about(e endpoint) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("org")
		for _, o := range s.organizations {
			if o.Name == name {
				write(w, e(o, r))
				return
			}
		}
		// Google does not distinguish an organization that the caller may not see from one that does not exist.
		write(w, &apiError{http.StatusForbidden, "PERMISSION_DENIED",
			`Permission denied on resource "organizations/` + name + `" (or it may not exist)`})
	}
}

// inEnvironment finds the environment that the path names.
func inEnvironment(f func(*served, *Environment, *http.Request) any) endpoint {
	return func(o *served, r *http.Request) any {
		env, ok := o.environments[r.PathValue("env")]
		if !ok {
			return notFound("environment " + r.PathValue("env") + " not found in organization " + o.Name)
		}
		return f(o, env, r)
	}
}
