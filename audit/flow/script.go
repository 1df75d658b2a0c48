package flow

import (
	"iter"
	"path"
	"regexp"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/xmltree"
)

// What scripts do to variables, as far as text can tell. A first argument that is not a plain string may be any name.
var (
	setVariable   = regexp.MustCompile(`setVariable\s*\(\s*(?:'([^']*)'|"([^"]*)")?\s*([,+]?)(?:\s*\w+\.getVariable\s*\(\s*(?:'([^']*)'|"([^"]*)")\s*\)\s*\))?`)
	setMessage    = regexp.MustCompile(`\b(formParams|queryParams|headers)\s*(?:\.\w+|\[[^\]]+\])\s*=[^=]`)
	setContent    = regexp.MustCompile(`\b(?:content|body|asForm|asJSON|method|url|path)\s*=[^=]`)
	sendsRequests = regexp.MustCompile(`httpClient|HttpClient|requests\.|urllib|fetch\s*\(`)
)

// runsScript reports whether policies of a type run scripts of their bundle.
func runsScript(policyType string) bool {
	switch policyType {
	case bundle.TypeJavascript, bundle.TypeJavaScript, bundle.TypeScript, bundle.TypePythonScript:
		return true
	}
	return false
}

// readScript reads what a JavaScript or Python policy may write, and notes what it copies. A script that is not in the bundle may write anything.
func (r *programReader) readScript(p *Policy, d *xmltree.Document) []change {
	p.Opaque = true
	var out []change
	source, missing := r.scriptText(d)
	if missing {
		return anything()
	}
	for _, m := range setVariable.FindAllStringSubmatch(source, -1) {
		name := m[1] + m[2]
		switch {
		case name == "":
			return anything()
		case m[3] == "+":
			out = append(out, below(name))
		default:
			from := m[4] + m[5]
			if from != "" {
				r.taken = append(r.taken, Copy{To: strings.Clone(name), From: []Taken{{Variable: strings.Clone(from)}}})
			}
			out = append(out, variable(name).takenFrom(from))
		}
	}
	for _, m := range setMessage.FindAllStringSubmatch(source, -1) {
		part := strings.ToLower(strings.TrimSuffix(m[1], "s"))
		out = append(out, partsOf("", part))
	}
	if setContent.MatchString(source) {
		out = append(out, partsOf("", ""))
	}
	p.PostsRefresh = sendsRequests.MatchString(source) && strings.Contains(source, "refresh_token")
	if containsFold(source, "refresh_token") || containsFold(source, "refreshtoken") {
		p.Mentions = append(p.Mentions, Mention{Variable: "refresh_token", Element: "ResourceURL", Span: p.Span})
	}
	return out
}

// scriptText joins the scripts a policy runs: its source, its resource and its includes.
func (r *programReader) scriptText(d *xmltree.Document) (text string, missing bool) {
	var b strings.Builder
	found := false
	for n := range d.Root.Children() {
		switch n.Name {
		case "Source":
			b.WriteString(n.Text)
			found = true
		case "ResourceURL", "IncludeURL":
			script, ok := r.script(n.Text)
			if !ok {
				return "", true
			}
			b.WriteString(script)
			b.WriteByte('\n')
			found = true
		}
	}
	return b.String(), !found
}

func (r *programReader) script(url string) (string, bool) {
	_, name, ok := strings.Cut(url, "://")
	if !ok {
		return "", false
	}
	i := slices.IndexFunc(r.bundle.Scripts, func(f bundle.File) bool { return path.Base(f.Name) == path.Base(name) })
	if i < 0 {
		return "", false
	}
	script := &r.bundle.Scripts[i]
	if text, tried := r.scripts[script.Name]; tried {
		return text.content, text.ok
	}
	data, err := script.Content()
	r.scripts[script.Name] = scriptText{string(data), err == nil}
	if err != nil {
		r.unreadable(script.Name, err)
		return "", false
	}
	return string(data), true
}

// unreadable makes a resource that could not be unpacked a problem.
func (r *programReader) unreadable(file string, err error) {
	r.bundle.Problems = append(r.bundle.Problems, r.bundle.Revision.About(apigee.Problem{File: file, Operation: "read bundle", Error: err.Error()}))
}

// scriptText is a script that was looked at, whether or not it could be read.
type scriptText struct {
	content string
	ok      bool
}

// containsFold is a case-insensitive strings.Contains for a lower-case ASCII needle. It looks for its third character, a letter: the f of
// refresh is rarer than the r, and what looks for one byte is seven times as fast as a loop.
func containsFold(s, lower string) bool {
	const rare = 2
	for _, c := range []byte{lower[rare], lower[rare] - 'a' + 'A'} {
		for at := rare; at < len(s); at++ {
			i := strings.IndexByte(s[at:], c)
			if i < 0 {
				break
			}
			at += i
			if end := at - rare + len(lower); end <= len(s) && strings.EqualFold(s[at-rare:end], lower) {
				return true
			}
		}
	}
	return false
}

// literals yields the contents of a script's string literals, in order. Comments open none. Regular expressions of JavaScript
// are not distinguished from divisions; a quote in one costs a literal at most, because none but `…` and Python's triple quotes
// crosses a line.
func literals(source string, python bool) iter.Seq[string] {
	return func(yield func(string) bool) {
		for rest := source; rest != ""; {
			i := strings.IndexAny(rest, "\"'`/#")
			if i < 0 {
				return
			}
			rest = rest[i:]
			switch {
			case python && rest[0] == '#', !python && strings.HasPrefix(rest, "//"):
				_, rest, _ = strings.Cut(rest, "\n")
			case !python && strings.HasPrefix(rest, "/*"):
				_, rest, _ = strings.Cut(rest[2:], "*/")
			case python && (strings.HasPrefix(rest, `"""`) || strings.HasPrefix(rest, "'''")):
				var inside string
				if inside, rest, _ = strings.Cut(rest[3:], rest[:3]); !yield(inside) {
					return
				}
			case rest[0] == '"' || rest[0] == '\'' || !python && rest[0] == '`':
				end := closing(rest)
				if !yield(rest[1:end]) {
					return
				}
				rest = rest[min(end+1, len(rest)):]
			default:
				rest = rest[1:]
			}
		}
	}
}

// closing is where a literal that begins with its quote ends: at the same quote, or without one at the end of the line.
func closing(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case s[0]:
			return i
		case '\\':
			i++
		case '\n':
			if s[0] != '`' {
				return i
			}
		}
	}
	return len(s)
}
