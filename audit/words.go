package audit

import (
	"fmt"

	"apigee-audit/internal/text"
)

// Words are the message of a finding: with the names of what it is about, and without them.
type Words struct {
	Named string // `OAuthV2 "Issue" issues refresh tokens.`
	// Gist is the same for all findings that differ in nothing but those names: "The OAuthV2 policy issues refresh tokens."
	Gist string
}

// Own is what a message calls the thing that its finding is about. In a format, %s stands for it.
type Own struct {
	Name string // `OAuthV2 "Issue"`
	What string // "the OAuthV2 policy"
}

func (o Own) String() string { return o.Name }

// Say puts a message into words. What is not an [Own] is part of the gist too.
func Say(format string, args ...any) Words {
	unnamed := make([]any, len(args))
	for i, arg := range args {
		if own, ok := arg.(Own); ok {
			arg = own.What
		}
		unnamed[i] = arg
	}
	return Words{Named: fmt.Sprintf(format, args...), Gist: text.Capital(fmt.Sprintf(format, unnamed...))}
}

// Add says one more sentence.
func (w *Words) Add(format string, args ...any) {
	more := Say(format, args...)
	w.Named, w.Gist = w.Named+" "+more.Named, w.Gist+" "+more.Gist
}
