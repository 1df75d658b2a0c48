package audit_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// sorted is an organization whose lists have the order in which they are read from files.
func (o *modelOrg) sorted() *modelOrg {
	out := o.clone()
	for _, b := range out.bundles() {
		slices.SortFunc(b.Policies, func(x, y *modelPolicy) int { return strings.Compare(x.Name, y.Name) })
	}
	return out
}

// TestOracleReads: what is read from the bundles of an organization behaves as that does.
func TestOracleReads(t *testing.T) {
	t.Parallel()
	for seed := range uint64(seeds) {
		for _, plain := range []bool{false, true} {
			o := generate(seeded(seed), plain).sorted()
			read, err := readOrg(o, o.emit())
			if err != nil {
				t.Fatalf("seed %d: %v\n%s", seed, err, o)
			}
			for i, env := range o.Environments {
				want := explore(o, env, false, requests/4, rand.New(rand.NewPCG(seed, 1)).IntN)
				got := explore(read, read.Environments[i], false, requests/4, rand.New(rand.NewPCG(seed, 1)).IntN)
				if !reflect.DeepEqual(got, want) {
					t.Fatalf("seed %d: what is read does not behave as what was written:\n%s\nread:\n%s", seed, o, read)
				}
			}
		}
	}
}

// TestOracleReadsAllOrNothing: what the reader does not know fails, rather than being left out of the model.
func TestOracleReadsAllOrNothing(t *testing.T) {
	t.Parallel()
	value := "a"
	o := &modelOrg{
		Proxy: &modelBundle{
			Name: "p", Number: "1",
			Policies:  []*modelPolicy{{Name: "issue", Kind: kindIssue}, {Name: "set", Kind: kindAssign, To: "mode", Value: &value}},
			Endpoints: []*modelEndpoint{{Name: "e0", Pre: modelFlow{Request: []*modelStep{{Policy: "issue", Cond: &modelCond{Op: opEqual, Variable: "mode", Right: "a"}}}}}},
		},
		Environments: []*modelEnv{{Name: "dev"}},
	}
	if _, err := readOrg(o, o.emit()); err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{"<Name>issue</Name>", "<Name>other</Name>"},
		{"<Name>issue</Name>", "<Name>issue</Name><Name>set</Name>"},
		{"<Name>issue</Name>", "<Name>issue</Name><FaultRules/>"},
		{"<PreFlow ", "<PreFlow enabled='false' "},
		{"<PreFlow ", "text<PreFlow "},
		{"</ProxyEndpoint>", ""},
		{"</ProxyEndpoint>", "</ProxyEndpoint><ProxyEndpoint/>"},
		{"GenerateAccessToken", "GenerateJWTAccessToken"},
		{"<Operation>", "<StoreToken>true</StoreToken><Operation>"},
		{"AssignMessage", "JSONToXML"},
		{`mode = "a"`, `mode = "a`}, {`mode = "a"`, `mode = "a" or`}, {`mode = "a"`, `mode ^ "a"`}, {`mode = "a"`, `(mode = "a"`}, {`mode = "a"`, `mode = "a")`},
	} {
		files, changed := o.emit(), false
		for name, text := range files[0].Files {
			files[0].Files[name] = strings.ReplaceAll(text, change[0], change[1])
			changed = changed || files[0].Files[name] != text
		}
		if _, err := readOrg(o, files); err == nil || !changed {
			t.Errorf("%s in the place of %s is read (or was not there: %v)", change[1], change[0], !changed)
		}
	}
}
