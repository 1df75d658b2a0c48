package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/internal/text"
)

// FuzzConfiguration: a configuration file is refused with a sentence, or means what it is shown to mean; and one that was
// merely found never decides where credentials go or what is written.
func FuzzConfiguration(f *testing.F) {
	example, err := os.ReadFile("../../../../config.example.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(example)
	for _, line := range []string{
		"rule: [RT402]\nfail-on: none\n", "proxy: ['##vso[x]', \"a\\u202e\"]\n", "a: &a [1,1]\nb: &b [*a,*a]\nrule: *b\n",
		"suppressions:\n  - {rule: RT101, reason: x, expires: 2030-01-01}\n", "endpoint: https://x\n", "timeout: 1h\n", "- a\n", "rate: 1.5\n", "org: {a: b}\n",
		"suppressions: [{rule: RT101, reason: x, expires: 2030-01-01T00:00:00Z}]\nseverities: [{rule: RT302, severity: low}]\n",
		"<<: {rule: [RT101]}\n", "? [a]\n: b\n", "\ufeffrate: 5\n", "rule: !!binary aGk=\n", "---\nrate: 5\n---\nrate: 6\n", "quiet: yes\n",
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		name := filepath.Join(t.TempDir(), "c.yaml")
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		s, err := config.Load(nil, config.ScanFlags(), config.FileChoice{Name: name})
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("it takes %v to read", took)
		}
		if err != nil {
			if line := sentence("%v", err); strings.Contains(line, "\n") || text.Sanitize(line) != line || len(line) > 2000 {
				t.Errorf("the error is %q", line)
			}
			return
		}
		if c, err := s.Scan([]string{"."}, nil); err == nil && len(c.Rules) == 0 {
			t.Error("no rule is left, which finds nothing and calls it clean")
		}
		shown, err := config.YAML(s.Settings)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, shown, 0o600); err != nil {
			t.Fatal(err)
		}
		again, err := config.Load(nil, config.ScanFlags(), config.FileChoice{Name: name})
		if err != nil {
			t.Fatalf("%v in what is shown:\n%s", err, shown)
		}
		if diff := cmp.Diff(s.Settings, again.Settings, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("what is shown reads back otherwise (-want +got):\n%s", diff)
		}
	})
}
