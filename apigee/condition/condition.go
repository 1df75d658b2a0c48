// Package condition reads Apigee's condition language and decides what can be true at one point of a flow.
//
// [Parse] turns the text of a Condition element into an [Expr]. [Expr.Bind] replaces every variable by what is known of
// it at that point, a [Term], and gives a [Formula]. [Satisfiable] asks whether formulas can hold together; an [Effort]
// bounds what many such questions cost, and [Formula.Requires] tells formulas that plainly exclude each other without
// asking. A [Ground] is for many questions that have most in common.
//
// # What an answer proves
//
// The answer is sound in one direction: false, from Satisfiable or from a formula that folded to False, is a proof that
// no values of the symbols make the formulas true. True may only mean that no proof was found, because the search was
// given up or because of what is never looked into:
//
//   - A malformed condition, a string alone, a word in single quotes and a string with a message template in it could
//     mean anything.
//   - A bare variable, an ordering of two variables or against a word, and a regular expression outside the part of the
//     language that Java and Go read alike are free to be true or false.
//   - Symbols are compared with each other only where the formulas leave each of them one value.
//   - What a variable may hold is all strings and null, unless it is a [Path]; no other knowledge of Apigee's variables
//     is built in.
//
// Where the documentation leaves a meaning open, false is answered only if the formulas are impossible under each of
// the readings: which slashes MatchesPath minds, whether ** and * match nothing, whether ? is a wildcard, % an escape in
// Matches, what := makes of letters beyond ASCII, whether JavaRegex has to match the whole value, which spellings of a
// number or truth value equal one another, whether numbers are compared as such or as text, and what is less or greater
// than null. The readings of patterns are held fixed through all tests that have to do with one another. Those of
// numbers are not, but that a value which equals a number by its spelling is one in an ordering too: operands are adapted
// by their types, whatever the operator.
//
// Two readings are left out on purpose. Requests that double a slash in a Path are not looked at. And a condition that
// fails to evaluate is not thought to be true.
//
// Source of the language: docs.cloud.google.com/apigee/docs/api-platform/reference/conditions-reference.
package condition
