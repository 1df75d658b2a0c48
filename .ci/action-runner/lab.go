package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A lab has what all usages need.
type lab struct {
	work       string
	action     *action
	program    string
	release    *release
	everywhere bool   // the release's program runs here whatever platform its archive is for
	bundles    string // folder with courier-token, in which there are findings, and store-session, in which there are none
	endpoint   string // of the simulated management API
}

// anyFailure is a status for usages that may end in more than one way.
const anyFailure = -1

func (l *lab) archive(platform string) string {
	return "apigee-audit_" + l.release.version + "_" + platform
}

// try plays one usage and lists what is wrong with what came of it.
func (l *lab) try(u usage) ([]string, error) {
	work, err := os.MkdirTemp(l.work, "usage")
	if err != nil {
		return nil, err
	}
	r := &runner{work: work, workspace: filepath.Join(work, "workspace"), repository: u.repository}
	r.actionPath = filepath.Join(work, "_actions", filepath.FromSlash(home), "v0")
	if u.local {
		r.actionPath = filepath.Join(work, "clone")
	} else if u.repository == "" {
		r.repository = home
	}
	system := u.system
	if system == "" {
		system = "Linux X64"
	}
	r.os, r.arch, _ = strings.Cut(system, " ")
	if err := l.furnish(r); err != nil {
		return nil, err
	}
	published := u.release
	if published == nil {
		published = l.release
	}
	h, err := serve(work, map[string]*release{"/" + home + "/releases/download": published, "/mirror": published})
	if err != nil {
		return nil, err
	}
	defer h.Close()
	r.environment = map[string]string{"GITHUB_SERVER_URL": h.URL, "CURL_CA_BUNDLE": h.certificate, "APIGEE_AUDIT_TOKEN": "simulator"}
	inputs := map[string]string{}
	for name, value := range u.inputs {
		inputs[name] = strings.Replace(value, "MIRROR", h.URL+"/mirror", 1)
	}
	o, err := r.run(l.action, inputs)
	if err != nil {
		return nil, err
	}
	wrong := judge(r, u, o)
	if u.asked != nil {
		var asked []string
		for _, path := range h.asked {
			if rest, ok := strings.CutPrefix(path, "/stored"); ok {
				asked = append(asked, filepath.Base(rest))
			}
		}
		if !slices.Equal(asked, u.asked) {
			wrong = append(wrong, fmt.Sprintf("asked for %q, expected %q", asked, u.asked))
		}
	}
	if len(wrong) > 0 {
		wrong = append(wrong, fmt.Sprintf("stdout:\n%s\nstderr:\n%s", o.stdout, o.stderr))
	}
	return wrong, nil
}

// furnish makes the folders of a runner: the action where it is kept, and a workspace with bundles and files for inputs.
func (l *lab) furnish(r *runner) error {
	for _, folder := range []string{r.workspace, filepath.Join(r.work, "temp"), filepath.Join(r.work, "files"), filepath.Join(r.workspace, "old")} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return err
		}
	}
	for to, from := range map[string]string{r.actionPath: l.action.folder, r.workspace: l.bundles} {
		if err := os.CopyFS(to, only(from, "action.yml", "action", "courier-token", "store-session")); err != nil {
			return err
		}
	}
	for name, text := range map[string]string{"audit.yaml": "rule: [RT501]\n", "old/audit.sarif": "{}", "old/audit.json": "{}", "old/audit.html": "x"} {
		if err := os.WriteFile(filepath.Join(r.workspace, filepath.FromSlash(name)), []byte(text), 0o600); err != nil {
			return err
		}
	}
	known := exec.Command(l.program, "scan", "-q", "--no-config", "--fail-on=none", "--format=json", "--output=json=known.json", "courier-token", "store-session")
	known.Dir = r.workspace
	if out, err := known.CombinedOutput(); err != nil {
		return fmt.Errorf("make the baseline: %w: %s", err, out)
	}
	return nil
}

// judge lists what is wrong with what came of a usage.
func judge(r *runner, u usage, o *outcome) []string {
	var wrong []string
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if u.status == anyFailure && o.status < 2 || u.status != anyFailure && o.status != u.status {
		say("status %d, expected %d", o.status, u.status)
	}
	installed := len(o.path) > 0
	if want := u.report != nil || u.unpacked; installed != want {
		say("installed: %t, expected %t", installed, want)
	}
	// Without a folder for reports there was no audit, and so there is no status of one.
	status := ""
	if o.outputs["reports"] != "" {
		status = fmt.Sprint(o.status)
	}
	if o.outputs["status"] != status {
		say("output status is %q, expected %q", o.outputs["status"], status)
	}
	wrong = append(wrong, judgeReports(r, u, o)...)
	wrong = append(wrong, judgeCommands(o)...)
	if len(o.uploads) != u.uploads {
		say("%d uploads, expected %d", len(o.uploads), u.uploads)
	}
	for _, upload := range o.uploads {
		if len(upload) != 1 || upload["sarif_file"] != o.outputs["sarif"] {
			say("uploads %q and not %q", upload, o.outputs["sarif"])
		}
	}
	for _, s := range u.says {
		if !strings.Contains(o.stdout+o.stderr+o.summary, s) {
			say("does not say %q", s)
		}
	}
	for _, folder := range []string{r.workspace, r.work, filepath.Join(r.work, "temp")} {
		found, _ := filepath.Glob(filepath.Join(folder, "OWNED*"))
		inside, _ := filepath.Glob(filepath.Join(folder, "*", "OWNED*"))
		if len(found)+len(inside) > 0 {
			say("an input was run as a command")
		}
	}
	return wrong
}

// stored is what is asked of a JSON report.
type stored struct {
	SchemaVersion any  `json:"schemaVersion"`
	Complete      bool `json:"complete"`
	Findings      []struct{ Status string }
}

// judgeReports holds outputs, summary and files against each other and against what was expected.
func judgeReports(r *runner, u usage, o *outcome) []string {
	var wrong []string
	expect := func(name, want string) {
		if got := o.outputs[name]; got != want {
			wrong = append(wrong, fmt.Sprintf("output %s is %q, expected %q", name, got, want))
		}
	}
	if u.report == nil {
		for _, name := range []string{"complete", "findings", "new", "sarif", "json", "html"} {
			expect(name, "")
		}
		if o.summary != "" {
			wrong = append(wrong, "there is a summary without a report")
		}
		return wrong
	}
	expect("complete", fmt.Sprint(!u.report.incomplete))
	expect("findings", fmt.Sprint(u.report.findings))
	expect("new", fmt.Sprint(u.report.new))
	if folder := u.inputs["reports"]; folder != "" {
		expect("reports", folder)
	}
	if !strings.Contains(o.summary, "### apigee-audit") {
		wrong = append(wrong, "there is no summary")
	}
	file := func(format string) []byte {
		name := o.outputs[format]
		if !filepath.IsAbs(name) {
			name = filepath.Join(r.workspace, name)
		}
		data, err := os.ReadFile(name)
		if err != nil || filepath.Dir(o.outputs[format]) != filepath.Clean(o.outputs["reports"]) {
			wrong = append(wrong, fmt.Sprintf("output %s is %q: %v", format, o.outputs[format], err))
		}
		return data
	}
	var s struct{ Version string }
	if err := json.Unmarshal(file("sarif"), &s); err != nil || s.Version != "2.1.0" {
		wrong = append(wrong, fmt.Sprintf("the SARIF report has version %q: %v", s.Version, err))
	}
	if !strings.HasPrefix(strings.ToLower(string(file("html"))), "<!doctype html>") {
		wrong = append(wrong, "the HTML report is none")
	}
	var d stored
	if err := json.Unmarshal(file("json"), &d); err != nil || d.SchemaVersion == nil || d.Complete == u.report.incomplete || d.count("new", "known") != u.report.findings || d.count("new") != u.report.new {
		wrong = append(wrong, fmt.Sprintf("the JSON report is complete: %t, with %d findings, of which %d are new: %v", d.Complete, d.count("new", "known"), d.count("new"), err))
	}
	return wrong
}

func (d *stored) count(statuses ...string) int {
	n := 0
	for _, f := range d.Findings {
		if slices.Contains(statuses, f.Status) {
			n++
		}
	}
	return n
}

// judgeCommands looks for what the runner would obey: on stdout may be annotations and groups, and nothing else anywhere.
func judgeCommands(o *outcome) []string {
	var wrong []string
	command := regexp.MustCompile(`(?m)^\s*::[a-z-]+.*|##\[.*`)
	annotation := regexp.MustCompile(`^::((error|warning|notice) [^\n]*|group|endgroup)::`)
	for _, found := range command.FindAllString(o.stdout, -1) {
		if !annotation.MatchString(found) {
			wrong = append(wrong, fmt.Sprintf("the runner would obey %q", found))
		}
	}
	for _, found := range command.FindAllString(o.stderr, -1) {
		wrong = append(wrong, fmt.Sprintf("the runner would obey %q on stderr", found))
	}
	return wrong
}
