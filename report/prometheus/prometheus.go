// Package prometheus writes a report as metrics in the text format of Prometheus, for alerts on audits that run on a schedule.
package prometheus

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
)

// Write writes gauges in the text exposition format 0.0.4: findings by organization, rule, severity and status, how much was
// looked at, and when. What numbers cannot say stands in comments, which Prometheus skips.
// Source: prometheus.io/docs/instrumenting/exposition_formats, "Text-based format".
func Write(w io.Writer, d *report.Document, _ report.Options) error {
	p := page{bufio.NewWriter(w)}
	p.comments(d)
	p.gauge("apigee_audit_info", "The program that made the report; always 1.", []sample{{labels: []label{{"version", d.Tool.Version}}, value: 1}})
	p.gauge("apigee_audit_complete", "1 if everything was looked at, 0 if there may be findings that the report does not show.", []sample{{value: truth(d.Complete)}})
	p.gauge("apigee_audit_narrowed", "1 if filters or a shard keep organizations, environments, bundles, rules or severities out of the report.", []sample{{value: truth(report.Narrowed(d))}})
	p.times(d)
	p.organizations(d)
	p.gauge("apigee_audit_findings", "Findings by organization, rule, severity and status (new, known, suppressed). A rule that ran and found nothing is 0.", found(d))
	if d.Baseline != nil || d.Change != nil {
		p.gauge("apigee_audit_baseline_findings", "Findings of the baseline that are not in the report: fixed, or not looked at this time.", gone(d))
	}
	return p.out.Flush() // which remembers the first error
}

// comments say what no number does, each in a line. Prometheus gives a meaning to those that begin with HELP and TYPE alone.
func (p *page) comments(d *report.Document) {
	for _, line := range report.Remarks(d) {
		_, _ = p.out.Write(report.BreakCommandsInText(fmt.Appendf(nil, "# %s\n", line)))
	}
}

// times leaves out what is unknown.
func (p *page) times(d *report.Document) {
	for _, t := range []struct {
		name, help string
		at         time.Time
	}{
		{"apigee_audit_started_timestamp_seconds", "When the audit began, in seconds since 1970.", d.StartedAt},
		{"apigee_audit_finished_timestamp_seconds", "When the audit ended, in seconds since 1970.", d.FinishedAt},
	} {
		if !t.at.IsZero() {
			p.gauge(t.name, t.help, []sample{{value: t.at.Unix()}})
		}
	}
}

// organizations says how much of each was looked at.
func (p *page) organizations(d *report.Document) {
	var complete, deployments, revisions, problems, notices []sample
	for _, org := range d.Parts() {
		of := []label{{"organization", org.Name}}
		here := func(about apigee.Problem) bool { return about.Organization == org.Name }
		unread, noted := count(d.Problems, here), count(d.Notices, here)
		if slices.ContainsFunc(d.Organizations, func(o report.Organization) bool { return o.Name == org.Name }) {
			complete = append(complete, sample{of, truth(unread == 0 && org.Audited >= org.Revisions)})
			deployments = append(deployments, sample{of, int64(org.Deployments)})
			revisions = append(revisions, sample{slices.Concat(of, []label{{"state", "audited"}}), int64(org.Audited)},
				sample{slices.Concat(of, []label{{"state", "not-audited"}}), int64(max(0, org.Revisions-org.Audited))})
		} else {
			complete = append(complete, sample{of, 0}) // only problems name it, or nothing was visible
		}
		problems = append(problems, sample{of, unread})
		notices = append(notices, sample{of, noted})
	}
	p.gauge("apigee_audit_organization_complete", "1 if everything in the organization was looked at.", complete)
	p.gauge("apigee_audit_deployments", "Deployments listed.", deployments)
	p.gauge("apigee_audit_revisions", "Distinct revisions that are deployed, by whether they were read and understood.", revisions)
	p.gauge("apigee_audit_problems", "Things that could not be looked at.", problems)
	p.gauge("apigee_audit_notices", "Things that were understood and a person should know about.", notices)
}

// found counts findings. What no audit would have shown is absent and not 0.
func found(d *report.Document) []sample {
	counts := newTally()
	sees := report.NewView(d)
	for i := range d.Organizations {
		org := &d.Organizations[i]
		for j := range d.Catalogue {
			if r := &d.Catalogue[j]; sees.BlindToRule(org, r.ID) == "" {
				counts.add(key{org.Name, r.ID, sees.SeverityIn(org, r.ID), string(finding.StatusNew)}, 0)
			}
		}
	}
	for _, f := range d.Findings {
		counts.add(key{f.Organization, f.RuleID, f.Severity, string(f.Status)}, 1)
	}
	return counts.samples("status")
}

// gone counts findings of the baseline.
func gone(d *report.Document) []sample {
	counts := newTally()
	for state, list := range map[string][]finding.Finding{"fixed": d.Fixed, "not-looked-at": d.NotLookedAt} {
		for _, f := range list {
			counts.add(key{f.Organization, f.RuleID, f.Severity, state}, 1)
		}
	}
	return counts.samples("state")
}

func count(problems []apigee.Problem, holds func(apigee.Problem) bool) (n int64) {
	for _, p := range problems {
		if holds(p) {
			n++
		}
	}
	return n
}

func truth(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

// key is what findings are counted by.
type key struct {
	organization, rule string
	severity           finding.Severity
	state              string
}

type tally map[key]int64

func newTally() tally { return tally{} }

func (t tally) add(k key, n int64) { t[k] += n }

func (t tally) samples(state string) []sample {
	var keys []key
	for k := range t {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(cmp.Compare(a.organization, b.organization), cmp.Compare(a.rule, b.rule), cmp.Compare(b.severity, a.severity), cmp.Compare(a.state, b.state))
	})
	var all []sample
	for _, k := range keys {
		all = append(all, sample{[]label{{"organization", k.organization}, {"rule", k.rule}, {"severity", k.severity.String()}, {state, k.state}}, t[k]})
	}
	return all
}

// sample is one line of a metric. Every number here is a count, a truth or a time in seconds.
type sample struct {
	labels []label
	value  int64
}

type label struct{ name, value string }

type page struct{ out *bufio.Writer }

// gauge writes a metric with its help; one without samples is left out.
func (p *page) gauge(name, help string, samples []sample) {
	if len(samples) == 0 {
		return
	}
	fmt.Fprintf(p.out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name)
	for _, s := range samples {
		_, _ = p.out.WriteString(name)
		for i, l := range s.labels {
			open := ","
			if i == 0 {
				open = "{"
			}
			fmt.Fprintf(p.out, `%s%s="%s"`, open, l.name, escape(l.value))
		}
		if len(s.labels) > 0 {
			_ = p.out.WriteByte('}')
		}
		_, _ = p.out.WriteString(" " + strconv.FormatInt(s.value, 10) + "\n")
	}
}

// escape writes a label's value; line breaks are visible escapes by now.
func escape(s string) string { return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) }
