package simulator_test

import (
	"testing"
	"testing/fstest"

	"apigee-audit/apigee"
	"apigee-audit/apigee/simulator"

	"github.com/google/go-cmp/cmp"
)

func TestFromArchives(t *testing.T) {
	archive := func(name, text string) *apigee.Archive {
		return &apigee.Archive{Files: []apigee.File{{Name: name, Data: []byte(text)}}}
	}
	got := simulator.FromArchives("mine", "local", map[apigee.Revision]*apigee.Archive{
		{Kind: apigee.KindSharedFlow, Name: "guard"}:        archive("sharedflowbundle/guard.xml", "g"),
		{Kind: apigee.KindProxy, Name: "pay", Number: "12"}: archive("apiproxy/pay.xml", "p"),
		{Kind: apigee.KindProxy, Name: "login"}:             archive("apiproxy/login.xml", "l"),
	})
	login := apigee.Revision{Kind: apigee.KindProxy, Name: "login", Number: "1"}
	pay := apigee.Revision{Kind: apigee.KindProxy, Name: "pay", Number: "12"}
	guard := apigee.Revision{Kind: apigee.KindSharedFlow, Name: "guard", Number: "1"}
	want := &simulator.Organization{
		Name:         "mine",
		Environments: []simulator.Environment{{Name: "local", Deployed: []apigee.Revision{login, pay, guard}}},
		Groups:       []simulator.Group{{Name: "default", Hostnames: []string{"local.example.com"}, Environments: []string{"local"}}},
		Bundles: []simulator.Bundle{
			{Revision: login, Files: map[string][]byte{"apiproxy/login.xml": []byte("l")}},
			{Revision: pay, Files: map[string][]byte{"apiproxy/pay.xml": []byte("p")}},
			{Revision: guard, Files: map[string][]byte{"sharedflowbundle/guard.xml": []byte("g")}},
		},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("organization (-want +got):\n%s", d)
	}
}

func TestLoadSaysWhatIsWrong(t *testing.T) {
	for want, files := range map[string]fstest.MapFS{
		"load organization o: open deployments.json: file does not exist":          {},
		"load organization o: read deployments.json: unexpected end of JSON input": {"deployments.json": {}},
	} {
		if _, err := simulator.Load("o", files); err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}
