// Package apigeeaudit_test keeps the rules that hold for the repository as a whole.
package apigeeaudit_test

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const module = "apigee-audit"

// root is how these tests call the package at the root of the module.
const root = "."

// inModule is the path of a package inside this module, if it is of this module.
func inModule(path string) (name string, ok bool) {
	if path == module {
		return root, true
	}
	return strings.CutPrefix(path, module+"/")
}

// pkg is what go list tells of a package.
type pkg struct {
	ImportPath string
	Standard   bool
	Imports    []string
	Deps       []string // with those of dependencies, all the way
}

// packages lists the packages of this module and everything they depend on, tests left out.
var packages = sync.OnceValues(func() (map[string]*pkg, error) {
	out, err := exec.Command("go", "list", "-deps", "-json=ImportPath,Standard,Imports,Deps", "./...").Output()
	if err != nil {
		var failed *exec.ExitError
		if errors.As(err, &failed) {
			err = errors.New(string(failed.Stderr))
		}
		return nil, err
	}
	all := map[string]*pkg{}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all[p.ImportPath] = &p
	}
})

// ours calls check for every package of this module, with its path inside the module.
func ours(t *testing.T, check func(name string, p *pkg, all map[string]*pkg)) {
	t.Helper()
	all, err := packages()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	seen := 0
	for path, p := range all {
		if name, ok := inModule(path); ok {
			seen++
			check(name, p, all)
		}
	}
	if seen == 0 {
		t.Fatal("go list found no package of this module")
	}
}

// within reports whether a package is one of the trees: "a/b" is within "a".
func within(path string, trees ...string) bool {
	for _, tree := range trees {
		if path == tree || strings.HasPrefix(path, tree+"/") {
			return true
		}
	}
	return false
}

// TestPureParts keeps the judging parts away from the network and the configuration, however many packages lie between.
func TestPureParts(t *testing.T) {
	pure := map[string]bool{
		"apigee": true, "apigee/condition": true, "apigee/xmltree": true, "apigee/bundle": true, "apigee/inventory": true, "apigee/cache": true,
		"apigee/snapshot": true, "apigee/disk": true, "apigee/overlay": true, "audit": true, "audit/finding": true, "audit/flow": true, "audit/records": true, "audit/rules": true, "audit/fix": true,
		"report": true, "report/history": true, "report/format": true,
	}
	found := 0
	ours(t, func(name string, p *pkg, _ map[string]*pkg) {
		if !pure[name] {
			return
		}
		found++
		for _, dep := range p.Deps {
			if within(dep, "net/http", "golang.org/x/oauth2", "google.golang.org/api", "github.com/spf13/viper") {
				t.Errorf("%s reaches %s (go list -deps): what judges must not reach the network or the configuration; bring the data in from outside", name, dep)
			}
		}
	})
	if found != len(pure) {
		t.Errorf("only %d of %d packages were found: has one moved?", found, len(pure))
	}
}

// TestVocabularyNeedsTheStandardLibraryOnly keeps the base everybody imports free of modules.
func TestVocabularyNeedsTheStandardLibraryOnly(t *testing.T) {
	ours(t, func(name string, p *pkg, all map[string]*pkg) {
		if name != "apigee" && name != "apigee/condition" && name != "apigee/xmltree" {
			return
		}
		for _, dep := range p.Deps {
			if d := all[dep]; d != nil && !d.Standard && !within(dep, module+"/apigee", module+"/internal") {
				t.Errorf("%s reaches %s: it may use the standard library only", name, dep)
			}
		}
	})
}

// TestLibrariesStayInTheirPlace keeps each library replaceable: one place imports it.
func TestLibrariesStayInTheirPlace(t *testing.T) {
	places := map[string]string{
		"github.com/spf13/cobra":                "cmd/apigee-audit/internal/cli",
		"github.com/spf13/viper":                "cmd/apigee-audit/internal/config",
		"github.com/schollz/progressbar":        "cmd/apigee-audit/internal/cli",
		"golang.org/x/term":                     "cmd/apigee-audit/internal/cli",
		"github.com/olekukonko/tablewriter":     "report/table",
		"github.com/yuin/goldmark":              "report/html cmd/apigee-audit/internal/page",
		"google.golang.org/api":                 "apigee/api apigee/auth",
		"github.com/santhosh-tekuri/jsonschema": "apigee/simulator/contract report/internal/reporttest", // tests only
		"github.com/aymanbagabas/go-udiff":      "audit/fix",
		"github.com/google/go-cmp":              "", // tests only
	}
	ours(t, func(name string, p *pkg, _ map[string]*pkg) {
		for _, dep := range p.Imports {
			for library, place := range places {
				if within(dep, library) && !within(name, strings.Fields(place)...) {
					t.Errorf("%s imports %s, which belongs in %q", name, dep, place)
				}
			}
		}
	})
}

// TestArrowsPointDown keeps the order of the packages: each imports only what stands below it. What lies in internal serves
// everybody and needs nothing outside of it.
func TestArrowsPointDown(t *testing.T) {
	allowed := map[string][]string{
		"apigee":           {},
		"apigee/condition": {},
		"apigee/xmltree":   {},
		"apigee/bundle":    {"apigee", "apigee/xmltree"},
		"apigee/inventory": {"apigee", "apigee/bundle"},
		"apigee/auth":      {},
		"apigee/api":       {"apigee", "apigee/bundle", "apigee/inventory", "apigee/auth"},
		"apigee/cache":     {"apigee", "apigee/bundle", "apigee/inventory"},
		"apigee/snapshot":  {"apigee", "apigee/bundle", "apigee/inventory"},
		"apigee/disk":      {"apigee", "apigee/bundle", "apigee/inventory", "apigee/snapshot", "apigee/xmltree"},
		"apigee/overlay":   {"apigee", "apigee/bundle", "apigee/disk", "apigee/inventory", "apigee/snapshot"},
		"apigee/simulator": {"apigee", "apigee/bundle", "apigee/inventory"},
		// The contract of the management API, and credentials, for tests; nothing that ships may import them.
		"apigee/simulator/contract": {},
		"apigee/internal/authtest":  {},

		"audit/finding": {"apigee"},
		"audit/flow":    {"audit/finding", "apigee", "apigee/bundle", "apigee/condition", "apigee/inventory", "apigee/xmltree"},
		"audit/records": {"audit/finding", "audit/flow", "apigee", "apigee/inventory"},
		"audit":         {"audit/finding", "audit/flow", "audit/records", "apigee", "apigee/bundle", "apigee/inventory", "apigee/xmltree"},
		"audit/rules":   {"audit", "audit/finding", "audit/flow", "audit/records", "apigee", "apigee/bundle", "apigee/xmltree"},

		"audit/fix": {"audit", "audit/finding", "audit/flow", "apigee", "apigee/bundle", "apigee/condition", "apigee/xmltree"},
		// Organizations for tests.
		"audit/internal/audittest": {"audit", "audit/finding", "apigee", "apigee/bundle", "apigee/inventory"},

		"report": {"audit/finding", "apigee", "apigee/bundle"},
		// What became of findings in many reports.
		"report/history": {"report", "audit/finding", "apigee"},
		// One writer a room, and none knows another. The text of a failed test is what explains a finding in a terminal.
		"report/picture":             {"report", "audit/finding", "apigee"}, // what writers of pictures share
		"report/dot":                 {"report", "report/picture"},
		"report/mermaid":             {"report", "report/picture"},
		"report/table":               {"report", "report/history", "audit/finding", "apigee"},
		"report/json":                {"report", "report/history", "audit/finding"},
		"report/sarif":               {"report", "audit/finding", "apigee", "apigee/bundle"},
		"report/html":                {"report", "report/picture", "report/history", "audit/finding", "apigee"},
		"report/markdown":            {"report", "report/mermaid", "audit/finding", "apigee"},
		"report/csv":                 {"report", "report/history", "audit/finding", "apigee"},
		"report/junit":               {"report", "report/table", "audit/finding", "apigee"},
		"report/github":              {"report", "audit/finding", "apigee"},
		"report/ocsf":                {"report", "audit/finding", "apigee"},
		"report/prometheus":          {"report", "audit/finding", "apigee"},
		"report/gitlab":              {"report", "audit/finding", "apigee"},
		"report/format":              {"report", "report/history", "report/github", "report/gitlab", "report/table", "report/json", "report/sarif", "report/html", "report/markdown", "report/csv", "report/dot", "report/junit", "report/mermaid", "report/ocsf", "report/prometheus"},
		"report/internal/reporttest": {"report", "audit/finding", "apigee"}, // documents for tests

		"internal/crew":      {},
		"internal/files":     {"internal/text"},
		"internal/jsontext":  {},
		"internal/policyxml": {},
		"internal/slab":      {},
		"internal/text":      {},
		"internal/typical":   {}, // bundles for benchmarks

		root:               {}, // files of the repository that travel inside the program
		"cmd/apigee-audit": {"cmd/apigee-audit/internal/cli"},
		"cmd/apigee-audit/internal/config": {
			root, "apigee", "apigee/api", "apigee/overlay", "audit", "audit/finding", "audit/records", "audit/rules", "report", "report/format",
		},
		"cmd/apigee-audit/internal/patch":  {"apigee", "apigee/bundle", "apigee/snapshot", "audit/fix"},
		"cmd/apigee-audit/internal/page":   {},
		"cmd/apigee-audit/internal/doctor": {"apigee", "apigee/api", "apigee/auth"},
		"cmd/apigee-audit/internal/cli": {
			root, "cmd/apigee-audit/internal/config", "cmd/apigee-audit/internal/doctor", "cmd/apigee-audit/internal/page", "cmd/apigee-audit/internal/patch", "apigee", "apigee/api", "apigee/auth", "apigee/bundle", "apigee/cache", "apigee/disk", "apigee/inventory",
			"apigee/overlay", "apigee/simulator", "apigee/snapshot", "audit", "audit/finding", "audit/fix", "audit/flow", "audit/records", "audit/rules",
			"report", "report/format", "report/history", "report/html", "report/markdown", "report/sarif", "report/table",
		},
	}
	ours(t, func(name string, p *pkg, _ map[string]*pkg) {
		below, known := allowed[name]
		if !known {
			t.Errorf("package %s has no place in the order: add it to this test", name)
			return
		}
		for _, dep := range p.Imports {
			inside, ok := inModule(dep)
			if ok && !(within(inside, "internal") && !within(name, "internal")) && !slices.Contains(below, inside) {
				t.Errorf("%s imports %s; it may only import %v", name, inside, below)
			}
		}
	})
}

// TestTestSupportStaysInTests: what only tests need is in no program.
func TestTestSupportStaysInTests(t *testing.T) {
	ours(t, func(name string, p *pkg, _ map[string]*pkg) {
		for _, dep := range p.Imports {
			if inside, ok := inModule(dep); ok && within(inside, "report/internal/reporttest", "audit/internal/audittest", "apigee/simulator/contract", "internal/typical") {
				t.Errorf("%s imports %s, which is for tests", name, inside)
			}
		}
	})
}

// TestOnlyMainExits keeps every other function callable from a test, and errors on their one way out. It also refuses
// init functions, which would run for everybody who imports a package.
func TestOnlyMainExits(t *testing.T) {
	exits := map[string]bool{"os.Exit": true, "log.Fatal": true, "log.Fatalf": true, "log.Fatalln": true, "syscall.Exit": true}
	files := token.NewFileSet()
	mains := 0
	err := filepath.WalkDir(".", func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && path != "." && (strings.HasPrefix(e.Name(), ".") || e.Name() == "testdata" || e.Name() == "node_modules") {
			return filepath.SkipDir
		}
		if e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			f, isFunc := decl.(*ast.FuncDecl)
			main := isFunc && f.Recv == nil && f.Name.Name == "main" && file.Name.Name == "main"
			if isFunc && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s: init function: do it where it is needed", files.Position(f.Pos()))
			}
			ast.Inspect(decl, func(n ast.Node) bool {
				s, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				if x, ok := s.X.(*ast.Ident); ok && exits[x.Name+"."+s.Sel.Name] {
					if mains++; !main || x.Name != "os" {
						t.Errorf("%s: %s.%s: only main may exit; return an error", files.Position(n.Pos()), x.Name, s.Sel.Name)
					}
				}
				return true
			})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if mains == 0 {
		t.Error("no exit was found at all: the search is broken")
	}
}

// neverTagged are modules that have no version to require: their authors have tagged none.
var neverTagged = []string{
	"github.com/mitchellh/colorstring",          // of schollz/progressbar
	"github.com/olekukonko/cat",                 // of tablewriter
	"google.golang.org/genproto/googleapis/rpc", // of grpc
}

// pseudoVersion is how a version that stands for an untagged commit ends.
var pseudoVersion = regexp.MustCompile(`[.-]\d{14}-[0-9a-f]{12}$`)

// An untagged commit was not released by anybody, and advisories do not name it.
func TestModulesAreReleases(t *testing.T) {
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	var untagged []string
	for line := range strings.Lines(string(mod)) {
		if f := strings.Fields(strings.TrimPrefix(line, "require ")); len(f) >= 2 && pseudoVersion.MatchString(f[1]) {
			untagged = append(untagged, f[0])
		}
	}
	slices.Sort(untagged)
	if diff := cmp.Diff(neverTagged, untagged); diff != "" {
		t.Errorf("modules that go.mod requires by commit (- expected, + found): require a tagged version, or say why there is none\n%s", diff)
	}
}
