// Package condition reads Apigee's condition language and decides what can be true at one point of a flow.
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
