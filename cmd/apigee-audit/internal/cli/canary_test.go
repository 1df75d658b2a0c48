package cli

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"apigee-audit/apigee/simulator"
	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/report"
	"apigee-audit/report/format"
)

// canaries are what whoever may deploy could name things, each for another reader of the audit's output: Azure Pipelines,
// GitHub before and now, terminals, people. XML allows most of them, also where it takes a reference.
var canaries = []string{
	"##vso[task.setvariable variable=LD_PRELOAD]/tmp/x", "##[add-mask]y", "::add-mask::y", "\n::error::y", "\r\n##[error]y",
	"\u009b2J", "\u202egnp", "\u200b\ufeff", "\U000e0041", "\u2028::error::y", "\u3164", ":", "#", "[y]:",
}

var (
	hashCommand = regexp.MustCompile(`##[A-Za-z]*\[`)
	ownCommand  = regexp.MustCompile(`^::(error|warning|notice|group|endgroup)( [^:]*)?::`)
	ownStyle    = regexp.MustCompile(`(?s)<style>.*?</style>|<script>.*?</script>`)
)

// obeyed is the first line of an output that somebody or something would obey, or not see.
func obeyed(name, out string) string {
	if name == "html" { // our own styles have colons in pairs
		out = ownStyle.ReplaceAllString(out, "")
	}
	if strings.HasPrefix(name, "csv") {
		out = strings.ReplaceAll(out, "\r\n", "\n")
	}
	for line := range strings.Lines(out) {
		line = strings.TrimSuffix(line, "\n")
		if name == "github" { // our own command, which has no colon before its text
			line = ownCommand.ReplaceAllString(line, "")
		}
		// Most lines have no ## and are ASCII; under the race detector, a closer look is slow.
		if strings.Contains(line, "::") || strings.Contains(line, "##") && hashCommand.MatchString(line) || strings.ContainsFunc(line, func(r rune) bool {
			return (r < ' ' || r > '~') && (!unicode.IsGraphic(r) || unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector))
		}) {
			return line
		}
	}
	return ""
}

// checkObeyed runs a command and looks for canaries in all that it says. It returns what it wrote to stdout.
func checkObeyed(t *testing.T, name string, environ []string, args ...string) string {
	t.Helper()
	status, stdout, stderr := call(t.Context(), args, environ)
	if status > exitFailed {
		t.Errorf("%v: status %d, stderr:\n%s", args, status, stderr)
	}
	for stream, text := range map[string]string{"stdout": stdout, "stderr": stderr} {
		form := name
		if stream == "stderr" {
			form = "table"
		}
		if line := obeyed(form, text); line != "" {
			t.Errorf("%v: %s holds %q", args, stream, line)
		}
	}
	return stdout
}

// checkEveryOutput makes everything that can be made of an audit, which has at least so many findings and problems.
func checkEveryOutput(t *testing.T, least int, environ []string, scan ...string) {
	t.Helper()
	stored := filepath.Join(t.TempDir(), "report.json")
	for _, name := range format.Formats() {
		checkObeyed(t, name, environ, append(scan, "-f", name, "--details", "--log-level", "debug", "-o", "json="+stored)...)
		if name != "json" {
			checkObeyed(t, name, nil, "render", stored, "-f", name)
		}
	}
	data, err := os.ReadFile(stored)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := report.Read(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if len(doc.Findings)+len(doc.Problems) < least {
		t.Errorf("%v: %d findings and %d problems, fewer than %d: too little was looked at", scan, len(doc.Findings), len(doc.Problems), least)
	}
	for _, f := range doc.Findings[:min(3, len(doc.Findings))] {
		checkObeyed(t, "table", nil, "render", stored, "--explain", f.Fingerprint)
	}
	for _, name := range format.InventoryFormats() {
		checkObeyed(t, name, nil, "inventory", stored, "-f", name, "-v")
		checkObeyed(t, name, nil, "inventory", stored, "-f", name, "--lifetime-over", "1h")
	}
	for _, e := range doc.Inventory[:min(3, len(doc.Inventory))] {
		for _, name := range format.IncidentFormats() {
			checkObeyed(t, name, nil, "incident", string(e.Kind)+"/"+e.Name, stored, "-f", name)
		}
	}
	empty := filepath.Join(filepath.Dir(stored), "empty.json")
	if err := os.WriteFile(empty, []byte(`{"schemaVersion": 1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range format.ComparisonFormats() {
		checkObeyed(t, name, nil, "diff", empty, stored, "-f", name)
	}
	checkObeyed(t, "json", nil, "merge", stored, empty, "-f", "json")
	checkObeyed(t, "table", nil, "merge", stored)
}

var (
	attributes = regexp.MustCompile(`="([^"]*)"`)
	texts      = regexp.MustCompile(`>([^<>]*[^<>\s][^<>]*)<`)
	literals   = regexp.MustCompile(`"([^"]*)"`)
	escapeXML  = strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;", "\n", "&#10;", "\r", "&#13;")
)

// planted is a file of a bundle with a canary in every string that names something, so that steps still find their
// policies; with all, in every string whatever.
func planted(text, canary string, all bool) string {
	canary = escapeXML.Replace(canary)
	meaning := regexp.MustCompile(`^(true|false|-?\d+|[A-Z][A-Za-z]*Token|request|response|password|authorization_code|refresh_token|[a-z.]+\.[a-z._]+|/.*)$`)
	add := func(value string) string {
		switch {
		case strings.Contains(value, "&quot;") || strings.Contains(value, `"`): // a condition: into its literals
			if all {
				return value + canary
			}
			return literals.ReplaceAllString(value, `"$1`+strings.ReplaceAll(canary, "$", "$$")+`"`)
		case meaning.MatchString(strings.TrimSpace(value)) && !all, strings.HasPrefix(value, "1."):
			return value
		}
		return value + canary
	}
	head, body, _ := strings.Cut(text, "?>")
	if body == "" {
		head, body = "", text
	} else {
		head += "?>"
	}
	body = attributes.ReplaceAllStringFunc(body, func(m string) string { return `="` + add(m[2:len(m)-1]) + `"` })
	return head + texts.ReplaceAllStringFunc(body, func(m string) string { return ">" + add(m[1:len(m)-1]) + "<" })
}

// TestNothingInABundleIsObeyed plants canaries in every string of the sample bundles, names of files and folders included,
// and looks for them in everything that the program writes, in every format and command.
func TestNothingInABundleIsObeyed(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no such names of files here")
	}
	all := simulator.Demo()
	bundles := all[slices.IndexFunc(all, func(o *simulator.Organization) bool { return o.Name == faultOrg })].Bundles
	rounds := 3 // each canary gets at bundles of several kinds
	if testing.Short() {
		rounds = 1
	}
	for first := range rounds {
		root := t.TempDir()
		for i, b := range bundles {
			canary := canaries[(i+5*first)%len(canaries)]
			inName := strings.ReplaceAll(canary, "/", "")
			for name, data := range b.Files {
				dir, base := filepath.Split(name)
				stem := strings.TrimSuffix(base, filepath.Ext(base))
				file := filepath.Join(root, b.Name+inName+b.Number, dir, stem+inName+filepath.Ext(base))
				if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
					t.Skip("no such names of files here:", err)
				}
				if err := os.WriteFile(file, []byte(planted(string(data), canary, i%3 == 0)), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		checkEveryOutput(t, 20, nil, "scan", root)
	}
	for _, canary := range canaries {
		checkObeyed(t, "table", nil, "scan", "nowhere"+canary)
		checkObeyed(t, "table", nil, "render", "nowhere"+canary)
		checkObeyed(t, "table", nil, "rules", canary)
		checkObeyed(t, "table", nil, canary)
		checkObeyed(t, "table", nil, "scan", "--"+canary)
		checkObeyed(t, "table", nil, "scan", "--demo", "--rule", canary)
	}
	checkObeyed(t, "table", []string{config.EnvPrefix + "X" + canaries[3] + "=1"}, "scan", "--demo", "--proxy", canaries[0]+"*")
}

// plantJSON puts a canary behind every string of an answer, the keys left as they are.
func plantJSON(v any, canary string, where func(key string) bool, key string) any {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			v[k] = plantJSON(inner, canary, where, k)
		}
		return v
	case []any:
		for i, inner := range v {
			v[i] = plantJSON(inner, canary, where, key)
		}
		return v
	case string:
		if where(key) {
			return v + canary
		}
	}
	return v
}

// TestNothingInAnAnswerIsObeyed plants canaries in the answers of the management API: in all strings, then in those of one
// field after the other, and in what it says when it refuses.
func TestNothingInAnAnswerIsObeyed(t *testing.T) {
	var mu sync.Mutex
	fields := map[string]bool{}
	org := faultOrg
	scan := func(t *testing.T, canary string, where func(string) bool, status int) []string {
		real := simulator.New(simulator.Demo(), simulator.Options{})
		ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answer := httptest.NewRecorder()
			real.ServeHTTP(answer, r)
			body := answer.Body.Bytes()
			var v any
			if json.Unmarshal(body, &v) == nil {
				v = plantJSON(v, canary, func(key string) bool {
					mu.Lock()
					defer mu.Unlock()
					fields[key] = true
					return where(key)
				}, "")
				body, _ = json.Marshal(v) // what was decoded encodes
			}
			if status != 0 && !strings.HasSuffix(r.URL.Path, org) {
				answer.Code, body = status, []byte(`{"error": {"code": 403, "status": "`+canary+`", "message": `+string(mustJSON(canary))+`}}`)
			}
			w.Header().Set("Content-Type", answer.Header().Get("Content-Type"))
			w.WriteHeader(answer.Code)
			_, _ = w.Write(body)
		}))
		t.Cleanup(ts.Close)
		return []string{"scan", "--org", org, "--endpoint", ts.URL, "--no-cache", "--rate", "60000", "--traffic", "30d", "--reach", "--apps", "--debug-masks"}
	}
	environ := []string{config.EnvToken + "=test"}
	everything := func(string) bool { return true }
	for _, canary := range []string{canaries[0], canaries[3], "##[x]::y::\u202e\u009b"} {
		checkEveryOutput(t, 1, environ, scan(t, canary, everything, 0)...)
		checkEveryOutput(t, 1, environ, scan(t, canary, everything, 403)...)
	}
	if len(fields) < 10 {
		t.Fatalf("only %v were planted in", slices.Sorted(maps.Keys(fields)))
	}
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		args := scan(t, "##vso[x]::y::\n##[z]", func(key string) bool { return key == field }, 0)
		checkObeyed(t, "table", environ, append(args, "--details", "--log-level", "debug")...)
		checkObeyed(t, "json", environ, append(args, "-f", "json", "--log-level", "debug", "--log-format", "json")...)
		pull := append([]string{"pull", "-o", filepath.Join(t.TempDir(), "snap")}, args[1:7]...)
		checkObeyed(t, "table", environ, append(pull, "--log-level", "debug")...)
	}
}

func mustJSON(s string) []byte {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return text
}
