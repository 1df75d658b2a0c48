package flow

import (
	"strings"

	"apigee-audit/apigee/xmltree"
)

// Answer is the payload that an AssignMessage policy puts in place of a message's body.
type Answer struct {
	// Message is the message it is put in; "" is the request or response, by where the policy is attached.
	Message string
	// Recites reports whether the payload spells out a token response (it has an access_token member) rather than being made
	// of variables that may hold anything.
	Recites bool
}

// ReplacesResponse reports whether a policy overwrites the response's body at this place.
func (r *Site) ReplacesResponse() bool {
	a := r.Policy.Answer
	return a != nil && (a.Message == "response" || a.Message == "" && r.Response)
}

// readAnswer finds the payload of an AssignMessage policy; nil when it sets none, or only hands on one variable.
func readAnswer(d *xmltree.Document) *Answer {
	payload := d.Root.Find("Set", "Payload")
	if payload == nil || strings.TrimSpace(d.Inner(payload)) == "" {
		return nil
	}
	a := &Answer{}
	if to := d.Root.Child("AssignTo"); to != nil {
		kind, _ := to.Attr("type")
		switch a.Message = strings.Clone(to.Text); {
		case a.Message == "" && strings.EqualFold(kind, "response"):
			a.Message = "response"
		case a.Message == "" && strings.EqualFold(kind, "request"):
			a.Message = "request"
		}
	}
	text := strings.TrimSpace(d.Inner(payload))
	a.Recites = strings.Contains(text, "access_token")
	if opening, _ := delimiters(payload); !a.Recites && strings.HasPrefix(text, opening) && strings.Count(text, opening) == 1 {
		return nil
	}
	return a
}

// delimiters are what a payload's variable references stand between.
func delimiters(payload *xmltree.Node) (opening, closing string) {
	opening, closing = "{", "}"
	if prefix, ok := payload.Attr("variablePrefix"); ok && prefix != "" {
		opening = prefix
	}
	if suffix, ok := payload.Attr("variableSuffix"); ok && suffix != "" {
		closing = suffix
	}
	return opening, closing
}
