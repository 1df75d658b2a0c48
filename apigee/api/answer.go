package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"apigee-audit/internal/text"
)

// How much is read of an answer, by its kind, and of a list over all its pages. Each is many times what the management
// API sends: the deployments of an organization that uses all that Apigee allows, 6,000, are about 2 MB.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/limits.
const (
	maxSmallAnswer  = 64 << 10 // a flow hook, an environment, a debug mask, a project mapping
	maxOrganization = 1 << 20
	maxStats        = 16 << 20 // one page of analytics, of at most statsRows rows
	maxList         = 64 << 20
	maxEntry        = 1 << 20 // one entry of a list, or one field of any answer
	maxEntries      = 100_000
	// maxErrorAnswer bounds what is read of an answer that says no.
	maxErrorAnswer = 64 << 10
)

// answer is what one call may be answered with. Every JSON answer of every platform is read through it, by [ask], so a
// new call cannot forget to distinguish an answer from what only looks like one: that is settled here for all of them, and what
// an answer must say about itself in its check.
type answer interface {
	// bound is how much is read of it.
	bound() *allowance
	// check reports why this does not answer what was asked, for example because it is about something else.
	check() error
}

// object is an answer that is a JSON object. An unknown field is skipped, but an object without any known field is not an
// answer.
type object interface {
	answer
	field(r *reader, name string) (known bool, err error)
}

// array is an answer that is a JSON array.
type array interface {
	answer
	entry(r *reader) error
}

// emptyError is an answer without a body.
type emptyError struct{ status int }

func (e *emptyError) Error() string {
	if e.status != http.StatusOK {
		return fmt.Sprintf("the answer is empty (%d %s)", e.status, http.StatusText(e.status))
	}
	return "the answer is empty"
}

// readAnswer reads the JSON of an answer with status 200.
func readAnswer(body io.Reader, a answer, left *allowance) error {
	r := newReader(body, left)
	err := r.answer(a)
	if err != nil {
		left.giveBack(r.source.read, r.entries) // another try reads all of it again
		return err
	}
	return a.check()
}

func (r *reader) answer(a answer) error {
	start, err := r.token()
	if errors.Is(err, io.EOF) {
		return &emptyError{http.StatusOK}
	}
	if err != nil {
		return err
	}
	want := ""
	switch a := a.(type) {
	case object:
		if start == json.Delim('{') {
			err = r.whole(a)
		} else {
			want = "an object"
		}
	case array:
		if start == json.Delim('[') {
			err = r.rest("the answer", func() error { return a.entry(r) })
		} else {
			want = "a list"
		}
	default:
		panic(fmt.Sprintf("%T is neither an object nor an array", a)) // no answer of ours
	}
	if want != "" {
		return &contentError{fmt.Sprintf("the answer is %s instead of %s", kindOf(start), want)}
	}
	if err != nil {
		return err
	}
	_, err = r.token()
	if _, garbage := errors.AsType[*json.SyntaxError](err); garbage || err == nil {
		return &contentError{"there is more data after the end of the answer"}
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// whole reads the fields of the answer itself.
func (r *reader) whole(a object) error {
	fields, known := 0, 0
	var strange []string // what was sent in their place, as far as a message repeats it
	err := r.fields(func(name string) (bool, error) {
		fields++
		if strings.EqualFold(name, "error") {
			return false, r.errorInPlace()
		}
		ok, err := a.field(r, name)
		if ok || err != nil {
			known++
			return ok, err
		}
		value, err := r.raw()
		if len(strange) < 3 {
			strange = append(strange, name+" "+string(value[:min(len(value), text.MostSaid)]))
		}
		return true, err
	})
	if err == nil && fields > 0 && known == 0 {
		return &contentError{"the answer has none of the fields that were asked for, but " + text.QuoteSaid(strings.Join(strange, ", "))}
	}
	return err
}

// errorInPlace is the error of a gateway that fails with status 200.
func (r *reader) errorInPlace() error {
	value, err := r.raw()
	if err != nil {
		return err
	}
	var said struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(value, &said) != nil || said.Message == "" {
		said.Message = strings.Trim(string(value), `"`)
	}
	return &contentError{"the server answered 200 OK, but with an error instead of an answer: " + text.QuoteSaid(said.Message)}
}

// kindOf names the kind of value that a token begins.
func kindOf(t json.Token) string {
	switch t := t.(type) {
	case nil:
		return "null"
	case json.Delim:
		if t == '[' {
			return "a list"
		}
		return "an object"
	case string:
		return "a string"
	case bool:
		return "true or false"
	}
	return "a number"
}

// reader reads one JSON value piece by piece: neither the body nor a whole list is ever held.
type reader struct {
	source  *source
	decoder *json.Decoder
	left    *allowance
	entries int
}

func newReader(body io.Reader, left *allowance) *reader {
	s := &source{body: body, left: left}
	return &reader{source: s, decoder: json.NewDecoder(s), left: left}
}

// next lets the source give as much as one more piece may have.
func (r *reader) next() { r.source.upTo = r.decoder.InputOffset() + maxEntry }

func (r *reader) token() (json.Token, error) {
	r.next()
	return r.decoder.Token()
}

// value decodes one value, which is bounded like an entry.
func (r *reader) value(v any) error {
	r.next()
	return r.decoder.Decode(v)
}

// raw is one value as it stands, to skip it or to quote it.
func (r *reader) raw() (json.RawMessage, error) {
	var value json.RawMessage
	return value, r.value(&value)
}

// object reads an object inside an answer. A null in its place is one without fields, which its reader judges.
func (r *reader) object(what string, field func(name string) (known bool, err error)) error {
	start, err := r.token()
	if err != nil {
		return err
	}
	switch start {
	case nil:
		return nil
	case json.Delim('{'):
		return r.fields(field)
	}
	return misshapen(what, kindOf(start), "an object")
}

// fields reads the fields of an object that has begun, and its end.
func (r *reader) fields(field func(name string) (known bool, err error)) error {
	for r.more() {
		name, err := r.token()
		if err != nil {
			return err
		}
		text, _ := name.(string) // the decoder takes nothing else for a name
		known, err := field(text)
		if err == nil && !known {
			_, err = r.raw()
		}
		if err != nil {
			return err
		}
	}
	_, err := r.token()
	return err
}

// list reads a list inside an answer, entry by entry.
func (r *reader) list(what string, entry func() error) error {
	there, err := r.listOrNull(what, entry)
	if err == nil && !there {
		return misshapen(what, "null", "a list")
	}
	return err
}

// listOrNull reads a list, or the null in its place.
func (r *reader) listOrNull(what string, entry func() error) (there bool, err error) {
	start, err := r.token()
	switch {
	case err != nil:
		return false, err
	case start == nil:
		return false, nil
	case start == json.Delim('['):
		return true, r.rest(what, entry)
	}
	return false, misshapen(what, kindOf(start), "a list")
}

// rest reads the entries of a list that has begun, and its end.
func (r *reader) rest(what string, entry func() error) error {
	for r.more() {
		if !r.left.takeEntry() {
			return &contentError{fmt.Sprintf("%s has more than %d entries, the maximum that is read", what, maxEntries)}
		}
		r.entries++
		if err := entry(); err != nil {
			return err
		}
	}
	_, err := r.token()
	return err
}

func (r *reader) more() bool {
	r.next()
	return r.decoder.More()
}

// misshapen says that one part of an answer is of the wrong kind.
func misshapen(what, is, want string) error {
	return &contentError{fmt.Sprintf("the answer does not have the documented shape: %s is %s instead of %s", what, is, want)}
}

// source is the body of an answer, with an error in place of what is more than may be read.
type source struct {
	body io.Reader
	left *allowance
	read int64
	upTo int64 // of the value that is being read
	err  error // that ended the body
}

// Read fills p, however little arrives at once: after each read, the decoder looks again at all the blanks since the last
// value, so a megabyte of blanks that drips in would take minutes of processor.
func (s *source) Read(p []byte) (int, error) {
	room, much := s.left.room(), s.left.tooMuch
	if entry := s.upTo - s.read; entry < room {
		room, much = entry, partTooLarge
	}
	if room <= 0 {
		if n, err := s.body.Read(p[:1]); n == 0 {
			return 0, err
		}
		return 0, much()
	}
	p = p[:min(int64(len(p)), room)]
	n := 0
	if s.err == nil {
		n, s.err = fill(s.body, p)
	}
	s.read += int64(n)
	s.left.take(int64(n))
	if n > 0 {
		return n, nil
	}
	return 0, s.err
}

func partTooLarge() error {
	return &contentError{"one entry or field of the answer is larger than " + text.Bytes(maxEntry) + ", the maximum that is read of one"}
}

// allowance is how much may be read in answer to one question, over all the pages that it takes.
type allowance struct {
	most int64

	mu      sync.Mutex
	bytes   int64
	entries int
}

func newAllowance(most int64) *allowance {
	return &allowance{most: most, bytes: most, entries: maxEntries}
}

func (a *allowance) room() int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.bytes
}

func (a *allowance) tooMuch() error {
	return &contentError{"the answer is larger than " + text.Bytes(a.most) + ", the maximum that is read of such an answer"}
}

func (a *allowance) take(bytes int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.bytes -= bytes
}

func (a *allowance) takeEntry() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.entries--
	return a.entries >= 0
}

func (a *allowance) giveBack(bytes int64, entries int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.bytes += bytes
	a.entries += entries
}
