package doctor

import (
	"fmt"
	"net/url"
	"time"

	"apigee-audit/apigee/api"
)

// The names of the checks of network and clock.
const (
	Proxy    = "network proxy"
	Endpoint = "management API"
	Clock    = "clock"
)

// ProxySetting is the environment variable that names the network proxy for an endpoint; its value may hold a password.
type ProxySetting struct{ Variable, Value string }

// Network are the checks of the way to the management API, by what was found on it.
func Network(r api.Reached, err error, setting ProxySetting, why func(error) string) []Check {
	reached := Passed(Endpoint, r.Endpoint+" answers")
	if err != nil {
		text, advice := Explain(err, why)
		reached = Fail(Endpoint, r.Endpoint+" cannot be reached: "+text, advice)
	}
	return []Check{proxy(r, setting), reached, clock(r)}
}

func proxy(r api.Reached, setting ProxySetting) Check {
	switch {
	case r.Proxy != nil:
		return Passed(Proxy, r.Proxy.String()+" for "+r.Endpoint+", from "+setting.Variable)
	case setting.Value == "":
		return Passed(Proxy, "none for "+r.Endpoint)
	case !isAddress(setting.Value):
		return Warn(Proxy, "none for "+r.Endpoint+": what "+setting.Variable+" holds is no URL, so it is ignored", "set it to the URL of the proxy, such as http://proxy.example.com:3128")
	}
	return Passed(Proxy, "none for "+r.Endpoint+", although "+setting.Variable+" is set: NO_PROXY names the host, or it is this machine")
}

// isAddress reports whether requests take a setting for the address of a proxy. Without a scheme, it may be host and port.
// Source: golang.org/x/net/http/httpproxy, which ignores anything else.
func isAddress(setting string) bool {
	if u, err := url.Parse(setting); err == nil && u.Scheme != "" && u.Host != "" {
		return true
	}
	_, err := url.Parse("http://" + setting)
	return err == nil
}

// mostAhead is how far clocks may differ before it is worth a warning. What is signed here and judged there, such as the request
// for a token by a service account's key, holds for minutes.
const mostAhead = time.Minute

func clock(r api.Reached) Check {
	apart := r.Ahead.Abs().Round(time.Second)
	switch {
	case !r.Dated:
		return Skip(Clock, "no answer with a date to compare with")
	case apart < mostAhead:
		return Passed(Clock, "less than a minute from the server's")
	}
	side := "ahead of"
	if r.Ahead < 0 {
		side = "behind"
	}
	return Warn(Clock, fmt.Sprintf("%v %s the server's", apart, side),
		"set the clock of this machine: tokens are refused, or used after they have expired, and --traffic counts the calls of another window")
}
