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
