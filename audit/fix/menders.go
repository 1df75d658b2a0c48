package fix

import (
	"sync"

	"apigee-audit/apigee"
	"apigee-audit/apigee/xmltree"
	"apigee-audit/audit/finding"
)

// mender knows how the findings of some rules can be mended.
type mender struct {
	rules []string
	// repairs lists the ways to mend a finding, the best first. What none of them does is said by why, in a sentence.
	repairs func(*subject) []repair
	why     string
}

// menders are the rules whose findings can be mended by an edit.
func menders() []mender {
	return []mender{refreshing(), reading(), unreachable(), lifetimes(), rotation(), cascade(), formParameter()}
}

// personal says why findings of some rules have no fix: what to do about them is for people to decide.
func personal(rule string) string {
	switch rule {
	case "RT105":
		return "How the token reaches the client depends on the response that clients expect."
	case finding.RefreshInAnotherProxy, finding.RefreshUnrelated:
		return "Whether clients can refresh through the other proxy is for people to say: tell them its path, or tie the two together."
	case finding.RefreshElsewhere:
		return "The way out is a deployment, not an edit."
	case finding.RefreshIdle:
		return "The bundle is right as it is; the question is why nobody calls it."
	case "RT109":
		return "Whether anything still needs the refresh flow is for people to say."
	case "RT302":
		return "A revocation endpoint needs a path, and clients or operators who call it."
	case "RT402":
		return "What the log line is for, and what it is to say instead, is for people to decide."
	case "RT403":
		return "Who reads the copy is not always in the bundle."
	case "RT404":
		return "The debug mask is a setting of the environment, not of a bundle."
	case "RT501", "RT503":
		return "Which grant replaces password, and when clients change, is for people to decide."
	case "RT502":
		return "How this client can be authenticated is for people to decide."
	}
	return "No edit of a bundle mends this."
}

// Mends reports whether findings of a rule can be mended by an edit.
func Mends(rule string) bool { return menderOf(rule) != nil }

// menderOf finds the mender of a rule, nil for none.
func menderOf(rule string) *mender { return byRule()[rule] }

// byRule are the menders by the rules whose findings they mend. It is made once: every finding asks for its own.
var byRule = sync.OnceValue(func() map[string]*mender {
	all := map[string]*mender{}
	for _, m := range menders() {
		for _, id := range m.rules {
			all[id] = &m
		}
	}
	return all
})

// repair is one way to mend a finding: an edit of one bundle.
type repair struct {
	// says is a sentence about what the edit does.
	says string
	// stops reports whether refresh tokens are no longer issued, where other repairs refresh them.
	stops bool
	// last is a repair for where no others are enough, in however many rounds.
	last bool
	in   apigee.Revision
	// edit makes the change. The error says in a sentence of its own why it cannot be made.
	edit func(*draft) error
}

// subject is a finding to be mended in bundles that may have been edited already.
type subject struct {
	*finding.Finding
	prover *prover
	bench  *bench
}

// revision is the one to edit of a bundle: the newest of those deployed in the environments of the finding. ok is false where none
// could be read.
func (s *subject) revision(b apigee.Ref, source string) (r apigee.Revision, ok bool) {
	var environments []string
	for _, d := range s.Deployments {
		environments = append(environments, d.Environment)
	}
	all := s.prover.audit.Revisions(b, source, environments)
	if len(all) == 0 {
		return apigee.Revision{}, false
	}
	return all[len(all)-1], true
}

// own is the revision of the finding's own bundle, and the document that the finding points into with the element at its place.
func (s *subject) own() (apigee.Revision, *xmltree.Document, *xmltree.Node) {
	r, ok := s.revision(apigee.Ref{Kind: s.Kind, Name: s.Name}, s.Source)
	if !ok {
		return r, nil, nil
	}
	d, err := s.bench.open(r)
	if err != nil {
		return r, nil, nil
	}
	doc, err := d.document(s.File)
	if err != nil {
		return r, nil, nil
	}
	return r, doc, elementAt(doc, s.Place)
}
