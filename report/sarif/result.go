package sarif

import (
	"fmt"
	"path"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
	"apigee-audit/report"
)

// result is one finding. ordinal distinguishes findings with equal fingerprints, as CodeQL does: "hash:1", "hash:2".
func (r runOf) result(f finding.Finding, ordinal int) sarifResult {
	console := r.document.ConsoleURL(&f)
	res := sarifResult{
		RuleID: f.RuleID, RuleIndex: r.rules.index[f.RuleID], Level: levelOf(f.Severity), Rank: rank(f.Severity),
		Message: resultMessage(f, console),
		Locations: []sarifLocation{{
			PhysicalLocation: r.physical(f.Source, f.Kind, f.Name, f.Place),
			LogicalLocations: r.logical(f.Kind, f.Name, f.File, f.Policy, report.Revisions(f.Deployments)),
		}},
		// Readers that join the runs of a file go by this one, and the same estate in another organization is not a duplicate.
		Fingerprints: map[string]string{"apigeeAudit/organization/v1": f.ID},
		PartialFingerprints: map[string]string{
			// The only key that GitHub reads.
			"primaryLocationLineHash": fmt.Sprintf("%s:%d", f.Fingerprint, ordinal),
			"apigeeAudit/v1":          f.Fingerprint,
		},
		Properties: sarifResultBag{
			Severity: f.Severity.String(), Confidence: f.Confidence.String(), Policy: f.Policy, Deployments: []sarifDeployed{},
			ConsoleURL: console, Searched: f.Searched, Remediation: f.Remediation, NoFix: f.NoFix,
		},
	}
	for _, d := range f.Deployments {
		res.Properties.Deployments = append(res.Properties.Deployments, sarifDeployed{d.Environment, d.Revision, d.Source, d.Partly})
	}
	for _, s := range f.Snippets {
		source := s.Source
		if source == "" && s.Kind == f.Kind && s.Name == f.Name {
			source = f.Source
		}
		uri := artifact(r.paths, r.org, source, s.Kind, s.Name, s.File).URI
		res.Properties.Snippets = append(res.Properties.Snippets, sarifSnippet{s.XML, s.Where, uri, s.Line})
	}
	for i, h := range f.Related {
		res.RelatedLocations = append(res.RelatedLocations, r.hop(f, h, i+1))
	}
	if len(f.Path) > 0 {
		var flow sarifThreadFlow
		for _, h := range f.Path {
			flow.Locations = append(flow.Locations, sarifThreadFlowLocation{r.hop(f, h, 0)})
		}
		res.CodeFlows = []sarifCodeFlow{{ThreadFlows: []sarifThreadFlow{flow}}}
	}
	res.Fixes = r.fixes(&f)
	switch {
	case f.Status == finding.StatusSuppressed:
		res.Suppressions = []sarifSuppression{suppression(f.Suppression)}
	case f.Status == finding.StatusKnown:
		res.BaselineState = "unchanged"
	case r.document.Baseline != nil || r.document.Change != nil || r.document.Summary.Known > 0:
		// Without a baseline nothing is new: the state says how a result compares.
		res.BaselineState = "new"
	}
	return res
}

// rank places a severity in the middle of GitLab's bands (info below 10, low below 40, medium below 70, high below 90), which takes
// it before anything that rules say.
func rank(s finding.Severity) float64 {
	switch s {
	case finding.High:
		return 80
	case finding.Medium:
		return 55
	case finding.Low:
		return 25
	}
	return 5
}

func suppression(s *finding.Suppression) sarifSuppression {
	out := sarifSuppression{Kind: "external", Status: "accepted"}
	if s == nil {
		return out
	}
	if s.Source == finding.FromPolicy {
		out.Kind = "inSource"
	}
	out.Justification = s.Reason
	if terms := report.SuppressionTerms(s); terms != "" {
		out.Justification += " (" + terms + ")"
	}
	return out
}

func levelOf(s finding.Severity) string {
	switch s {
	case finding.High:
		return "error"
	case finding.Medium:
		return "warning"
	}
	return "note"
}

// sentence ends a text with a full stop, where it has no end of its own.
func sentence(s string) string {
	if s == "" || strings.HasSuffix(s, ".") || strings.HasSuffix(s, "?") || strings.HasSuffix(s, "!") {
		return s
	}
	return s + "."
}

// messageOf is text from an organization as a SARIF message; names must not turn into links (SARIF section 3.11.6).
func messageOf(s string) sarifMessage {
	return sarifMessage{strings.ReplaceAll(s, "](", "] (")}
}

func linkText(s string) string {
	return strings.NewReplacer(`\`, `\\`, `[`, `\[`, `]`, `\]`).Replace(text.Sanitize(s))
}

func (r runOf) hop(f finding.Finding, h finding.Hop, id int) sarifLocation {
	source := h.Source
	if source == "" && report.SameBundle(h, &f) {
		source = f.Source
	}
	m := messageOf(h.Label)
	return sarifLocation{ID: id, PhysicalLocation: r.physical(source, h.Kind, h.Name, h.Place), Message: &m}
}

func (r runOf) physical(source string, kind apigee.Kind, name string, p finding.Place) *sarifPhysicalLocation {
	return &sarifPhysicalLocation{ArtifactLocation: artifact(r.paths, r.org, source, kind, name, p.File), Region: region(p)}
}

// region is a whole and legal region even where only the line is known, because GitHub wants all four numbers.
func region(p finding.Place) *sarifRegion {
	g := &sarifRegion{StartLine: max(p.Line, 1), StartColumn: max(p.Column, 1), EndLine: p.EndLine, EndColumn: p.EndColumn}
	if g.EndLine < g.StartLine || g.EndLine == g.StartLine && g.EndColumn <= g.StartColumn {
		g.EndLine, g.EndColumn = g.StartLine, g.StartColumn+1
	}
	g.EndColumn = max(g.EndColumn, 1)
	return g
}

// logical names the resource in full, once for each revision. A policy goes by its name attribute, as on the platform, which
// the file's name may differ from.
func (r runOf) logical(kind apigee.Kind, name, file, policy string, revisions []string) []sarifLogicalLocation {
	if len(revisions) == 0 {
		revisions = []string{""}
	}
	last, resource := name, ""
	if dir := path.Base(path.Dir(file)); bundle.Collection(dir) != "" || file != "" && path.Dir(path.Dir(file)) != "." {
		last = strings.TrimSuffix(path.Base(file), path.Ext(file))
		if policy != "" && dir == "policies" {
			last = policy
		}
		resource = "/" + dir + "/" + last
	}
	var all []sarifLogicalLocation
	for _, n := range revisions {
		full := string(kind) + "/" + name
		if r.org.Name != "" {
			full = "organizations/" + r.org.Name + "/" + full
		}
		if n != "" {
			full += "/revisions/" + n
		}
		all = append(all, sarifLogicalLocation{Name: last, FullyQualifiedName: full + resource, Kind: "resource"})
	}
	return all
}
