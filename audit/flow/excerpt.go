package flow

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"apigee-audit/apigee/xmltree"
	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
)

// The bounds keep reports readable and the memory of an audit of thousands of revisions small.
const (
	excerptLines = 12
	excerptBytes = 1200
	// sourceBytes is how much of a policy is kept for excerpts, from its root element on.
	sourceBytes = 2048
	// contextLines is how much stands above a place that is not the policy's root.
	contextLines = 4
)

// keepSource keeps what excerpts of the policy can need. Only policies that findings point at are worth the memory.
func (p *Definition) keepSource(d *xmltree.Document) {
	if !p.namesRefreshToken() && p.SharedFlow == "" {
		return
	}
	source := strings.TrimRight(maskSecrets(d), " \t\r\n")
	p.source = strings.Clone(text.CutLines(source, sourceBytes))
}

// Excerpt is the part of the policy around a span, or nil when that part was not kept.
func (p *Policy) Excerpt(at xmltree.Span) *finding.Excerpt {
	if p.source == "" {
		return nil
	}
	lines := strings.Split(p.source, "\n")
	place := int(at.Line - p.Span.Line) // indexes lines
	if place < 0 || place >= len(lines) {
		return nil
	}
	first := max(place-contextLines, 0)
	last := min(first+excerptLines, len(lines))
	first = max(min(first, last-excerptLines), 0)
	shown := strings.Join(lines[first:last], "\n")
	for len(shown) > excerptBytes && first < place { // what stands above gives way before the place does
		first++
		shown = strings.Join(lines[first:last], "\n")
	}
	shown = strings.ReplaceAll(text.CutLines(shown, excerptBytes), "\r", "")
	return &finding.Excerpt{Line: int(p.Span.Line) + first, Text: finding.Lines(shown)}
}

// mask stands where a literal secret stood.
const mask = "********"

// Credentials that no element or attribute is named after: in comments, where old secrets live on, in payloads and code.
var (
	commentPattern       = regexp.MustCompile(`(?s:<!--.*?(?:-->|$))`)
	privateKeyPattern    = regexp.MustCompile(`()(?s:-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$))`)
	authorizationPattern = regexp.MustCompile(`(?i)(\b(?:bearer|basic)\s+)[a-z0-9+/=._~-]{8,}`)
	assignmentPattern    = regexp.MustCompile(`(?i)((?:secret|passw(?:or)?d|passphrase|pwd|api[_-]?key)(?:["']|&quot;|&apos;)?\s*[=:]\s*(?:["']|&quot;|&apos;)?)[^\s"'&<>{},;]+`)
)

// Masked is the source of a file without the secrets written into it. Lines stay where they are.
func Masked(d *xmltree.Document) string { return maskText(d.Source[:d.Root.Start]) + maskSecrets(d) }

// maskSecrets is a policy's source from its root element on, without the secrets written into it: the values of elements
// and attributes that are named like one, what looks like a credential in any text, and all comments. Lines stay where
// they are. Variables, templates and booleans are kept: they are evidence and give nothing away.
func maskSecrets(d *xmltree.Document) string {
	found := secrets{source: d.Source}
	found.element(d.Root, false, true)
	slices.SortFunc(found.regions, func(a, b region) int { return cmp.Compare(a.start, b.start) })
	var b strings.Builder
	at := d.Root.Start
	for _, r := range found.regions {
		if r.start < at { // inside the one before
			continue
		}
		b.WriteString(d.Source[at:r.start])
		b.WriteString(masked(d.Source[r.start:r.end]))
		at = r.end
	}
	b.WriteString(d.Source[at:])
	return maskText(b.String())
}

// maskText hides what looks like a credential wherever it stands. The words that each pattern needs are looked for
// first: expressions are slow, and most policies have none of the words.
func maskText(text string) string {
	lower := strings.ToLower(text)
	for _, p := range []struct {
		words   []string
		pattern *regexp.Regexp
	}{
		{[]string{"<!--"}, commentPattern},
		{[]string{"private key"}, privateKeyPattern},
		{[]string{"bearer", "basic"}, authorizationPattern},
		{[]string{"secret", "passw", "passphrase", "pwd", "key"}, assignmentPattern},
	} {
		if !slices.ContainsFunc(p.words, func(word string) bool { return strings.Contains(lower, word) }) {
			continue
		}
		text = p.pattern.ReplaceAllStringFunc(text, func(found string) string {
			if p.pattern == commentPattern {
				return "<!-- " + mask + " -->" + strings.Repeat("\n", strings.Count(found, "\n"))
			}
			kept := p.pattern.FindStringSubmatch(found)[1]
			return kept + masked(found[len(kept):])
		})
	}
	return text
}

// masked hides a text and keeps its line breaks.
func masked(s string) string { return mask + strings.Repeat("\n", strings.Count(s, "\n")) }

type region struct{ start, end int }

// secrets collects the regions of a document that hold literal secrets.
type secrets struct {
	source  string
	regions []region
}

// element looks at an element and what is below it. Below an element named like a secret every literal is one; a root
// element is named after its policy type (KeyValueMapOperations), not after what it holds.
func (s *secrets) element(n *xmltree.Node, inherited, root bool) {
	name, _ := n.Attr("name")
	secret := inherited || !root && (soundsSecret(n.Name) || soundsSecret(name))
	for i := range n.Attrs {
		a := &n.Attrs[i]
		if isLiteral(a.Value) && (soundsSecret(a.Name) || secret && strings.EqualFold(a.Name, "value")) {
			quoted := s.source[a.Start:a.End]
			s.regions = append(s.regions, region{a.Start + strings.IndexByte(quoted, quoted[len(quoted)-1]) + 1, a.End - 1})
		}
	}
	if secret && isLiteral(n.Text) {
		s.regions = append(s.regions, region{n.InnerStart, n.InnerEnd})
		return
	}
	// <AssignVariable><Name>client_secret</Name><Value>…</Value></AssignVariable>
	named := soundsSecret(n.Child("Name").String())
	for c := range n.Children() {
		s.element(c, secret || named && c.Name != "Name", false)
	}
}

// soundsSecret tells names of things that hold credentials. It is generous: a mask too many hides a little evidence, one
// too few publishes a password.
func soundsSecret(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc([]string{"secret", "password", "passwd", "passphrase", "pwd", "key", "authorization", "credential"},
		func(word string) bool { return strings.Contains(name, word) })
}

// isLiteral tells a value that is itself used, not the name of a variable or a template.
func isLiteral(value string) bool {
	if value == "" || value == "true" || value == "false" || strings.Contains(value, "{") {
		return false
	}
	return !isVariable(value) || !slices.ContainsFunc([]string{"request.", "response.", "message.", "private.", "flow.", "propertyset."},
		func(prefix string) bool { return strings.HasPrefix(value, prefix) })
}
