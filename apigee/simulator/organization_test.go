package simulator_test

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/simulator"
)

func TestFromArchives(t *testing.T) {
	archive := func(name, text string) *bundle.Archive {
		return &bundle.Archive{Files: []bundle.File{{Name: name, Data: []byte(text)}}}
	}
	got := simulator.FromArchives("mine", "local", map[apigee.Revision]*bundle.Archive{
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

func TestFromArchivesNumbersWhatSharesAName(t *testing.T) {
	packed := func(base, file string) *bundle.Archive {
		return &bundle.Archive{Base: base, Files: []bundle.File{{Name: file, Data: []byte("x")}}}
	}
	at := func(number, root string) apigee.Revision {
		return apigee.Revision{Kind: apigee.KindProxy, Name: "login", Number: number, Root: root}
	}
	o := simulator.FromArchives("mine", "local", map[apigee.Revision]*bundle.Archive{
		at("", "a"): packed("", "apiproxy/a.xml"), at("", "b"): packed("ApiProxy", "ApiProxy/b.xml"), at("", "c"): packed(".", "c.xml"),
		at("1", "x.zip"): packed("", "apiproxy/x.xml"), at("4", "y.zip"): packed("", "apiproxy/y.xml"), at("4", "z.zip"): packed("", "apiproxy/z.xml"),
	})
	got := map[string]string{}
	for _, b := range o.Bundles {
		for name := range b.Files {
			got[b.Number] += name
		}
		if b.Root != "" || !slices.Contains(o.Environments[0].Deployed, b.Revision) {
			t.Errorf("%+v is not deployed", b.Revision)
		}
	}
	want := map[string]string{
		"2": "apiproxy/a.xml", "3": "apiproxy/b.xml", "5": "apiproxy/c.xml", "1": "apiproxy/x.xml", "4": "apiproxy/y.xml", "6": "apiproxy/z.xml",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("revisions (-want +got):\n%s", d)
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
