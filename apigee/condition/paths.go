package condition

// Requires lists the literals that a variable is compared with by = or MatchesPath in a way that every request which
// meets the condition has to match: `proxy.pathsuffix MatchesPath "/token" and …` requires "/token". Members of an "or"
// are listed only where each of them names the variable, and then all of them, as alternatives. Nothing means that the
// condition does not bind the variable so.
func (e *Expr) Requires(variable string) []string {
	if e == nil || e.Malformed() {
		return nil
	}
	return e.requires(e.root, variable)
}

func (e *Expr) requires(at int32, variable string) []string {
	n := &e.nodes[at]
	switch n.kind {
	case nodeAnd:
		if left := e.requires(n.left, variable); left != nil {
			return left
		}
		return e.requires(n.right, variable)
	case nodeOr:
		left, right := e.requires(n.left, variable), e.requires(n.right, variable)
		if left == nil || right == nil {
			return nil
		}
		return append(left[:len(left):len(left)], right...)
	case nodeCompare:
		if n.negated || n.op != opEquals && n.op != opMatchesPath {
			return nil
		}
		left, right := &e.nodes[n.left], &e.nodes[n.right]
		if n.op == opEquals && left.kind == nodeString {
			left, right = right, left
		}
		if e.isVariable(left) && e.text(left) == variable && right.kind == nodeString {
			return []string{e.text(right)}
		}
	}
	return nil
}
