package simulator

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"apigee-audit/apigee"
)

// Week is the sample as it was when it was audited in some week.
type Week struct {
	At            time.Time
	Organizations []*Organization
	// Unreachable is an organization that the account may not read in this week, "" for none.
	Unreachable string
}

// DemoWeeks are five weeks of [Demo], of which the last is the sample as it is: made for histories, so findings are introduced, fixed
// and come back, and one organization cannot be read once. Earlier revisions that the sample does not hold are made from those that it
// does.
func DemoWeeks() []Week {
	const retail, partners, legacy = "harbor-retail", "harbor-partners", "harbor-legacy"
	regions, everywhere := []string{"prod-eu", "prod-us"}, []string{"dev", "test", "prod-eu", "prod-us"}
	weeks := make([]Week, 5)
	for i := range weeks {
		w := &weeks[i]
		w.At, w.Organizations = time.Date(2026, 10, 29, 6, 0, 0, 0, time.UTC).AddDate(0, 0, 7*i), Demo()
		if i < 1 { // revision 4 of supplier-login came with week 2, and a flow for its own path with revision 2 of giftcard-token
			w.of(partners).deploy("supplier-login", "3", "test")
			w.of(retail).revise("giftcard-token", "3", "1")
			w.of(retail).deploy("giftcard-token", "1", everywhere...)
		}
		if i == 1 || i == 2 { // revision 3, in week 4, lost that again
			w.of(retail).revise("giftcard-token", "3", "2", edit{
				"apiproxy/proxies/default.xml", `<Flow name="token">`, `<Flow name="token"><Condition>proxy.pathsuffix MatchesPath "/token"</Condition>`})
			w.of(retail).deploy("giftcard-token", "2", everywhere...)
		}
		if i < 2 { // somebody commented the refresh of basket-login out in week 3
			const flows = "apiproxy/proxies/default.xml"
			w.of(retail).revise("basket-login", "3", "2",
				edit{flows, `<Name>OA-Issue-Basket</Name>`, `<Name>OA-Issue-Basket</Name><Condition>request.formparam.grant_type = "password"</Condition>`},
				edit{flows, "<!--\n                <Step>", "<Step>"}, edit{flows, "</Step>\n                -->", "</Step>"})
			w.of(retail).deploy("basket-login", "2", everywhere...)
		}
		if i < 3 { // week 4 made tokens of jwt-login live shorter, and brought a fault in front of the refresh of delivery-token
			longer := [2]string{"<RefreshTokenExpiresIn>86400000<", "<RefreshTokenExpiresIn>7776000000<"}
			w.of(retail).revise("jwt-login", "2", "1", edit{"apiproxy/policies/JW-Issue.xml", longer[0], longer[1]}, edit{"apiproxy/policies/JW-Refresh.xml", longer[0], longer[1]})
			w.of(retail).deploy("jwt-login", "1", everywhere...)
			w.of(retail).deploy("delivery-token", "4", regions...)
		}
		if i < 4 {
			w.of(legacy).deploy("club-refresh", "1", "legacy-test")
		}
		if i == 2 {
			w.Unreachable = legacy
		}
	}
	return weeks
}

func (w *Week) of(name string) *Organization {
	i := slices.IndexFunc(w.Organizations, func(o *Organization) bool { return o.Name == name })
	return w.Organizations[i]
}

// edit is a text of a file and what stood there before.
type edit struct{ file, now, before string }

// revise adds a revision of a proxy that is another one with some texts as they were before.
func (o *Organization) revise(name, from, number string, edits ...edit) {
	i := slices.IndexFunc(o.Bundles, func(b Bundle) bool { return b.Kind == apigee.KindProxy && b.Name == name && b.Number == from })
	b := Bundle{Revision: apigee.Revision{Kind: apigee.KindProxy, Name: name, Number: number}, Files: map[string][]byte{}}
	for file, data := range o.Bundles[i].Files {
		b.Files[file] = data
	}
	for _, e := range edits {
		if !bytes.Contains(b.Files[e.file], []byte(e.now)) {
			panic(fmt.Sprintf("built-in organization: %s of %s does not say %s", e.file, name, e.now)) // the files are embedded and tested
		}
		b.Files[e.file] = bytes.Replace(b.Files[e.file], []byte(e.now), []byte(e.before), 1)
	}
	o.Bundles = append(o.Bundles, b)
}

// deploy deploys a revision of a proxy in environments in place of the one that is there.
func (o *Organization) deploy(name, number string, environments ...string) {
	for i := range o.Environments {
		e := &o.Environments[i]
		if !slices.Contains(environments, e.Name) {
			continue
		}
		for j := range e.Deployed {
			if r := &e.Deployed[j]; r.Kind == apigee.KindProxy && r.Name == name {
				r.Number = number
			}
		}
	}
}
