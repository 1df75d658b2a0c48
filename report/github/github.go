// Package github writes a report as workflow commands of GitHub Actions, which become annotations on the lines of files.
package github

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
	"apigee-audit/report"
)

// What GitHub makes of the commands that a step writes: further ones are dropped without a word. Three kinds of ten are
// within the fifty of a job.
// Source: github.com/actions/toolkit, docs/problem-matchers.md, "Limitations".
const perKind = 10

const (
	// mostProblems is how many of the errors are about what could not be looked at: findings need the others.
	mostProblems = 3
	// mostText bounds the text of one annotation, in characters; GitHub cuts annotations at 64 KiB.
	mostText = 4_000
)

// The kinds of annotations.
const (
	errorKind   = "error"
	warningKind = "warning"
	noticeKind  = "notice"
)

// Write writes an annotation for each finding, new ones first and the most severe first, for what could not be looked at, and
// one that sums up. What GitHub would drop is written as plain text, so that the log has all of it.
func Write(w io.Writer, d *report.Document, o report.Options) error {
	paths, err := report.NewPaths(d, o)
	if err != nil {
		return err
	}
	p := page{
		out: bufio.NewWriter(w), paths: paths, several: len(d.Subjects()) > 1,
		// One notice sums up; problems that are shown leave fewer errors to findings.
		left: map[string]int{errorKind: perKind - min(len(d.Problems), mostProblems), warningKind: perKind, noticeKind: perKind - 1},
	}
	if l := report.ChangeText(d); l != "" {
		p.left[noticeKind]--
		p.command(noticeKind, annotation{title: title(d), text: l})
	}
	shown, left := 0, 0
	for _, f := range report.NewFirst(report.Shown(d, report.Options{})) {
		if p.finding(&f) {
			shown++
		} else {
			left++
		}
	}
	p.problems(d.Problems)
	p.command(noticeKind, annotation{title: title(d), text: summary(d, shown, left)})
	p.remarks(d)
	p.fold()
	return p.out.Flush() // which remembers the first error
}

func title(d *report.Document) string {
	if !d.Complete {
		return "apigee-audit: incomplete"
	}
	return "apigee-audit"
}

// summary says what was found, how much was looked at, and what is not an annotation.
func summary(d *report.Document, shown, left int) string {
	var lines []string
	say := func(line string) {
		if line != "" {
			lines = append(lines, line)
		}
	}
	say(report.FoundLine(d) + " " + report.CoverageLine(d))
	if !d.Complete {
		say("The audit is incomplete: there may be findings that it does not show.")
	}
	say(report.Standing(d))
	if left > 0 {
		say(fmt.Sprintf("%s annotated, %d more in the log of this step: GitHub shows %d of a kind.", text.Count(shown, "finding"), left, perKind))
	}
	say(report.ScopeText(d))
	return strings.Join(lines, "\n")
}

// annotation is what GitHub shows on a line of a file, or on the run where there is no file.
type annotation struct {
	file               string
	line, endLine, col int
	title, text        string
}

// page is the output, and how many annotations of each kind it may still have.
type page struct {
	out     *bufio.Writer
	paths   *report.Paths
	several bool
	left    map[string]int
	rest    []string // what is written as plain text
}

// finding annotates a finding, or notes it for the log.
func (p *page) finding(f *finding.Finding) (annotated bool) {
	kind := kindOf(f.Severity)
	file := p.paths.Finding(f)
	if p.left[kind] == 0 {
		p.rest = append(p.rest, fmt.Sprintf("%s %s %s: %s", f.Severity, f.RuleID, report.WithPosition(file, f.Place), report.Message(f)))
		return false
	}
	p.left[kind]--
	a := annotation{file: file, line: f.Line, endLine: f.EndLine, title: strings.TrimSpace(f.RuleID+" "+f.RuleName) + " (" + f.Severity.String() + ")"}
	if f.EndLine == f.Line { // GitHub takes columns only there
		a.col = f.Column
	}
	lines := []string{report.Message(f)}
	where := report.SubjectOf(f)
	if report.IsDeployed(f) {
		where += ", deployed: " + report.DeployedIn(f.Deployments)
	}
	lines = append(lines, strings.ToUpper(where[:1])+where[1:]+".")
	if f.Remediation != "" {
		lines = append(lines, "Fix: "+f.Remediation)
	}
	a.text = strings.Join(lines, "\n")
	p.command(kind, a)
	return true
}

func kindOf(s finding.Severity) string {
	switch s {
	case finding.High:
		return errorKind
	case finding.Medium:
		return warningKind
	}
	return noticeKind
}

// problems annotates what could not be looked at.
func (p *page) problems(problems []apigee.Problem) {
	for i, about := range problems {
		line := report.ProblemSubject(about, p.several) + ": " + about.Operation + ": " + about.Error
		if i >= mostProblems {
			p.rest = append(p.rest, "not looked at: "+line)
			continue
		}
		if more := len(problems) - mostProblems; i == mostProblems-1 && more > 0 {
			line += "\nAnd " + text.Count(more, "more problem") + ", in the log of this step."
		}
		p.command(errorKind, annotation{file: p.paths.Problem(about), line: about.Line, title: "Not looked at", text: line})
	}
}

// remarks are for the log alone: what is accepted and why, notices, and who asked.
func (p *page) remarks(d *report.Document) {
	for _, f := range report.Hidden(d, report.Options{}) {
		p.rest = append(p.rest, fmt.Sprintf("accepted: %s %s %s: %s", f.Severity, f.RuleID, report.SubjectOf(&f), report.Acceptance(&f)))
	}
	for _, n := range d.Notices {
		p.rest = append(p.rest, "note: "+report.ProblemSubject(n, p.several)+": "+n.Operation+": "+n.Error)
	}
	if l := report.RequestText(d); l != "" {
		p.rest = append(p.rest, l)
	}
}

// fold writes what is left in a group that the log shows closed.
func (p *page) fold() {
	if len(p.rest) == 0 {
		return
	}
	p.write("::group::%s\n", escapeData(fmt.Sprintf("apigee-audit: %s", text.Count(len(p.rest), "more line"))))
	for _, line := range p.rest {
		p.write("%s\n", harmless(line))
	}
	p.write("::endgroup::\n")
}

// command writes one command: "::error file=F,line=1,title=T::text".
func (p *page) command(kind string, a annotation) {
	var properties []string
	say := func(name, value string) {
		if value != "" {
			properties = append(properties, name+"="+escapeProperty(value))
		}
	}
	number := func(name string, n int) {
		if n > 0 {
			say(name, fmt.Sprint(n))
		}
	}
	say("file", a.file)
	number("line", a.line)
	if a.endLine >= a.line {
		number("endLine", a.endLine)
	}
	number("col", a.col)
	say("title", a.title)
	p.write("::%s %s::%s\n", kind, strings.Join(properties, ","), escapeData(text.Shorten(a.text, mostText)))
}

func (p *page) write(format string, args ...any) { fmt.Fprintf(p.out, format, args...) } // the writer remembers errors

// harmless is text in which no pieces begin another command.
func harmless(s string) string { return string(report.BreakCommandsInText([]byte(s))) }

// escapeData and escapeProperty write text as the runner reads it back: see ActionCommand.cs of github.com/actions/runner.
func escapeData(s string) string {
	var lines []string
	for line := range strings.SplitSeq(s, "\n") { // ours: those of others are visible escapes by now
		lines = append(lines, strings.NewReplacer("%", "%25", "\r", "%0D").Replace(harmless(line)))
	}
	return strings.Join(lines, "%0A")
}

func escapeProperty(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(escapeData(s))
}
