package api

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"

	"apigee-audit/apigee"
)

// strangerError is an answer of another platform than the one that was asked: each looks enough like the other to be
// understood in part.
type strangerError struct{ from apigee.Platform }

func (e *strangerError) Error() string {
	return "the answer is that of a management API of " + e.from.Traits().Title
}

func (e *strangerError) advice() string {
	if e.from == apigee.PlatformEdge {
		return "use --platform edge for organizations on Apigee Edge, or name the management API of Apigee X and hybrid with --endpoint"
	}
	return "use --platform x for organizations on Apigee X and hybrid, or name the management server of Edge with --endpoint"
}

// isStrange reports whether an error is about an answer of another platform than was asked.
func isStrange(err error) bool {
	_, is := errors.AsType[*strangerError](err)
	return is
}

// speaker is the platform that a refusal comes from: its host says so, or the shape of its body. It is "" where neither does.
func speaker(address, body string) apigee.Platform {
	host := address
	if u, err := url.Parse(address); err == nil {
		host = u.Hostname()
	}
	switch {
	case address == apigee.PlatformEdge.Traits().DefaultEndpoint, isEdgeError(body):
		return apigee.PlatformEdge
	case strings.HasSuffix(host, ".googleapis.com"), googleStatus(body) != "":
		return apigee.PlatformX
	}
	return ""
}

// isEdgeError reports whether a body is an error as Edge sends it, and not that of some gateway that also has a code:
// {"code": "messaging.config.beans.ApplicationDoesNotExist", "message": …, "contexts": []}.
func isEdgeError(body string) bool {
	var said struct {
		Code     string            `json:"code"`
		Contexts []json.RawMessage `json:"contexts"`
	}
	return json.Unmarshal([]byte(body), &said) == nil && strings.Contains(said.Code, ".") && said.Contexts != nil
}

// googleStatus is the name that Google's APIs have for what is wrong, "PERMISSION_DENIED"; "" for an error of anybody else.
// Source: google.aip.dev/193.
func googleStatus(body string) string {
	var said struct {
		Error struct {
			Status string `json:"status"`
		} `json:"error"`
	}
	_ = json.Unmarshal([]byte(body), &said) // what is no such error has no name
	return said.Error.Status
}
