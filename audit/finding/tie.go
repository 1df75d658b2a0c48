package finding

import (
	"cmp"
	"slices"
)

// Tie is what ties a refresher to an issuing proxy: a reason to think that the clients of the one refresh at the other.
type Tie struct {
	Kind TieKind `json:"kind"`
	// Words say it of the refresher, "it", and the issuing proxy: "both lie under /oauth".
	Words string `json:"words"`
}

// TieKind is one sort of tie.
type TieKind string

// The kinds, best first. The zero value is no tie.
const (
	TieProduct   TieKind = "product"   // an API product opens both
	TieCall      TieKind = "call"      // the issuing proxy sends requests to the other one
	TieURL       TieKind = "url"       // a literal of the issuing proxy holds the other one's path
	TiePath      TieKind = "path"      // both lie under one base path segment
	TieDedicated TieKind = "dedicated" // the other one issues no refresh tokens itself: it exists for those of others
)

// TieKinds are all kinds, best first.
func TieKinds() []TieKind { return []TieKind{TieProduct, TieCall, TieURL, TiePath, TieDedicated} }

// Compare puts better kinds first, and no tie last.
func (k TieKind) Compare(other TieKind) int { return cmp.Compare(k.rank(), other.rank()) }

func (k TieKind) rank() int {
	if i := slices.Index(TieKinds(), k); i >= 0 {
		return i
	}
	return len(TieKinds())
}
