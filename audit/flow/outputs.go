package flow

import (
	"strings"

	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/xmltree"
)

// Sink is where a policy puts values that outlive the request.
type Sink uint8

// The sinks, by what a value becomes there.
const (
	NoSink Sink = iota
	LogSink
	AnalyticsSink
	TraceSink
	CacheSink
	KeyValueMapSink
	TopicSink
	AttributeSink
)

// Sink is where the policy puts its Outputs.
func (p *Policy) Sink() Sink { return sinkOf(p.Type) }

func sinkOf(policyType string) Sink {
	switch policyType {
	case bundle.TypeMessageLogging:
		return LogSink
	case bundle.TypeStatisticsCollector, bundle.TypeDataCapture:
		return AnalyticsSink
	case bundle.TypeTraceCapture:
		return TraceSink
	case bundle.TypePopulateCache, bundle.TypeResponseCache:
		return CacheSink
	case bundle.TypeKeyValueMapOperations:
		return KeyValueMapSink
	case bundle.TypePublishMessage:
		return TopicSink
	case bundle.TypeSetOAuthV2Info:
		return AttributeSink
	}
	return NoSink
}

// readOutputs lists all that a policy puts in its sink, whatever the variables hold: that is known of the place in a flow
// only. Keys and names are no values.
func readOutputs(d *xmltree.Document) []Mention {
	sink := sinkOf(d.Root.Name)
	if sink == NoSink {
		return nil
	}
	if d.Root.Name == bundle.TypeResponseCache { // it keeps the response as it is
		return []Mention{{Variable: "response.content", Body: "response.content", Span: d.TagSpan(d.Root)}}
	}
	out := captured(d)
	eachText(d.Root, func(at string, n *xmltree.Node, text string, wholeName bool) {
		if !isOutput(sink, at) {
			return
		}
		opening, closing := delimiters(n)
		found := allTaken(references(text, opening, closing))
		switch {
		case n.Name == "UseMessageAsSource":
			found = []Taken{{Variable: text + ".content"}}
		case wholeName && sink != TopicSink && !(sink == TraceSink && text == n.Text) && isVariable(text): // those two hold templates and defaults
			found = []Taken{{Variable: text}}
		}
		for _, t := range found[:min(len(found), maxPerPolicy-min(len(out), maxPerPolicy))] {
			out = append(out, outputOf(t, at, d.Span(n)))
		}
	})
	return out
}

func outputOf(t Taken, element string, span xmltree.Span) Mention {
	return Mention{Variable: strings.Clone(t.Variable), Field: strings.Clone(t.Field), Body: bodyOf(t.Variable), Element: element, Span: span}
}

// isOutput reports whether what an element holds goes in the sink.
func isOutput(sink Sink, element string) bool {
	switch sink {
	case CacheSink:
		return element == "Source"
	case KeyValueMapSink:
		return element == "Put/Value"
	case AttributeSink:
		return strings.HasPrefix(element, "Attributes/")
	case AnalyticsSink:
		return !strings.HasSuffix(element, "/Source") // of a DataCapture: the message that it looks into
	}
	return true
}

// captured reads the elements of a DataCapture that look into a message; nothing for other policies.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/policies/data-capture-policy.
func captured(d *xmltree.Document) []Mention {
	if d.Root.Name != bundle.TypeDataCapture {
		return nil
	}
	var out []Mention
	for capture := range d.Root.Children() {
		collect := capture.Child("Collect")
		source := collect.Child("Source").String()
		if source == "" {
			source = "message"
		}
		for n := range collect.Children() {
			var found []Taken
			switch n.Name {
			case "QueryParam", "FormParam", "Header", "URIPath":
				found = []Taken{{Variable: extractedFrom(n, source)}}
			case "JSONPayload", "XMLPayload":
				found = pathTaken(n, source+".content")
			}
			for _, t := range found {
				out = append(out, outputOf(t, "Capture/Collect/"+n.Name, d.Span(n)))
			}
		}
	}
	return out
}

// grantRecord is the custom dimension of analytics in which a policy records the grant type.
type grantRecord struct {
	dimension string
	variable  string // that it records
}

// readGrantRecord finds the custom dimension of analytics in which a policy records the grant type: the DataCollector of
// a DataCapture, or the name of a StatisticsCollector's Statistic. It is nil where none is recorded.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/policies/data-capture-policy; docs.apigee.com,
// StatisticsCollector policy.
func readGrantRecord(root *xmltree.Node) *grantRecord {
	switch root.Name {
	case bundle.TypeDataCapture:
		for c := range root.Children() {
			if c.Name != "Capture" {
				continue
			}
			ref, _ := c.Child("Collect").Attr("ref")
			if d := c.Child("DataCollector").String(); d != "" && namesGrantType(ref) {
				return &grantRecord{strings.Clone(d), strings.Clone(ref)}
			}
		}
	case bundle.TypeStatisticsCollector:
		for s := range root.Child("Statistics").Children() {
			name, _ := s.Attr("name")
			ref, _ := s.Attr("ref")
			if s.Name == "Statistic" && name != "" && namesGrantType(ref) {
				return &grantRecord{strings.Clone(name), strings.Clone(ref)}
			}
		}
	}
	return nil
}

// namesGrantType tells the variables that a client's grant_type arrives in.
func namesGrantType(variable string) bool {
	return variable == grantTypeForm || variable == grantTypeQuery
}
