package condition

// Term is what a variable stands for at one point of a flow: an unknown value named by a symbol, a known string, or
// null. Two places that see the same value use the same symbol name; after an assignment the caller uses a new one.
type Term struct {
	kind termKind
	path bool
	text string
}

type termKind uint8

const (
	termNull termKind = iota
	termSymbol
	termLiteral
)

// Symbol is an unknown value, possibly null.
func Symbol(name string) Term { return Term{kind: termSymbol, text: name} }

// Path is a [Symbol] of which more is known: the value is null, empty or a path, which has one slash before each element
// and perhaps one behind the last. Requests that double a slash are left out of account: no flow is written for them, and
// whether MatchesPath minds is not documented. The same name has to be a Path wherever it is used.
func Path(name string) Term { return Term{kind: termSymbol, path: true, text: name} }

// Literal is a known string.
func Literal(value string) Term { return Term{kind: termLiteral, text: value} }

// IsLiteral reports whether the value is a known string.
func (t Term) IsLiteral() bool { return t.kind == termLiteral }

// Null is the value of a variable known to be unset.
func Null() Term { return Term{} }
