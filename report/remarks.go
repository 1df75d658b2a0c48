package report

// Remarks are what a format must say about the report as a whole and has no other place for, in lines for comments: the change, what
// was found and looked at, the scope, what was not looked at, and what is accepted and why.
func Remarks(d *Document) []string {
	var all []string
	say := func(what, line string) {
		if line != "" {
			all = append(all, what+": "+line)
		}
	}
	several := len(d.Subjects()) > 1
	say("change", ChangeText(d))
	say("found", FoundLine(d)+" "+CoverageLine(d))
	say("scope", ScopeText(d))
	for _, about := range d.Problems {
		say("not looked at", ProblemSubject(about, several)+": "+about.Operation+": "+about.Error)
	}
	for _, f := range Hidden(d, Options{}) {
		say("accepted", f.RuleID+" in "+SubjectOf(&f)+", "+Acceptance(&f))
	}
	return all
}
