package flow

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
)

func TestCommentsOfABundleAreBounded(t *testing.T) {
	var files []bundle.File
	for i := range 3 * maxComments / 20 {
		name := fmt.Sprintf("P-%d", i)
		text := "<AssignMessage name=\"" + name + "\">" + strings.Repeat("<!-- apigee-audit:ignore RT101 agreed -->", 20) + "</AssignMessage>"
		files = append(files, bundle.File{Name: "apiproxy/policies/" + name + ".xml", Data: []byte(text)})
	}
	b := bundle.Parse(apigee.Revision{Kind: apigee.KindProxy, Name: "p", Number: "1"}, &bundle.Archive{Files: files}, bundle.DefaultLimits())
	u := NewReader().Read(b, &bundle.Archive{})
	if len(u.Comments) != maxComments || len(b.Notices) != 1 || !strings.Contains(b.Notices[0].Error, "only the first 1000") {
		t.Errorf("%d comments are kept, notices are %+v", len(u.Comments), b.Notices)
	}
}

// TestForksAreApart: what a fork reads, the reader that it came from does not see, and the other way round.
func TestForksAreApart(t *testing.T) {
	read := func(rd *Reader, name string) {
		files := []bundle.File{
			{Name: "sharedflowbundle/sharedflows/default.xml", Data: []byte(`<SharedFlow name="default"><Step><Name>Log</Name><Condition>` + name + `.mode = "a"</Condition></Step></SharedFlow>`)},
			{Name: "sharedflowbundle/policies/Log.xml", Data: []byte(`<MessageLogging name="Log"><Syslog><Message>{` + name + `.token}</Message></Syslog></MessageLogging>`)},
		}
		b := bundle.Parse(apigee.Revision{Kind: apigee.KindSharedFlow, Name: name, Number: "1"}, &bundle.Archive{Files: files}, bundle.DefaultLimits())
		rd.Read(b, &bundle.Archive{})
	}
	first := NewReader()
	read(first, "a")
	fork := first.Fork()
	read(fork, "b")
	read(first, "c")
	for _, of := range []struct {
		name   string
		reader *Reader
		has    []string
	}{{"the first", first, []string{"a", "c"}}, {"the fork", fork, []string{"a", "b"}}} {
		for _, name := range []string{"a", "b", "c"} {
			want := slices.Contains(of.has, name)
			if _, known := of.reader.sharedFlows[name]; known != want {
				t.Errorf("%s has shared flow %s: %t", of.name, name, known)
			}
			if got := slices.Contains(of.reader.read.inOrder(), name+".mode"); got != want {
				t.Errorf("%s knows that %s.mode is read: %t", of.name, name, got)
			}
			if got := slices.Contains(of.reader.followed.inOrder(), name+".token"); got != want {
				t.Errorf("%s knows that %s.token is logged: %t", of.name, name, got)
			}
		}
		if of.reader.count() != 2 {
			t.Errorf("%s has seen %d changes", of.name, of.reader.count())
		}
	}
}
