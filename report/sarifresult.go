package report

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit"
	"apigee-audit/internal/text"
)

// result is one finding. ordinal tells findings of equal fingerprint apart, as CodeQL does: "hash:1", "hash:2".
func (r sarifRunOf) result(f audit.Finding, ordinal int) sarifResult {
	res := sarifResult{
		RuleID: f.RuleID, RuleIndex: r.rules.index[f.RuleID], Level: sarifLevel(f.Severity),
		Message: sarifMessage{resultText(f)},
		Locations: []sarifLocation{{
			PhysicalLocation: r.physical(f.Source, f.Kind, f.Name, f.Place),
			LogicalLocations: r.logical(f.Kind, f.Name, f.File, f.Policy, revisions(f.Deployments)),
		}},
		PartialFingerprints: map[string]string{
			// The only key that GitHub reads.
			"primaryLocationLineHash": fmt.Sprintf("%s:%d", f.Fingerprint, ordinal),
			"apigeeAudit/v1":          f.Fingerprint,
		},
		Properties: sarifResultBag{
			Severity: f.Severity.String(), Confidence: f.Confidence.String(), Policy: f.Policy, Deployments: []sarifDeployed{},
			Searched: f.Searched, Remediation: f.Remediation,
		},
	}
	for _, d := range f.Deployments {
		res.Properties.Deployments = append(res.Properties.Deployments, sarifDeployed{d.Environment, d.Revision, d.Source})
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
	switch {
	case f.Status == audit.StatusSuppressed:
		res.Suppressions = []sarifSuppression{suppression(f.Suppression)}
	case f.Status == audit.StatusKnown:
		res.BaselineState = "unchanged"
	case r.document.Baseline != nil || r.document.Change != nil || r.document.Summary.Known > 0:
		// Without a baseline nothing is new: the state says how a result compares.
		res.BaselineState = "new"
	}
	return res
}

func suppression(s *audit.Suppression) sarifSuppression {
	out := sarifSuppression{Kind: "external", Status: "accepted"}
	if s == nil {
		return out
	}
	if s.Source == audit.FromPolicy {
		out.Kind = "inSource"
	}
	out.Justification = s.Reason
	if s.Expires != "" {
		out.Justification += " (until " + s.Expires + ")"
	}
	return out
}

func sarifLevel(s audit.Severity) string {
	switch s {
	case audit.High:
		return "error"
	case audit.Medium:
		return "warning"
	}
	return "note"
}

// resultText is the message, whose first sentence GitHub makes the alert's title, then where it is deployed or where else on
// disk it is found, then the related places: viewers show those only when the text links to them.
func resultText(f audit.Finding) string {
	var b strings.Builder
	b.WriteString(sarifText(sentence(f.Message)).Text)
	if f.Confidence < audit.HighConfidence {
		fmt.Fprintf(&b, " The audit has %s confidence in this.", f.Confidence)
	}
	if where := deployedIn(f.Deployments, fullDeployments); where != "" && isDeployed(&f) {
		b.WriteString(" Deployed: " + sarifText(where).Text + ".")
	}
	if paths := elsewhere(&f); len(paths) > 0 {
		b.WriteString(" Also in: " + sarifText(text.ListSome(paths, mostPaths)).Text + ".")
	}
	for i, h := range f.Related {
		lead := ", "
		if i == 0 {
			lead = " See also "
		}
		fmt.Fprintf(&b, "%s[%s](%d)", lead, linkText(h.Label), i+1)
	}
	if len(f.Related) > 0 {
		b.WriteString(".")
	}
	return b.String()
}

// sentence ends a text with a full stop, where it has no end of its own.
func sentence(s string) string {
	if s == "" || strings.HasSuffix(s, ".") || strings.HasSuffix(s, "?") || strings.HasSuffix(s, "!") {
		return s
	}
	return s + "."
}

// sarifText is text from an organization as a SARIF message; names must not turn into links of their own making
// (SARIF section 3.11.6).
func sarifText(s string) sarifMessage {
	return sarifMessage{strings.ReplaceAll(s, "](", "] (")}
}

func linkText(s string) string {
	return strings.NewReplacer(`\`, `\\`, `[`, `\[`, `]`, `\]`).Replace(text.Sanitize(s))
}

func (r sarifRunOf) hop(f audit.Finding, h audit.Hop, id int) sarifLocation {
	source := h.Source
	if source == "" && sameBundle(h, &f) {
		source = f.Source
	}
	m := sarifText(h.Label)
	return sarifLocation{ID: id, PhysicalLocation: r.physical(source, h.Kind, h.Name, h.Place), Message: &m}
}

func (r sarifRunOf) physical(source string, kind apigee.Kind, name string, p audit.Place) *sarifPhysicalLocation {
	return &sarifPhysicalLocation{ArtifactLocation: r.paths.artifact(r.org, source, kind, name, p.File), Region: region(p)}
}

// region is a whole and legal region even where only the line is known, because GitHub wants all four numbers.
func region(p audit.Place) *sarifRegion {
	g := &sarifRegion{StartLine: max(p.Line, 1), StartColumn: max(p.Column, 1), EndLine: p.EndLine, EndColumn: p.EndColumn}
	if g.EndLine < g.StartLine || g.EndLine == g.StartLine && g.EndColumn <= g.StartColumn {
		g.EndLine, g.EndColumn = g.StartLine, g.StartColumn+1
	}
	g.EndColumn = max(g.EndColumn, 1)
	return g
}

// revisions are the distinct revision numbers of the deployments, newest first.
func revisions(deployments []audit.Deployed) []string {
	var all []string
	for _, d := range deployments {
		all = append(all, d.Revision)
	}
	slices.SortFunc(all, func(a, b string) int { return apigee.CompareNumbers(b, a) })
	return slices.Compact(all)
}

// logical names the resource in full, once for each revision. A policy goes by its name attribute, as on the platform, which
// the file's name may differ from.
func (r sarifRunOf) logical(kind apigee.Kind, name, file, policy string, revisions []string) []sarifLogicalLocation {
	if len(revisions) == 0 {
		revisions = []string{""}
	}
	last, resource := name, ""
	if dir := path.Base(path.Dir(file)); apigee.Collection(dir) != "" || file != "" && path.Dir(path.Dir(file)) != "." {
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
