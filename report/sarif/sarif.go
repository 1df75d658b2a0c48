// Package sarif writes a report as SARIF 2.1.0, as GitHub code scanning reads it.
package sarif

import (
	"io"
	"regexp"
	"strings"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
)

// category starts the category under which GitHub files the alerts of one organization.
const category = "apigee-audit/"

// informationURI is what the audit is about; SARIF wants a page for every tool.
const informationURI = "https://docs.cloud.google.com/apigee/docs/api-platform/antipatterns/issuing-refresh-tokens"

// Write writes SARIF 2.1.0 as GitHub code scanning really reads it: a physical location always, rules even without
// findings, fingerprints of our own, because the upload action cannot compute them for files that it does not have.
func Write(w io.Writer, d *report.Document, o report.Options) error {
	paths, err := report.NewPaths(d, o)
	if err != nil {
		return err
	}
	log := sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0"}
	rules := newRuleDescriptors(o.Rules, d.Findings)
	for _, org := range d.Parts() {
		run := runOf{d, org, paths, rules}
		log.Runs = append(log.Runs, run.build())
	}
	return report.Encode(w, report.Sanitized(log))
}

// runOf is what one organization's run is built from.
type runOf struct {
	document *report.Document
	org      report.Organization
	paths    *report.Paths
	rules    *ruleDescriptors
}

func (r runOf) build() sarifRun {
	run := sarifRun{
		Tool: sarifTool{sarifDriver{
			Name: r.document.Tool.Name, Version: toolVersion(r.document.Tool), Semantic: semanticVersion(r.document.Tool),
			InformationURI: informationURI,
			Rules:          r.rules.descriptors, Notifications: notificationDescriptors(), Supported: supported(r.rules.taxonomies),
		}},
		Taxonomies:        r.rules.taxonomies,
		Invocations:       []sarifInvocation{r.invocation()},
		AutomationDetails: sarifAutomationDetails{category},
		Results:           []sarifResult{},
		ColumnKind:        "unicodeCodePoints",
	}
	if r.org.Name != "" {
		run.AutomationDetails.ID += r.org.Name + "/"
	}
	run.OriginalURIBaseIDs = base(r.paths, r.org)
	seen := map[string]int{}
	for _, f := range r.document.Findings {
		if f.Organization == r.org.Name {
			seen[f.Fingerprint]++
			run.Results = append(run.Results, r.result(f, seen[f.Fingerprint]))
		}
	}
	run.Properties = r.bag()
	return run
}

// bag says how much of the organization was looked at, and lists the fingerprints of its baseline that are gone.
func (r runOf) bag() *sarifRunBag {
	bag := &sarifRunBag{Coverage: sarifCoverage{r.org.Deployments, r.org.Revisions, r.org.Audited}, Scope: report.ScopeText(r.document)}
	for _, s := range r.document.Summary.NotShown {
		bag.NotShown = append(bag.NotShown, s.String())
	}
	if c := r.document.Change; c != nil {
		change := *c
		change.Counterparts = []report.Counterpart{}
		bag.Change = &change
	}
	if r.document.Baseline == nil && r.document.Change == nil {
		return bag
	}
	of := func(findings []finding.Finding) []string {
		all := []string{}
		for _, f := range findings {
			if f.Organization == r.org.Name {
				all = append(all, f.Fingerprint)
			}
		}
		return all
	}
	bag.Fixed, bag.NotLookedAt = of(r.document.Fixed), of(r.document.NotLookedAt)
	return bag
}

// toolVersion is the version as SARIF tools compare it: it begins with a number ("1.2.3"), also for unreleased builds.
func toolVersion(t report.Tool) string {
	v := strings.TrimPrefix(t.Version, "v")
	switch {
	case v == "":
		return "0.0.0"
	case v[0] < '0' || v[0] > '9':
		return "0.0.0-" + v
	}
	return v
}

// semver is the syntax of https://semver.org, in which SARIF writes a semantic version (section 3.19.12).
var semver = regexp.MustCompile(`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$`)

// semanticVersion is the version for readers that order versions; "" where a stored report has one that cannot be ordered.
func semanticVersion(t report.Tool) string {
	if v := toolVersion(t); semver.MatchString(v) {
		return v
	}
	return ""
}

// invocation says how the audit itself went. Findings never make it unsuccessful, only what could not be looked at.
func (r runOf) invocation() sarifInvocation {
	in := sarifInvocation{
		// An incomplete organization does not make the others incomplete.
		ExecutionSuccessful: r.document.Complete || len(r.document.Organizations) > 1 && r.org.Audited >= r.org.Revisions,
		StartTimeUTC:        timestamp(r.document.StartedAt), EndTimeUTC: timestamp(r.document.FinishedAt),
		Notifications: []sarifNotification{},
	}
	if s := r.document.Scope; s != nil {
		in.CommandLine, in.Account = s.Command, s.Account
	}
	if l := report.ChangeText(r.document); l != "" {
		in.Notifications = append(in.Notifications, notification(noticeNotification, l))
	}
	for _, p := range r.document.Problems {
		if p.Organization == r.org.Name {
			in.ExecutionSuccessful = false
			in.Notifications = append(in.Notifications, r.about(problemNotification, p))
		}
	}
	if l := report.ScopeText(r.document); l != "" {
		in.Notifications = append(in.Notifications, notification(noticeNotification, l))
	}
	for _, p := range r.document.Notices {
		if p.Organization == r.org.Name {
			in.Notifications = append(in.Notifications, r.about(noticeNotification, p))
		}
	}
	return in
}

// notification says something in the way of one of the descriptors.
func notification(index int, message string) sarifNotification {
	d := notificationDescriptors()[index]
	return sarifNotification{Descriptor: sarifDescriptorRef{ID: d.ID, Index: index}, Level: d.Default.Level, Message: messageOf(message)}
}

// about is the notification of a problem or a notice.
func (r runOf) about(index int, p apigee.Problem) sarifNotification {
	n := notification(index, p.Subject()+": "+p.Operation+": "+p.Error)
	if p.Name == "" {
		return n
	}
	l := sarifLocation{LogicalLocations: r.logical(p.Kind, p.Name, p.File, "", []string{p.Revision})}
	if p.File != "" {
		l.PhysicalLocation = r.physical(p.Source, p.Kind, p.Name, finding.Place{File: p.File, Line: p.Line, Column: p.Column})
	}
	n.Locations = []sarifLocation{l}
	return n
}

// timestamp is the form that SARIF section 3.9 asks for; "" for an unknown time.
func timestamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}
