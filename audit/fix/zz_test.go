package fix_test

import (
	"apigee-audit/audit"
	"apigee-audit/audit/fix"
	"apigee-audit/audit/internal/audittest"
	"apigee-audit/audit/rules"
	"fmt"
	"golang.org/x/tools/txtar"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestZZ(t *testing.T) {
	files, _ := filepath.Glob("../rules/testdata/*.txtar")
	for _, file := range files {
		archive, _ := txtar.ParseFile(file)
		org := audittest.Read(t, archive.Files)
		o := org.Options(rules.All())
		a, err := audit.Read(t.Context(), org, o)
		if err != nil {
			t.Fatal(err)
		}
		res := a.Result()
		fix.Propose(t.Context(), a, res, fix.Options{Settings: o.Settings, Concurrency: 2})
		for _, f := range res.Findings {
			if !strings.Contains(os.Getenv("RULES"), f.RuleID) {
				continue
			}
			fmt.Printf("=== %s %s %s: %s\n", filepath.Base(file), f.RuleID, f.Name, f.Message)
			for _, x := range f.Fixes {
				fmt.Printf("--> %s\n", x.Description)
				for _, e := range x.Mends {
					fmt.Printf("   mends %s %s\n", e.RuleID, e.Name)
				}
				for _, e := range x.Introduces {
					fmt.Printf("   introduces %s %s: %s\n", e.RuleID, e.Name, e.Message)
				}
				fmt.Print(x.Diff)
			}
			if f.NoFix != "" {
				fmt.Println("!!", f.NoFix)
			}
		}
		a.Close()
	}
}
