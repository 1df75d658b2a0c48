// Package ocsf writes a report as events of the Open Cybersecurity Schema Framework, a line of JSON each.
package ocsf

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
)

// schemaVersion is the version of OCSF that the events follow.
const schemaVersion = "1.2.0"

// Write writes an event that sums up, one for each problem and notice, one for each finding, new ones first, and one for each requirement of
// a standard and each bundle.
func Write(w io.Writer, d *report.Document, o report.Options) error {
	paths, err := report.NewPaths(d, o)
	if err != nil {
		return err
	}
	p := page{w: bufio.NewWriter(w), d: d, paths: paths, rules: o.Rules, orgs: map[string]report.Organization{}, byID: map[string]*finding.Finding{}, labels: map[bundleKey][]string{}}
	for _, org := range d.Subjects() {
		p.orgs[org.Name] = org
	}
	for i := range d.Findings {
		p.byID[d.Findings[i].ID] = &d.Findings[i]
	}
	for i := range d.Inventory {
		in := &d.Inventory[i]
		key := bundleKey{in.Organization, apigee.Ref{Kind: in.Kind, Name: in.Name}}
		p.labels[key] = append(p.labels[key], label(in.Environment, in.Revision))
	}
	p.put(p.summary())
	several := len(d.Subjects()) > 1
	for _, about := range d.Problems {
		p.put(p.remark("Not looked at: ", severityUnknown, statusFailure, about, several))
	}
	for _, about := range d.Notices {
		p.put(p.remark("Notice: ", severityOf(finding.Info), statusSuccess, about, several))
	}
	for _, f := range report.NewFirst(d.Findings) {
		p.put(p.finding(&f))
	}
	for i := range d.Fixed {
		p.put(p.detection(&d.Fixed[i], activityClose, statusResolved, "It is gone, and the audit looked."))
	}
	for i := range d.NotLookedAt {
		p.put(p.detection(&d.NotLookedAt[i], activityUpdate, statusUnknown, "It was in the baseline and was not looked at this time."))
	}
	for i := range d.Controls {
		p.control(&d.Controls[i])
	}
	if p.err != nil {
		return p.err
	}
	return p.w.Flush()
}

// page is the output and what events need to know.
type page struct {
	w     *bufio.Writer
	err   error
	d     *report.Document
	paths *report.Paths
	rules []*finding.Rule
	orgs  map[string]report.Organization
	byID  map[string]*finding.Finding
	// labels say where each bundle is deployed.
	labels map[bundleKey][]string
}

type bundleKey struct {
	organization string
	apigee.Ref
}

func (p *page) put(e event) {
	if p.err == nil {
		p.err = report.EncodeLine(p.w, report.Sanitized(e))
	}
}

// event begins an event about an organization.
func (p *page) event(k class, a activity, sev severity, st status, organization string) event {
	org := p.orgs[organization]
	c := cloud{Provider: "Other"}
	if organization != "" && !org.Offline {
		c.Provider = org.Platform.Traits().CloudProvider
	}
	return event{
		ActivityID: int(a), ActivityName: a.String(), CategoryUID: k.category(), CategoryName: k.categoryName(),
		ClassUID: int(k), ClassName: k.String(), TypeUID: 100*int(k) + int(a), TypeName: k.String() + ": " + a.String(),
		Time: p.time(), SeverityID: int(sev), Severity: sev.String(), StatusID: int(st), Status: st.caption(k),
		Metadata: metadata{
			Version: schemaVersion, Profiles: k.profiles(), TenantUID: organization,
			Product: product{Name: p.d.Tool.Name, VendorName: "apigee-audit", Version: p.d.Tool.Version},
		},
		Cloud: c,
	}
}

// time is when the audit ended, 0 where the report does not say.
func (p *page) time() int64 {
	if p.d.FinishedAt.IsZero() {
		return 0
	}
	return p.d.FinishedAt.UnixMilli()
}

// summary says how much was looked at, and what narrows that.
func (p *page) summary() event {
	ended, detail := statusSuccess, "Everything was looked at."
	if !p.d.Complete {
		ended, detail = statusFailure, "The audit is incomplete: there may be findings that it does not show."
	}
	e := p.event(baseEvent, activityOther, severityOf(finding.Info), ended, "")
	e.StatusDetail = detail
	e.Message = report.FoundLine(p.d) + " " + report.CoverageLine(p.d)
	e.Unmapped = &unmapped{Scope: report.ScopeText(p.d), Request: report.RequestText(p.d), Change: report.ChangeText(p.d)}
	return e
}

// remark is a problem or a notice. What could not be looked at is not a finding: nobody knows what is there.
func (p *page) remark(what string, sev severity, ended status, about apigee.Problem, several bool) event {
	e := p.event(baseEvent, activityOther, sev, ended, about.Organization)
	e.Message = what + report.ProblemSubject(about, several) + ": " + about.Operation + ": " + about.Error
	return e
}

// finding is one finding of the report.
func (p *page) finding(f *finding.Finding) event {
	did, stands, detail := activityCreate, statusNew, ""
	switch f.Status {
	case finding.StatusKnown:
		did, detail = activityUpdate, report.KnownFrom(p.d)
	case finding.StatusSuppressed:
		did, stands, detail = activityUpdate, statusSuppressed, report.Acceptance(f)
	}
	return p.detection(f, did, stands, detail)
}

// detection is a finding, also one of the baseline that is not in the report.
func (p *page) detection(f *finding.Finding, did activity, stands status, detail string) event {
	e := p.event(detectionFinding, did, severityOf(f.Severity), stands, f.Organization)
	e.StatusDetail, e.Message = detail, report.Message(f)
	e.ActionID, e.Action = actionOther, "Reported"
	e.ConfidenceID, e.Confidence = confidenceOf(f.Confidence)
	e.Metadata.UID = hash(f.ID, did.String(), e.Status, fmt.Sprint(e.Time))
	e.FindingInfo = &info{
		UID: f.ID, Title: strings.TrimSpace(f.RuleID + " " + f.RuleName), Desc: f.Message, Types: []string{f.RuleID}, SrcURL: p.reference(f.RuleID),
		Analytic: &analytic{f.RuleID, f.RuleName, 1, "Rule"},
	}
	if stands == statusNew && did == activityCreate { // since when the others are known, the report does not say
		e.FindingInfo.CreatedTime = p.time()
	}
	if f.Remediation != "" {
		e.Remediation = &remedy{Desc: f.Remediation}
		if url := p.reference(f.RuleID); url != "" {
			e.Remediation.References = []string{url}
		}
	}
	proved := proof{
		Policy: f.Policy, Line: f.Line, Column: f.Column, EndLine: f.EndLine, EndColumn: f.EndColumn, Searched: f.Searched,
	}
	for _, h := range f.Path {
		proved.Path = append(proved.Path, h.Label)
	}
	at := p.paths.Finding(f)
	e.Evidences = []evidence{{File: file{Name: path.Base(at), Path: at, TypeID: 1, Type: "Regular File"}, Data: proved}}
	r := p.resource(f.Organization, f.Kind, f.Name, f.Source)
	for _, at := range f.Deployments {
		r.Labels = append(r.Labels, label(at.Environment, at.Revision))
	}
	e.Resources = []resource{r}
	e.Unmapped = &unmapped{Fingerprint: f.Fingerprint}
	return e
}

// reference is the first document that a rule rests on, "" for none.
func (p *page) reference(rule string) string {
	for _, r := range p.rules {
		if r.ID == rule && len(r.References) > 0 {
			return r.References[0].URL
		}
	}
	return ""
}

// resource is a bundle under its full resource name, or its path on disk.
func (p *page) resource(organization string, kind apigee.Kind, name, source string) resource {
	r := resource{UID: source, Name: name, Type: "apigee.googleapis.com/ApiProxy", Namespace: organization}
	if kind == apigee.KindSharedFlow {
		r.Type = "apigee.googleapis.com/SharedFlow"
	}
	org := p.orgs[organization]
	switch {
	case organization != "" && !org.Offline:
		r.UID = strings.TrimPrefix(org.Platform.Traits().DefaultEndpoint, "https:") + "/organizations/" + organization
		if kind != "" {
			r.UID += "/" + string(kind) + "/" + name
		} else {
			r.Name, r.Type = organization, "apigee.googleapis.com/Organization"
		}
	case r.UID == "":
		r.UID = string(kind) + "/" + name
	}
	return r
}

// label says where a revision is deployed.
func label(environment, revision string) string {
	if revision == "" {
		return "environment:" + environment
	}
	return "environment:" + environment + " revision:" + revision
}

// control writes what the audit says of one requirement, bundle by bundle.
func (p *page) control(c *report.Control) {
	for _, b := range c.Failed {
		p.put(p.judged(c, b, verdictFail, statusNew, ""))
	}
	for _, b := range c.Accepted {
		var reasons []string
		for _, id := range b.Findings {
			if f := p.byID[id]; f != nil {
				reasons = append(reasons, f.RuleID+" "+report.Acceptance(f))
			}
		}
		p.put(p.judged(c, b, verdictFail, statusSuppressed, strings.Join(reasons, "; ")))
	}
	for _, b := range c.NotLookedAt {
		p.put(p.judged(c, b, verdictUnknown, statusUnknown, "Not looked at: "+b.Why))
	}
	for _, b := range c.Passed {
		p.put(p.judged(c, b, verdictPass, statusResolved, "These rules found nothing, which does not mean that the requirement is met."))
	}
}

func (p *page) judged(c *report.Control, b report.Judged, v verdict, stands status, detail string) event {
	sev := severityUnknown
	if v == verdictPass {
		sev = severityOf(finding.Info)
	}
	worst := finding.Severity(0)
	for _, id := range b.Findings {
		if f := p.byID[id]; f != nil {
			worst = max(worst, f.Severity)
		}
	}
	if worst > 0 {
		sev = severityOf(worst)
	}
	e := p.event(complianceFinding, activityCreate, sev, stands, b.Organization)
	r := p.resource(b.Organization, b.Kind, b.Name, "")
	r.Labels = p.labels[bundleKey{b.Organization, apigee.Ref{Kind: b.Kind, Name: b.Name}}]
	e.Resource, e.StatusDetail = &r, detail
	e.Message = fmt.Sprintf("%s: %s in %s", c.Label(), strings.ToLower(v.String()), r.Name)
	e.FindingInfo = &info{UID: hash(c.Framework, c.Requirement, b.Organization, string(b.Kind), b.Name), Title: strings.TrimSpace(c.Label() + " " + c.Title), SrcURL: c.URL}
	e.Metadata.UID = hash(e.FindingInfo.UID, v.String(), e.Status, fmt.Sprint(e.Time))
	e.Compliance = &compliance{
		Standards: []string{c.Framework}, Requirements: []string{strings.TrimSpace(c.Requirement + " " + c.Title)}, Control: c.Requirement,
		StatusID: int(v), Status: v.String(), StatusDetail: detail,
	}
	e.Unmapped = &unmapped{Findings: b.Findings, Rules: c.Rules}
	return e
}

// hash makes one key of several.
func hash(parts ...string) string {
	sum := sha256.Sum256([]byte(fmt.Sprintf("%q", parts)))
	return hex.EncodeToString(sum[:16])
}
