package cli

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/report"
)

// passwordProxy is a proxy that issues refresh tokens for the password grant; more goes into its policy.
func passwordProxy(name, more string) map[string]string {
	return map[string]string{
		"apiproxy/" + name + ".xml": `<APIProxy name="` + name + `"/>`,
		"apiproxy/proxies/default.xml": `<ProxyEndpoint name="default"><PreFlow><Request><Step><Name>Issue</Name></Step></Request></PreFlow>` +
			`<HTTPProxyConnection><BasePath>/login</BasePath></HTTPProxyConnection><RouteRule name="none"/></ProxyEndpoint>`,
		"apiproxy/policies/Issue.xml": `<OAuthV2 name="Issue">` + more + `<Operation>GenerateAccessToken</Operation>` +
			`<SupportedGrantTypes><GrantType>password</GrantType></SupportedGrantTypes><GenerateResponse enabled="true"/></OAuthV2>`,
	}
}

// lay writes a bundle into a folder, or packs it where the name ends in .zip.
func lay(t *testing.T, at string, files map[string]string) {
	t.Helper()
	put := func(name, text string) error {
		name = filepath.Join(at, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		return os.WriteFile(name, []byte(text), 0o644)
	}
	if strings.HasSuffix(at, ".zip") {
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		out, err := os.Create(at)
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		w := zip.NewWriter(out)
		defer w.Close()
		put = func(name, text string) error {
			f, err := w.Create(name)
			if err == nil {
				_, err = f.Write([]byte(text))
			}
			return err
		}
	}
	for name, text := range files {
		if err := put(name, text); err != nil {
			t.Fatal(err)
		}
	}
}

// scanned scans the working directory for one rule.
func scanned(t *testing.T) *report.Document {
	t.Helper()
	_, stdout, stderr := call(t.Context(), []string{"scan", "-q", "-f", "json", "--rule", "RT501", "."}, nil)
	var doc report.Document
	if err := json.Unmarshal([]byte(stdout), &doc); err != nil {
		t.Fatal(err, stderr)
	}
	return &doc
}

// summed are the findings as "status source: revision path, revision path".
func summed(doc *report.Document) []string {
	var out []string
	for _, f := range doc.Findings {
		var at []string
		for _, d := range f.Deployments {
			at = append(at, strings.TrimSpace(d.Revision+" "+d.Source))
		}
		out = append(out, fmt.Sprintf("%s %s: %s", f.Status, f.Source, strings.Join(at, ", ")))
	}
	return out
}

func TestCopiesAreOneBundleAtSeveralPaths(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, at := range []string{"src/login", "target/login", "exports/login.zip"} {
		lay(t, at, passwordProxy("login", ""))
	}
	doc := scanned(t)
	if diff := cmp.Diff([]string{"new src/login: src/login, target/login, exports/login.zip"}, summed(doc)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if o := doc.Organizations[0]; o.Deployments != 1 || o.Revisions != 1 || o.Audited != 1 || len(doc.Notices) != 1 || !doc.Complete {
		t.Errorf("%+v, complete %v, notices %v", o, doc.Complete, doc.Notices)
	}
	if want := []string{"src/login", "target/login", "exports/login.zip"}; len(doc.Inventory) != 1 || !slices.Equal(doc.Inventory[0].Sources, want) {
		t.Errorf("inventory %+v", doc.Inventory)
	}
	for format, want := range map[string]string{
		"table":    "[also in target/login and exports/login.zip]",
		"csv":      `"src/login, target/login, exports/login.zip"`,
		"markdown": "- Also in: target/login, exports/login.zip\n",
		"html":     "<span>Also in: target/login, exports/login.zip</span>",
		"sarif":    "Also in: target/login and exports/login.zip.",
		"junit":    "Also in      target/login, exports/login.zip",
	} {
		if _, stdout, stderr := call(t.Context(), []string{"scan", "-q", "-f", format, "--rule", "RT501", "."}, nil); !strings.Contains(stdout, want) {
			t.Errorf("%s lacks %q:\n%s%s", format, want, stdout, stderr)
		}
	}
}

func TestACommentAcceptsInEveryCopy(t *testing.T) {
	t.Chdir(t.TempDir())
	const accept = "<!-- apigee-audit:ignore RT501 an old client -->"
	lay(t, "a", passwordProxy("login", accept))
	lay(t, "b.zip", passwordProxy("login", accept))
	lay(t, "c", passwordProxy("login", accept+" "))
	lay(t, "d", passwordProxy("login", ""))
	want := []string{"suppressed a: a, b.zip", "suppressed c: c", "new d: d"}
	got := summed(scanned(t))
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestExportedRevisionsAreToldApart(t *testing.T) {
	t.Chdir(t.TempDir())
	lay(t, "login_rev3_2026_01_02.zip", passwordProxy("login", ""))
	lay(t, "login_rev12_2026_03_04.zip", passwordProxy("login", " "))
	lay(t, "login__12.zip", passwordProxy("login", "  "))
	lay(t, "src", passwordProxy("login", "   "))
	want := []string{
		"new login__12.zip: 3 login_rev3_2026_01_02.zip, 12 login__12.zip, 12 login_rev12_2026_03_04.zip",
		"new src: src",
	}
	doc := scanned(t)
	got := summed(doc)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	prints := map[string]bool{}
	for _, f := range doc.Findings {
		prints[f.Fingerprint] = true
		if f.Source == "src" && strings.Contains(f.Fingerprint, ":") {
			t.Errorf("an export changes the fingerprint of the source: %s", f.Fingerprint)
		}
	}
	if len(prints) != 2 || doc.Organizations[0].Deployments != 4 {
		t.Errorf("fingerprints %v, %+v", prints, doc.Organizations[0])
	}
}

func TestProblemsSayInWhichCopyTheyAre(t *testing.T) {
	t.Chdir(t.TempDir())
	lay(t, "a", passwordProxy("login", "<never closed>"))
	lay(t, "b", passwordProxy("login", ""))
	doc := scanned(t)
	if len(doc.Problems) != 1 || doc.Problems[0].Source != "a" {
		t.Fatalf("problems %+v", doc.Problems)
	}
	const want = "proxy login, a/apiproxy/policies/Issue.xml:1:"
	if _, stdout, _ := call(t.Context(), []string{"scan", "-q", "."}, nil); !strings.Contains(stdout, want) {
		t.Errorf("the table lacks %q:\n%s", want, stdout)
	}
}
