package api

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
)

func TestEnvironmentGroups(t *testing.T) {
	c, _ := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answers := map[string]string{
			"/envgroups":                 `{"environmentGroups":[{"name":"a","hostnames":["a.example","b.example"]}],"nextPageToken":"2"}`,
			"/envgroups?2":               `{"environmentGroups":[{"name":"b"}]}`,
			"/envgroups/a/attachments":   `{"environmentGroupAttachments":[{"environment":"prod"}],"nextPageToken":"x"}`,
			"/envgroups/a/attachments?x": `{"environmentGroupAttachments":[{"environment":"test"}]}`,
			"/envgroups/b/attachments":   `{}`,
		}
		key := strings.TrimPrefix(r.URL.Path, "/v1/organizations/acme")
		if token := r.URL.Query().Get("pageToken"); token != "" {
			key += "?" + token
		}
		fmt.Fprint(w, answers[key])
	}))
	got, err := c.EnvironmentGroups(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []apigee.EnvironmentGroup{
		{Name: "a", Hostnames: []string{"a.example", "b.example"}, Environments: []string{"prod", "test"}}, {Name: "b"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEnvironmentGroupErrors(t *testing.T) {
	for name, tt := range map[string]struct {
		answers map[string]string
		want    string
	}{
		"forbidden":    {map[string]string{"/envgroups": "refuse 403"}, "apigee.envgroups.list"},
		"hostile name": {map[string]string{"/envgroups": `{"environmentGroups":[{"name":"../x"}]}`}, "not a valid environment group name"},
		"attachments":  {map[string]string{"/envgroups": `{"environmentGroups":[{"name":"a"}]}`, "/envgroups/a/attachments": "refuse 403"}, "apigee.envgroupattachments.list"},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := newClient(t, routes(tt.answers))
			_, err := c.EnvironmentGroups(t.Context())
			wantError(t, err, tt.want)
		})
	}
}

// TestProductsPageByInclusiveKeys serves more products than a page holds; each page repeats the last of the one before.
func TestProductsPageByInclusiveKeys(t *testing.T) {
	const all = 2*productPage + 500
	requests := 0
	c, _ := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests++
		from := 0
		if key := r.URL.Query().Get("startKey"); key != "" {
			from, _ = strconv.Atoi(strings.TrimPrefix(key, "p"))
		}
		var names []string
		for i := from; i < min(from+productPage, all); i++ {
			names = append(names, fmt.Sprintf(`{"name":"p%d"}`, i))
		}
		fmt.Fprintf(w, `{"apiProduct":[%s]}`, strings.Join(names, ","))
	}))
	got, err := c.Products(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range got {
		if p.Name != fmt.Sprintf("p%d", i) {
			t.Fatalf("product %d is %s", i, p.Name)
		}
	}
	if len(got) != all || requests != 3 {
		t.Errorf("%d products in %d requests, want %d in 3", len(got), requests, all)
	}
}

func TestProductsNameTheirProxies(t *testing.T) {
	c, _ := newClient(t, routes(map[string]string{"/apiproducts": `{"apiProduct":[{"name":"p","environments":["prod"],"proxies":["b"],
		"operationGroup":{"operationConfigs":[{"apiSource":"a"},{"apiSource":"b"}]},"graphqlOperationGroup":{"operationConfigs":[{"apiSource":"c"}]}}]}`}))
	got, err := c.Products(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]apigee.Product{{Name: "p", Environments: []string{"prod"}, Proxies: []string{"a", "b", "c"}}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestAppsComeWithoutSecrets(t *testing.T) {
	c, _ := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if q.Get("includeCred") != "false" || q.Get("apiProduct") != "a & b" {
			t.Errorf("query %s", r.URL.RawQuery)
		}
		if q.Get("pageToken") == "" {
			fmt.Fprint(w, `{"app":[{"appId":"1","name":"shop","credentials":[{"consumerKey":"k","consumerSecret":"s"}]}],"nextPageToken":"2"}`)
			return
		}
		fmt.Fprint(w, `{"app":[{"appId":"2"}]}`)
	}))
	got, err := c.Apps(t.Context(), "a & b")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]apigee.App{{ID: "1", Name: "shop"}, {ID: "2"}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestListsThatNeverEndAreRefused(t *testing.T) {
	n := 0
	c, _ := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n++
		fmt.Fprintf(w, `{"app":[],"nextPageToken":"%d"}`, n)
	}))
	_, err := c.Apps(t.Context(), "p")
	wantError(t, err, "no end")
}

func TestDebugMask(t *testing.T) {
	c, _ := newClient(t, routes(map[string]string{
		"/environments/prod/debugmask": `{"name":"organizations/acme/environments/prod/debugmask","variables":["a"],"requestJSONPaths":["$.b"],"responseJSONPaths":["$.c"],"faultJSONPaths":["$.d"]}`,
		"/environments/test/debugmask": "refuse 403",
	}))
	got, err := c.DebugMask(t.Context(), "prod")
	if err != nil {
		t.Fatal(err)
	}
	want := &apigee.DebugMask{Variables: []string{"a"}, RequestJSONPaths: []string{"$.b"}, ResponseJSONPaths: []string{"$.c"}, FaultJSONPaths: []string{"$.d"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	_, err = c.DebugMask(t.Context(), "test")
	wantError(t, err, "read the debug mask: ", "403", "apigee.maskconfigs.get")
	_, err = c.DebugMask(t.Context(), "../x")
	wantError(t, err, "not a valid environment name")
}
