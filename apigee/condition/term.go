package condition

// Term is what a variable stands for at one point of a flow: an unknown value named by a symbol, a known string, or
// null. Two places that see the same value use the same symbol name; after an assignment the caller uses a new one.
type Term struct {
	kind termKind
	text string
}

type termKind uint8

const (
	termNull termKind = iota
	termSymbol
	termLiteral
)

// Symbol is an unknown value, possibly null.
func Symbol(name string) Term { return Term{termSymbol, name} }

// Literal is a known string.
func Literal(value string) Term { return Term{termLiteral, value} }

// Null is the value of a variable known to be unset.
func Null() Term { return Term{} }
