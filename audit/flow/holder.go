package flow

// holder is what a policy sets, as its document spells it: a variable, or a part of a message. A part has a name for every message
// that it may belong to, and a policy can set dozens, so that they are spelled out only where somebody asks.
type holder struct {
	// name is the variable; of a part of a message the name of a header or parameter, "" where there is no such thing.
	name string
	// prefix is for everything that starts so; with name "" outside of messages, that is everything.
	prefix bool

	inMessage bool
	// message is the variable of the message. "" is the request or the response, by where the policy is attached; then either may
	// change, and neither value is certain.
	message string
	part    string // "header"; "" is the message itself
}

// partOf sets a part of a message, by name where it is a header or a parameter.
func partOf(message, part, name string) change {
	return change{holder: holder{inMessage: true, message: message, part: part, name: name}}
}

// partsOf sets all headers or parameters of a message; with part "" all of the message.
func partsOf(message, part string) change {
	return change{holder: holder{inMessage: true, message: message, part: part, prefix: true}}
}

// countNames is how many names are set.
func (h *holder) countNames() int {
	switch {
	case !h.inMessage:
		return 1
	case h.message == "":
		return 3
	case h.message == "request", h.message == "response":
		return 2
	}
	return 1
}

// names are the n names of what is set, that of the message itself last. The variable message is the request or the response.
func (h *holder) names() (names [3]string, n int) {
	if !h.inMessage {
		return [3]string{h.name}, 1
	}
	below := "." + h.part
	if h.part != "" && (h.name != "" || h.prefix) {
		below += "." + h.name
	}
	switch h.message {
	case "":
		return [3]string{"message" + below, "response" + below, "request" + below}, 3
	case "request", "response":
		return [3]string{"message" + below, h.message + below}, 2
	}
	return [3]string{h.message + below}, 1
}

// spelling is what is set under each of its names.
type spelling struct {
	names, canonical [3]string
	n                int
	judged           bool
	visible          [3]bool // once judged: whether anybody sees it under that name
	looked           bool
	elsewhere        [3]bool // once looked: whether shared flows follow the variable of that name
}

// spelled spells out what is set; the answer is good until the next one. The policies of a bundle mostly set the same headers, so each of
// these is spelled once.
func (r *programReader) spelled(h holder) *spelling {
	s := r.spellings[h]
	switch {
	case s != nil:
		return s
	case h.inMessage:
		s = &spelling{}
		r.spellings[h] = s
	default:
		s = &r.variable
		*s = spelling{}
	}
	s.names, s.n = h.names()
	for i, name := range s.names[:s.n] {
		s.canonical[i] = canonical(name)
	}
	return s
}

// judge finds out under which names somebody sees what is set.
func (s *spelling) judge(prefix bool, visible func(*write) bool) {
	if s.judged {
		return
	}
	s.judged = true
	for i, name := range s.canonical[:s.n] {
		s.visible[i] = visible(&write{name: name, prefix: prefix})
	}
}
