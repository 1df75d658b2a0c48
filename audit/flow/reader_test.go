package flow

import (
	"fmt"
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
