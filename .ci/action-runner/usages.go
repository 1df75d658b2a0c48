package main

import (
	"maps"
	"strings"
)

// A usage is one use of the action in a workflow, and what has to come of it.
type usage struct {
	name   string
	inputs map[string]string

	system     string   // RUNNER_OS and RUNNER_ARCH; "Linux X64" if empty
	release    *release // what is published, if not the lab's release
	repository string   // what github.action_repository says, if not the action's repository
	local      bool     // uses: ./ in a clone of the action

	status   int
	report   *expectation // nil if there must be none
	uploads  int
	says     []string // somewhere on stdout, stderr or in the summary
	asked    []string // the files of the release that are downloaded, if it matters
	unpacked bool     // without a report: whether the program was installed
}

// An expectation is about the outputs that come from a report.
type expectation struct {
	incomplete    bool
	findings, new int
}

// home is the repository that the action and its releases are in.
const home = "acme/apigee-audit"

// inputs are those of a usage: the ones that every test needs, then pairs of name and value, which may replace them.
func (l *lab) inputs(pairs ...string) map[string]string {
	m := map[string]string{"version": l.release.version}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

// offline audits two bundles, one with two findings, of which one is below the default of fail-on.
func (l *lab) offline(pairs ...string) map[string]string {
	return l.inputs(append([]string{"paths", "courier-token\nstore-session\n"}, pairs...)...)
}

// live audits organizations of the simulator.
func (l *lab) live(org string, pairs ...string) map[string]string {
	return l.inputs(append([]string{"org", org, "args", "--no-cache\n--endpoint=" + l.endpoint}, pairs...)...)
}

func (l *lab) usages() []usage {
	all := append(l.audits(), l.installations()...)
	all = append(all, l.failures()...)
	return append(all, l.attacks()...)
}

func (l *lab) audits() []usage {
	two := &expectation{findings: 2, new: 2}
	return []usage{
		{name: "clean", inputs: l.live("harbor-legacy"), report: &expectation{findings: 3, new: 3}},
		{name: "clean, with an upload", inputs: l.offline("paths", "store-session", "upload-sarif", "true"), report: &expectation{}, uploads: 1},
		{name: "findings", inputs: l.offline("upload-sarif", "true"), status: 1, report: two, uploads: 1,
			says: []string{"::warning file=courier-token/apiproxy/policies/OA-Issue-Courier.xml,line=7", "RT501"}},
		{name: "findings, without an upload", inputs: l.offline(), status: 1, report: two},
		{name: "findings below fail-on", inputs: l.offline("fail-on", "high"), report: two},
		{name: "known findings", inputs: l.offline("baseline", "known.json"), report: &expectation{findings: 2}},
		{name: "incomplete", inputs: l.live("harbor-legacy\r\n\r\nnowhere\r\n", "upload-sarif", "true"), status: 3,
			report: &expectation{incomplete: true, findings: 3, new: 3}, uploads: 1, says: []string{"organization nowhere"}},
		{name: "what if", inputs: l.live("harbor-retail", "with", "courier-token", "without", "sharedflows/token-refresh=test"), status: 1,
			report: &expectation{findings: 47, new: 1}, says: []string{"instead of revisions"}},
		{name: "a configuration file", inputs: l.offline("config", "audit.yaml"), status: 1, report: &expectation{findings: 1, new: 1}},
		{name: "arguments", inputs: l.offline("args", "--rule=RT302\n--fail-on=info"), status: 1, report: &expectation{findings: 1, new: 1}},
		{name: "a folder for the reports", inputs: l.offline("reports", "out/re ports", "fail-on", "none"), report: two},
		{name: "no report where an older one lies", inputs: l.offline("reports", "old", "fail-on", "some", "upload-sarif", "true"), status: 2, unpacked: true},
		{name: "nothing to audit", inputs: l.inputs(), status: 2, unpacked: true},
	}
}

func (l *lab) installations() []usage {
	two := &expectation{findings: 2, new: 2}
	archive := l.archive("linux_amd64.tar.gz")
	all := []usage{
		{name: "checksums are asked for", inputs: l.offline("fail-on", "none"), report: two, asked: []string{archive, checksums}},
		{name: "a pinned digest", inputs: l.offline("fail-on", "none", "sha256", strings.ToUpper(l.release.digest(archive))), report: two,
			asked: []string{archive}},
		{name: "a version with its v", inputs: l.offline("fail-on", "none", "version", "v"+l.release.version), report: two},
		{name: "a mirror", inputs: l.offline("fail-on", "none", "base-url", "MIRROR/"), report: two},
		{name: "inside another action", repository: "acme/outer", inputs: l.offline("fail-on", "none"), report: two},
		{name: "a local action and a mirror", local: true, inputs: l.offline("fail-on", "none", "base-url", "MIRROR"), report: two},
		{name: "a path of another shape", local: true, repository: home, inputs: l.offline("fail-on", "none"), report: two},
		{name: "install only", inputs: l.inputs("install-only", "true"), unpacked: true, says: []string{"apigee-audit"}},
	}
	if l.everywhere {
		all = append(all,
			usage{name: "Windows", system: "Windows X64", inputs: l.offline(), status: 1, report: two, asked: []string{l.archive("windows_amd64.zip"), checksums}},
			usage{name: "macOS", system: "macOS ARM64", inputs: l.offline(), status: 1, report: two, asked: []string{l.archive("darwin_arm64.tar.gz"), checksums}},
			usage{name: "Linux on ARM", system: "Linux ARM64", inputs: l.offline(), status: 1, report: two, asked: []string{l.archive("linux_arm64.tar.gz"), checksums}},
		)
	}
	return all
}

func (l *lab) failures() []usage {
	archive := l.archive("linux_amd64.tar.gz")
	zeros := strings.Repeat("0", 64)
	unlisted := l.release.with(checksums, []byte(zeros+"  "+archive+".sig\n"))
	empty := l.release.with(archive, mustTarball("README.md", nil))
	empty.sum()
	broken := l.release.with(archive, []byte("not an archive"))
	broken.sum()
	return []usage{
		{name: "another archive than checksums.txt says", inputs: l.offline(), status: 3, release: l.release.with(archive, mustTarball("x", nil)),
			says: []string{"::error", "checksums.txt", "was not unpacked"}},
		{name: "another archive than was pinned", inputs: l.offline("sha256", zeros), status: 3,
			says: []string{"::error", "the input sha256", zeros, "was not unpacked"}},
		{name: "no archive", inputs: l.offline(), status: 3, release: l.release.without(archive), says: []string{"::error", archive, "could not be downloaded"}},
		{name: "no checksums", inputs: l.offline(), status: 3, release: l.release.without(checksums), says: []string{"::error", checksums, "could not be downloaded"}},
		{name: "checksums without the archive", inputs: l.offline(), status: 3, release: unlisted, says: []string{"::error", "does not list"}},
		{name: "an archive without the program", inputs: l.offline(), status: 3, release: empty, says: []string{"::error", "does not hold"}},
		{name: "not an archive", inputs: l.offline(), status: 3, release: broken, says: []string{"::error", "could not be unpacked"}},
		{name: "a release that does not exist", inputs: l.offline("version", "9.9.9"), status: 3, says: []string{"::error", "v9.9.9", "could not be downloaded"}},
		{name: "a version that is none", inputs: l.offline("version", "latest"), status: 2, says: []string{"::error", "input version"}, asked: []string{}},
		{name: "a digest that is none", inputs: l.offline("sha256", "abc"), status: 2, says: []string{"::error", "input sha256"}, asked: []string{}},
		{name: "plain http without a digest", inputs: l.offline("base-url", "http://127.0.0.1:1"), status: 2, says: []string{"::error", "plain http"}, asked: []string{}},
		{name: "a local action without a mirror", local: true, inputs: l.offline(), status: 2, says: []string{"::error", "base-url"}, asked: []string{}},
		{name: "an unknown system", system: "Plan9 X64", inputs: l.offline(), status: 2, says: []string{"::error", "Plan9"}, asked: []string{}},
		{name: "an unknown processor", system: "Linux X86", inputs: l.offline(), status: 2, says: []string{"::error", "X86"}, asked: []string{}},
		{name: "neither true nor false", inputs: l.offline("upload-sarif", "yes"), status: 2, says: []string{"::error", "upload-sarif"}, asked: []string{}},
	}
}

// hostile is a value of which no shell may run anything, and no line may be a command to the runner; the file that its
// commands make must not be there afterwards.
const hostile = "x\n$(touch OWNED)\n`touch OWNED`\n\"; touch OWNED; \"\n'; touch OWNED; '\n; touch OWNED\n| touch OWNED\n*\n\\\n" +
	"::set-output name=status::0\n::add-mask::a\n::stop-commands::b\n##[error]c\nstatus=0\n${{ inputs.org }}\n"

// attacks give every input a hostile value in turn.
func (l *lab) attacks() []usage {
	var all []usage
	for name := range l.action.Inputs {
		u := usage{name: "a hostile " + name, inputs: l.offline(name, hostile), status: 2}
		switch name {
		case "org":
			u.inputs, u.status, u.unpacked = l.live(hostile), anyFailure, true
		case "version", "sha256", "base-url", "upload-sarif", "install-only":
		case "reports":
			u.unpacked = true
		default:
			u.status, u.unpacked = anyFailure, true
		}
		all = append(all, u)
	}
	// One line that is a folder's name, however odd, is one.
	line := maps.Clone(l.offline("reports", "$(touch OWNED) ::error::x; \"'`touch OWNED`", "fail-on", "none"))
	return append(all, usage{name: "an odd folder for the reports", inputs: line, report: &expectation{findings: 2, new: 2}})
}
