package flow

import (
	"fmt"
	"strings"
	"testing"

	"apigee-audit/apigee"
)

func TestCommentsOfABundleAreBounded(t *testing.T) {
	var files []apigee.File
	for i := range 3 * maxComments / 20 {
		name := fmt.Sprintf("P-%d", i)
		text := "<AssignMessage name=\"" + name + "\">" + strings.Repeat("<!-- apigee-audit:ignore RT101 agreed -->", 20) + "</AssignMessage>"
		files = append(files, apigee.File{Name: "apiproxy/policies/" + name + ".xml", Data: []byte(text)})
	}
	b := apigee.ParseBundle(apigee.Revision{Kind: apigee.KindProxy, Name: "p", Number: "1"}, &apigee.Archive{Files: files}, apigee.DefaultLimits())
	u := NewReader().Read(b, &apigee.Archive{})
	if len(u.Comments) != maxComments || len(b.Notices) != 1 || !strings.Contains(b.Notices[0].Error, "only the first 1000") {
		t.Errorf("%d comments are kept, notices are %+v", len(u.Comments), b.Notices)
	}
}
