package jsontext

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
)

// boundless allow everything.
func boundless() Bounds { return Bounds{math.MaxInt, math.MaxInt, math.MaxInt} }

func TestPick(t *testing.T) {
	shape := Keep("a", "whole").And("list", Keep("x").And("y", Keep("z"))).And("apart", Keep("x"))
	for text, want := range map[string]string{
		`{}`:                      `{}`,
		` {"b": [1, {"a": 2}]} `:  `{}`,
		`{"a": 1, "b": 2}`:        `{"a":1}`,
		`{"b": 2, "a": "x\"}"}`:   `{"a":"x\"}"}`,
		`{"whole": { "b" : [] }}`: `{"whole":{ "b" : [] }}`,
		`{"list": [{"x": 1, "q": "]}", "y": {"z": 1, "w": 2}}, {"w": 1}], "c": null}`:     `{"list":[{"x":1,"y":{"z":1}},{}]}`,
		`{"list": [], "list": null, "a": -1.5e+3}`:                                        `{"list":[],"list":null,"a":-1.5e+3}`,
		`{"apart": [{"x": 1, "w": 2}, 7, {}], "a": true}`:                                 `{"a":true} apart={"x":1} apart=7 apart={}`,
		`{"apart": {"x": 1, "w": 2}}`:                                                     `{"apart":{"x":1}}`,
		`{"A": 1, "\u0061": 2, "lıst": 3, "ſ": 4}`:                                        `{"a":1,"a":2}`,
		`{"a": "a long text that takes more than eight bytes, with \\ and é and \u00e9"}`: `{"a":"a long text that takes more than eight bytes, with \\ and é and \u00e9"}`,
		"{\n        \"a\"\t:\r\n                    1\n}":                                 `{"a":1}`,
		`[1, 2]`: ``,
		`"text"`: ``,
	} {
		got := ""
		var entries []string
		left, err := boundless().Pick([]byte(text), shape, []string{"apart"}, func(list string, entry []byte) error {
			entries = append(entries, " "+list+"="+string(entry))
			return nil
		})
		if got = string(left) + strings.Join(entries, ""); err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", text, got, err, want)
		}
	}
}

func TestPickStopsWhereEntriesAreRefused(t *testing.T) {
	refused := errors.New("no")
	_, err := boundless().Pick([]byte(`{"apart": [1, 2]}`), Keep("apart"), []string{"apart"}, func(string, []byte) error { return refused })
	if !errors.Is(err, refused) {
		t.Errorf("%v", err)
	}
}

// checkPick holds Pick against the decoder and the bounds against [Bounds.Check].
func checkPick(t *testing.T, text []byte) {
	t.Helper()
	left, err := boundless().Pick(text, Keep("a").And("b", Keep("c")), nil, nil)
	if valid := json.Valid(text); valid != (err == nil) {
		t.Fatalf("%q: Pick says %v, the decoder says %v", text, err, valid)
	}
	if err != nil {
		return
	}
	if len(left) > 0 && !json.Valid(left) {
		t.Fatalf("%q: what is left is not JSON: %q", text, left)
	}
	type shape struct {
		A any
		B any
	}
	var whole, picked map[string]json.RawMessage
	if json.Unmarshal(text, &whole) == nil && json.Unmarshal(left, &picked) == nil {
		var before, after shape
		if err1, err2 := json.Unmarshal(text, &before), json.Unmarshal(left, &after); (err1 == nil) != (err2 == nil) {
			t.Fatalf("%q: decoded %v, what is left %v", text, err1, err2)
		}
	}
	for _, b := range []Bounds{{0, math.MaxInt, math.MaxInt}, {math.MaxInt, 1, math.MaxInt}, {math.MaxInt, math.MaxInt, 3}} {
		_, err := b.Pick(text, Keep(), nil, nil)
		if want := b.Check(text); (want == nil) != (err == nil) {
			t.Fatalf("%q: Pick says %v, Check says %v", text, err, want)
		}
	}
}

// texts are JSON, and nearly.
func texts() []string {
	return []string{
		`{"a":{"c":[1,2.5e-3,-0]},"b":{"c":1,"d":[{}]}}`, `{"a":tru}`, `{"a":01}`, `{"a":1.}`, `{"a":.5}`, `{"a":1e}`, `{"a":-}`, `{"a":+1}`, `{"a":"\u12g4"}`, `{"a":"\u12` + "\x10" + `4"}`,
		`{"a":"\x"}`, "{\"a\":\"\n\"}", "{\"a\":\"\x7f\xff\"}", `{"a":"unfinished`, `{"a":"\`, `{"a"`, `{"a":1,}`, `{,}`, `[1,]`, `[1 2]`, `{"a" 1}`, `{a:1}`, `{"a":1}}`, `{"a":1} x`, ``, ` `, `nul`, `[[[[{"a":[{}]}]]]]`,
		"\ufeff{}", "{\"a\":\x00}",
		`{"A":{"C":1},"\u0061":2}`, `[{"x":[{"y":{}}]},{"x":[]}]`,
	}
}

func TestPickAgreesWithTheDecoder(t *testing.T) {
	for _, text := range append(texts(), strings.Repeat("[", maxDepth)+strings.Repeat("]", maxDepth), strings.Repeat("[", maxDepth+1)+strings.Repeat("]", maxDepth+1)) {
		checkPick(t, []byte(text))
	}
}

func FuzzPick(f *testing.F) {
	for _, text := range texts() {
		f.Add([]byte(text))
	}
	f.Fuzz(checkPick)
}

func BenchmarkPick(b *testing.B) {
	entry := "    {\n      \"ruleId\": \"RT101\",\n      \"message\": \"Policy \\\"Issue\\\" issues refresh tokens for the password grant, and no refresh operation is reachable.\",\n      \"path\": [\n        {\n          \"line\": 12\n        }\n      ]\n    }"
	text := []byte("{\n  \"findings\": [\n" + strings.Repeat(entry+",\n", 9_999) + entry + "\n  ]\n}\n")
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := boundless().Pick(text, Keep().And("findings", Keep("ruleId")), []string{"findings"}, func(string, []byte) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
