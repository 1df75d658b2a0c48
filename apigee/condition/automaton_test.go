package condition

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestAutomataAgree compares, reading by reading, the strings that the automata find with trying all short ones.
func TestAutomataAgree(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine does it all, of which the race detector learns nothing")
	}
	random := rand.New(rand.NewPCG(5, 6))
	texts, o := shortStrings("ab/%*?", 4), newOracle()
	found, none := 0, 0
	for range 1200 {
		w, r := randomReading(random)
		var wanted, unwanted []*test
		for i := range 2 + random.IntN(3) {
			x := randomTest(random)
			if i == 0 || random.IntN(3) == 0 {
				wanted = append(wanted, &x)
			} else {
				unwanted = append(unwanted, &x)
			}
		}
		accepted := func(s string) bool {
			isMet := func(x *test) bool { return o.meets(x, s, &r) }
			return !slices.ContainsFunc(wanted, func(x *test) bool { return !isMet(x) }) && !slices.ContainsFunc(unwanted, isMet)
		}
		th := theory{world: w, meter: &meter{effort: &Effort{left: 1 << 40}, left: 1 << 40}}
		s, answer := th.ask(wanted, unwanted)
		switch {
		case answer == answerFound && !accepted(s):
			t.Fatalf("%q found for %s, %+v", s, listed(wanted, unwanted), w)
		case answer == answerNone && slices.ContainsFunc(texts, accepted):
			t.Fatalf("%q not found for %s, %+v", texts[slices.IndexFunc(texts, accepted)], listed(wanted, unwanted), w)
		case answer == answerNone:
			none++
		case answer == answerFound:
			found++
		}
		for _, x := range slices.Concat(wanted, unwanted) {
			subject := newSubject(texts[random.IntN(len(texts))])
			if got := x.ofString(&subject, w, th.meter); got != certainly(o.meets(x, subject.text, &r)) {
				t.Fatalf("%s of %q is %v, %+v", listed([]*test{x}, nil), subject.text, got, w)
			}
		}
	}
	if found < 50 || none < 50 {
		t.Errorf("%d found and %d not: the test has lost its teeth", found, none)
	}
}

// TestAsk has questions that chance does not ask.
func TestAsk(t *testing.T) {
	of := func(kind atomKind, arg string) *test {
		x := newTest(atom{kind: kind, arg: arg})
		return &x
	}
	for name, tt := range map[string]struct {
		world            world
		wanted, unwanted *test
		want             string
	}{
		"what differs only before the last slash": {world{}, of(atomEqualFold, "/A/"), of(atomPath, "/A"), "/a/"},
		"a slash that no pattern names":           {world{slashes: slashesStrict}, of(atomPrefix, "/a"), of(atomPath, "/a*"), "/a/"},
	} {
		th := theory{world: tt.world, meter: &meter{effort: &Effort{left: 1 << 40}, left: 1 << 40}}
		if s, answer := th.ask([]*test{tt.wanted}, []*test{tt.unwanted}); answer != answerFound || s != tt.want {
			t.Errorf("%s: found %q (%v), want %q", name, s, answer, tt.want)
		}
	}
}

// randomReading is one reading in the words of the package and of the oracle.
func randomReading(random *rand.Rand) (world, reading) {
	on := func() bool { return random.IntN(2) == 0 }
	w := world{starsOne: on(), starEmpty: on(), question: on(), globPercent: on()}
	r := reading{starsOne: w.starsOne, starEmpty: w.starEmpty, wildChar: w.question, percent: w.globPercent}
	r.slashes = random.IntN(4)
	w.slashes = [...]slashes{slashesStrict, slashesTrailing, slashesCollapse, slashesElements}[r.slashes]
	return w, r
}

// randomTest has a pattern out of pieces that mean something to automata.
func randomTest(random *rand.Rand) test {
	kind := [...]atomKind{atomPath, atomPath, atomPath, atomGlob, atomGlob, atomPrefix, atomEqual}[random.IntN(7)]
	pieces := []string{"a", "b", "/", "/", "*", "**", "/*", "/**", "?", "%a", "%*", "/{n}/"}
	if kind == atomGlob {
		pieces = pieces[:11]
		pieces = slices.DeleteFunc(pieces, func(p string) bool { return strings.Contains(p, "**") })
	} else if kind != atomPath {
		pieces = pieces[:4]
	}
	arg := ""
	for range random.IntN(5) {
		arg += pieces[random.IntN(len(pieces))]
	}
	for strings.Contains(arg, "***") { // which means nothing
		arg = strings.ReplaceAll(arg, "***", "**")
	}
	return newTest(atom{kind: kind, arg: arg})
}

// meets is the outcome of a test by the oracle.
func (o *oracle) meets(x *test, s string, r *reading) bool {
	switch x.kind {
	case atomPath:
		return o.path(x.arg, s, r)
	case atomGlob:
		return o.glob(x.arg, s, r)
	case atomPrefix:
		return strings.HasPrefix(s, x.arg)
	}
	return s == x.arg
}

func shortStrings(alphabet string, longest int) []string {
	list := []string{""}
	for i := 0; i < len(list); i++ {
		if len(list[i]) < longest {
			for _, r := range alphabet {
				list = append(list, list[i]+string(r))
			}
		}
	}
	return list
}

func listed(wanted, unwanted []*test) string {
	text := ""
	for _, x := range wanted {
		text += string("01234~/"[x.kind]) + " " + x.arg + "; "
	}
	for _, x := range unwanted {
		text += "not " + string("01234~/"[x.kind]) + " " + x.arg + "; "
	}
	return text
}
