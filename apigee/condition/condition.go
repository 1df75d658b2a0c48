// Package condition reads Apigee's condition language and decides what can be true at one point of a flow.
//
// [Parse] turns the text of a Condition element into an [Expr]. [Expr.Bind] replaces every variable by what is known of
// it at that point, a [Term], and gives a [Formula]. [Satisfiable] asks whether formulas can hold together.
//
// The answer is sound in one direction: false is a proof, true may only mean that no proof was found. Where the
// documentation leaves a meaning open (does MatchesPath mind a trailing slash, does ** match nothing), false is
// answered only if the formulas are impossible under each of the readings.
//
// Source of the language: docs.cloud.google.com/apigee/docs/api-platform/reference/conditions-reference.
package condition

type Expr struct{}
type Term struct{}
type Formula struct{}

func Parse(src string) (*Expr, error)                         { return &Expr{}, nil }
func (e *Expr) String() string                                { return "" }
func (e *Expr) Variables() []string                           { return nil }
func (e *Expr) Bind(lookup func(variable string) Term) Formula { return Formula{} }
func Symbol(name string) Term                                 { return Term{} }
func Literal(v string) Term                                   { return Term{} }
func Null() Term                                              { return Term{} }
func True() Formula                                           { return Formula{} }
func False() Formula                                          { return Formula{} }
func Unknown(id string) Formula                               { return Formula{} }
func And(f ...Formula) Formula                                { return Formula{} }
func Or(f ...Formula) Formula                                 { return Formula{} }
func Not(f Formula) Formula                                   { return Formula{} }
func Equal(t Term, literal string) Formula                    { return Formula{} }
func Satisfiable(f ...Formula) bool                           { return true }
func (f Formula) IsTrue() bool                                { return true }
func (f Formula) IsFalse() bool                               { return false }
