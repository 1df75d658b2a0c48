package html

import (
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
)

// node is one hop of the drawn path.
type node struct {
	Class      string // how it is drawn
	Type, Text string // "flow", `"token"`
	Condition  string
	Bundle, At string // Bundle is named where it is not the finding's own
	Shared     bool   // in a shared flow
	Dead       bool   // no request reaches this
}

// nodeClass is how a hop is drawn. Those of a report that does not say what a hop is are drawn as policies too.
func nodeClass(what string) string {
	switch what {
	case finding.HopProxyEndpoint, finding.HopTargetEndpoint, finding.HopFlowHook:
		return "endpoint"
	case finding.HopSharedFlow:
		return "sharedflow"
	case finding.HopStep:
		return "step"
	case finding.HopFlow, finding.HopFaultRule, finding.HopPreFlow, finding.HopPostFlow, finding.HopPostClientFlow, finding.HopEventFlow:
		return "flow"
	}
	return "policy"
}

func newNode(hop finding.Hop, f *finding.Finding, o report.Options) node {
	h := node{
		Class: nodeClass(hop.What), Type: hop.What, Text: hop.Label, Condition: hop.Condition,
		Shared: hop.Kind == apigee.KindSharedFlow, Dead: hop.Dead,
	}
	if hop.What != "" {
		h.Text = hop.Named
		if hop.Named != "" && hop.What != finding.HopFlowHook {
			h.Text = `"` + hop.Named + `"`
		}
		h.Text = strings.TrimSpace(h.Text + " " + hop.Detail)
	}
	h.Bundle, h.At = report.HopPlace(hop, f, o.WorkingDirectory)
	return h
}

// excerpt is the XML around a finding's place.
type excerpt struct {
	At    string
	Line  int
	Lines []excerptLine
}

type excerptLine struct {
	Text string
	Hit  bool // the finding is on this line
	Far  bool // paper does without it
	// Number is that of the line where lines before it are left out on paper, which does not count those; 0 elsewhere.
	Number int
}

// printedAround is how many lines before and after the place of a finding are printed.
const printedAround = 3

func newExcerpt(f *finding.Finding, o report.Options) *excerpt {
	if f.Excerpt == nil || f.Excerpt.Text == "" {
		return nil
	}
	x := &excerpt{At: report.WithPosition(report.FullPath(f, o.WorkingDirectory), f.Place), Line: f.Excerpt.Line}
	for i, line := range strings.Split(string(f.Excerpt.Text), "\n") {
		n := f.Excerpt.Line + i
		l := excerptLine{
			Text: strings.ReplaceAll(line, "\t", "    "), Hit: n >= f.Line && n <= f.EndLine,
			Far: n < f.Line-printedAround || n > f.EndLine+printedAround,
		}
		if i > 0 && !l.Far && x.Lines[i-1].Far {
			l.Number = n
		}
		x.Lines = append(x.Lines, l)
	}
	return x
}
