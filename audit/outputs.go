package audit

import (
	"strings"

	"apigee-audit/apigee"
)

// Sink is where a policy puts values that outlive the request.
type Sink uint8

// The sinks, by what a value becomes there.
const (
	NoSink Sink = iota
	Log
	Analytics
	Trace
	Cache
	KeyValueMap
	Topic
	TokenAttribute
)

// Sink is where the policy puts its Outputs.
func (p *Policy) Sink() Sink { return sinkOf(p.Type) }

func sinkOf(policyType string) Sink {
	switch policyType {
	case apigee.TypeMessageLogging:
		return Log
	case apigee.TypeStatisticsCollector, apigee.TypeDataCapture:
		return Analytics
	case apigee.TypeTraceCapture:
		return Trace
	case apigee.TypePopulateCache, apigee.TypeResponseCache:
		return Cache
	case apigee.TypeKeyValueMapOperations:
		return KeyValueMap
	case apigee.TypePublishMessage:
		return Topic
	case apigee.TypeSetOAuthV2Info:
		return TokenAttribute
	}
	return NoSink
}

// readOutputs lists all that a policy puts in its sink, whatever the variables hold: that is known of the place in a flow
// only. Keys and names are no values.
func readOutputs(d *apigee.Document) []Mention {
	sink := sinkOf(d.Root.Name)
	if sink == NoSink {
		return nil
	}
	if d.Root.Name == apigee.TypeResponseCache { // it keeps the response as it is
		return []Mention{{Variable: "response.content", Body: "response.content", Span: d.TagSpan(d.Root)}}
	}
	out := captured(d)
	eachText(d.Root, func(at string, n *apigee.Node, text string, wholeName bool) {
		if !isOutput(sink, at) {
			return
		}
		opening, closing := delimiters(n)
		found := allTaken(references(text, opening, closing))
		switch {
		case n.Name == "UseMessageAsSource":
			found = []Taken{{Variable: strings.Clone(text) + ".content"}}
		case wholeName && sink != Topic && !(sink == Trace && text == n.Text) && isVariable(text): // those two hold templates and defaults
			found = []Taken{{Variable: strings.Clone(text)}}
		}
		for _, t := range found[:min(len(found), maxPerPolicy-min(len(out), maxPerPolicy))] {
			out = append(out, outputOf(t, at, d.Span(n)))
		}
	})
	return out
}

func outputOf(t Taken, element string, span apigee.Span) Mention {
	return Mention{Variable: t.Variable, Field: t.Field, Body: bodyOf(t.Variable), Element: element, Span: span}
}

// isOutput reports whether what an element holds goes in the sink.
func isOutput(sink Sink, element string) bool {
	switch sink {
	case Cache:
		return element == "Source"
	case KeyValueMap:
		return element == "Put/Value"
	case TokenAttribute:
		return strings.HasPrefix(element, "Attributes/")
	case Analytics:
		return !strings.HasSuffix(element, "/Source") // of a DataCapture: the message that it looks into
	}
	return true
}

// captured reads the elements of a DataCapture that look into a message; nothing for other policies.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/policies/data-capture-policy.
func captured(d *apigee.Document) []Mention {
	if d.Root.Name != apigee.TypeDataCapture {
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
