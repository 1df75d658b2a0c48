package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"

	"apigee-audit/audit/finding"
	"apigee-audit/internal/jsontext"
)

// Outline is a stored report without proofs, places, fixes and evidence: what the findings are, and all that [View] needs to say whether
// others would be shown. Its lists of findings stand beside the document, whose own are empty. They are shared with other
// outlines, and nobody changes them.
type Outline struct {
	*Document
	Findings, NotLookedAt []*finding.Finding
}

// Outlines reads many reports, which have most of their findings in common. It may be used by several goroutines.
type Outlines struct {
	checkDocument, checkFinding check

	mu       sync.Mutex
	findings map[string]*finding.Finding
	lists    map[listText]any
}

// listText is a list of some type as it stands in a report.
type listText struct {
	of   reflect.Type
	text string
}

// NewOutlines prepares for reading.
func NewOutlines() *Outlines {
	return &Outlines{checkDocument: checkOf[Document](), checkFinding: checkOf[finding.Finding](), findings: map[string]*finding.Finding{}, lists: map[listText]any{}}
}

// ErrNotReport is what [Outlines.Read] says of JSON that is something else: not a report that is broken.
var ErrNotReport = errors.New("not an audit report")

// outlineShape is what an outline keeps.
func outlineShape() *jsontext.Shape {
	bundle := jsontext.Keep("kind", "name")
	of := jsontext.Keep("organization", "ruleId", "ruleName", "severity", "confidence", "kind", "name", "policy", "file", "anchor", "fingerprint", "sharedFingerprint",
		"status", "firstSeen", "suppression").And("deployments", jsontext.Keep("environment")).And("path", bundle).And("related", bundle)
	return jsontext.Keep("schemaVersion", "tool", "startedAt", "finishedAt", "complete", "shard", "scope", "organizations", "leftOut", "rules").
		And("change", jsontext.Keep("before")).
		And("findings", of).And("notLookedAt", of).
		And("catalogue", jsontext.Keep("id", "name", "partedFrom", "severity", "confidence", "inputs")).
		And("problems", jsontext.Keep("organization", "environment", "environments", "kind", "name", "operation").
			And("subjects", jsontext.Keep("environment", "environments", "kind", "name"))).
		And("inventory", jsontext.Keep("organization", "kind", "name"))
}

// outlineHead is an outline's document as it is decoded. The lists are decoded only where no report before had the same.
type outlineHead struct {
	Document
	Catalogue json.RawMessage `json:"catalogue"`
	LeftOut   json.RawMessage `json:"leftOut"`
	Inventory json.RawMessage `json:"inventory"`
}

// Read reads what [Read] would, and refuses what it would refuse, except for mistakes in what an outline leaves out. The error
// is [ErrNotReport] for JSON that does not claim to be a report.
func (o *Outlines) Read(data []byte) (*Outline, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	out, err := o.read(data)
	if err == nil {
		return out, nil
	}
	if isOther(data) {
		return nil, ErrNotReport
	}
	if _, why := Read(bytes.NewReader(data)); why != nil { // which says where
		err = why
	}
	return nil, err
}

func (o *Outlines) read(data []byte) (*Outline, error) {
	out := &Outline{}
	text, err := readBounds().Pick(data, outlineShape(), []string{"findings", "notLookedAt"}, func(list string, entry []byte) error {
		f, err := o.finding(entry)
		if list == "findings" {
			out.Findings = append(out.Findings, f)
		} else {
			out.NotLookedAt = append(out.NotLookedAt, f)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	var head outlineHead
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, err
	}
	switch {
	case head.SchemaVersion != SchemaVersion:
		return nil, fmt.Errorf("the report has schema version %d", head.SchemaVersion)
	case head.StartedAt.IsZero():
		return nil, errors.New("the report does not say when it was made")
	}
	d := &head.Document
	if d.Catalogue, err = shared[[]Rule](o, head.Catalogue); err != nil {
		return nil, err
	}
	if d.LeftOut, err = shared[[]finding.LeftOut](o, head.LeftOut); err != nil {
		return nil, err
	}
	if allOf(d.Organizations, func(o Organization) bool { return !o.Offline }) {
		head.Inventory = nil // what was given counts for bundles from disk only
	}
	if d.Inventory, err = shared[[]finding.Evidence](o, head.Inventory); err != nil {
		return nil, err
	}
	if found := o.checkDocument(reflect.ValueOf(d).Elem()); found != nil {
		return nil, errors.New(found.where + " " + found.what)
	}
	d.Complete = d.Complete && d.whole()
	out.Document = d
	return out, nil
}

// finding is one that was decoded before, wherever it can be.
func (o *Outlines) finding(text []byte) (*finding.Finding, error) {
	o.mu.Lock()
	f := o.findings[string(text)]
	o.mu.Unlock()
	if f != nil {
		return f, nil
	}
	f = &finding.Finding{}
	if err := json.Unmarshal(text, f); err != nil {
		return nil, err
	}
	fillFinding(f)
	modernizeFinding(f)
	if found := o.checkFinding(reflect.ValueOf(f).Elem()); found != nil {
		return nil, errors.New(found.where + " " + found.what)
	}
	f.Path, f.Related = otherBundles(f), nil
	o.mu.Lock()
	defer o.mu.Unlock()
	if first := o.findings[string(text)]; first != nil {
		return first, nil
	}
	o.findings[string(text)] = f
	return f, nil
}

// otherBundles are the hops of a finding's proof that tell which other bundles it leads through, one for each.
func otherBundles(f *finding.Finding) []finding.Hop {
	var all []finding.Hop
	for _, hops := range [][]finding.Hop{f.Path, f.Related} {
		for _, h := range hops {
			bundle := finding.Hop{Kind: h.Kind, Name: h.Name}
			if (h.Name != f.Name || h.Kind != f.Kind) && !slices.Contains(all, bundle) {
				all = append(all, bundle)
			}
		}
	}
	return all
}

// shared decodes a list, or finds the one that was decoded of the same text.
func shared[T any](o *Outlines, text []byte) (list T, err error) {
	if text == nil {
		return list, nil
	}
	of := reflect.TypeFor[T]()
	o.mu.Lock()
	known, ok := o.lists[listText{of, string(text)}].(T)
	o.mu.Unlock()
	if ok {
		return known, nil
	}
	if err = json.Unmarshal(text, &list); err != nil {
		return list, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lists[listText{of, string(text)}] = list
	return list, nil
}

// isOther reports whether data is JSON that is no report of any version, or no JSON at all: a file of something else. A text that
// breaks off after it has named its schema version is a report that is broken.
func isOther(data []byte) bool {
	begin := bytes.TrimLeft(data, " \t\r\n")
	if len(begin) == 0 {
		return false
	}
	var given struct{ SchemaVersion, StartedAt json.RawMessage }
	if err := json.Unmarshal(data, &given); err == nil {
		return given.SchemaVersion == nil || given.StartedAt == nil
	}
	const head = 4096
	return begin[0] != '{' || !bytes.Contains(begin[:min(len(begin), head)], []byte(`"schemaVersion"`))
}
