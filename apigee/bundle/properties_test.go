package bundle

import (
	"maps"
	"strings"
	"testing"
)

func TestParseProperties(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       map[string]string
	}{
		{"separators", "a=1\nb:2\nc 3\nd = 4\ne : 5\nf\t6", map[string]string{"a": "1", "b": "2", "c": "3", "d": "4", "e": "5", "f": "6"}},
		{"one separator only", "a==1\nb=:2\nc =: 3", map[string]string{"a": "=1", "b": ":2", "c": ": 3"}},
		{"comments", "# no\n! no\n  # no\na=1 # yes\n", map[string]string{"a": "1 # yes"}},
		{"comments do not go on", "# no \\\na=1", map[string]string{"a": "1"}},
		{"leading white space goes, trailing stays", "  a=  1  ", map[string]string{"a": "1  "}},
		{"no value", "a\nb=\nc:", map[string]string{"a": "", "b": "", "c": ""}},
		{"no key", "=1", map[string]string{"": "1"}},
		{"line ends", "a=1\r\nb=2\rc=3", map[string]string{"a": "1", "b": "2", "c": "3"}},
		{"continuation", "a=1,\\\n   2,\\\r\n\t# 3", map[string]string{"a": "1,2,# 3"}},
		{"an even number of backslashes ends the line", "a=1\\\\\nb=2", map[string]string{"a": `1\`, "b": "2"}},
		{"continuation at the end", "a=1\\", map[string]string{"a": "1"}},
		{"a blank line ends a continuation", "a=1\\\n\nb=2", map[string]string{"a": "1", "b": "2"}},
		{"escapes in keys", `a\ b=1` + "\n" + `c\=d=2` + "\n" + `e\:f:3`, map[string]string{"a b": "1", "c=d": "2", "e:f": "3"}},
		{"escapes in values", `a=\t\n\r\f\q\\`, map[string]string{"a": "\t\n\r\fq\\"}},
		{"code points", `a=\u0072efresh` + "\n" + `b=\uD83D\uDE00\u0041`, map[string]string{"a": "refresh", "b": "😀A"}},
		{"the last one counts", "a=1\na=2", map[string]string{"a": "2"}},
		{"beyond ASCII", "a=1\na=é\né=2\nb=3", map[string]string{"b": "3"}},
		{"dots", "oauth.mode=issue", map[string]string{"oauth.mode": "issue"}},
		{"empty", "", map[string]string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseProperties([]byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			if !maps.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestParsePropertiesRefuses(t *testing.T) {
	for _, text := range []string{`a=\u12`, `a=\uzzzz`, `\u=1`, "a=" + strings.Repeat("x", maxPropertySet)} {
		if got, err := ParseProperties([]byte(text)); err == nil {
			t.Errorf("%.20q gives %q, want an error", text, got)
		}
	}
}

func TestPropertySetName(t *testing.T) {
	for file, want := range map[string]string{
		"apiproxy/resources/properties/oauth.properties":             "oauth",
		"sharedflowbundle/resources/properties/oauth.properties":     "oauth",
		"apiproxy/resources/properties/my.set.properties":            "my.set",
		"apiproxy/resources/properties/deeper/oauth.properties":      "",
		"apiproxy/resources/properties/.properties":                  "",
		"apiproxy/resources/jsc/oauth.properties":                    "",
		"apiproxy/resources/properties/oauth.xml":                    "",
		"apiproxy/policies/oauth.properties":                         "",
		"elsewhere/apiproxy/resources/properties/oauth.properties/x": "",
	} {
		if got, ok := PropertySetName(file); got != want && ok || ok != (want != "") {
			t.Errorf("%s: %q %v, want %q", file, got, ok, want)
		}
	}
}
