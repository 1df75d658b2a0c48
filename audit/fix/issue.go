package fix

import (
	"fmt"
	"slices"
	"strings"

	"apigee-audit/apigee/xmltree"
	"apigee-audit/internal/policyxml"
)

// refreshing mends RT101 and RT103: refresh tokens are issued or imported, and nothing refreshes them. Either something does from then
// on, or none are issued.
func refreshing() mender {
	return mender{rules: []string{"RT101", "RT103"}, repairs: func(s *subject) []repair {
		n, ok := s.neighbour()
		if !ok {
			return nil
		}
		return append(s.addRefresh(n), n.stopIssuing()...)
	}, why: "The policy that issues is attached where no refresh policy can run beside it."}
}

// stopIssuing are the repairs after which the neighbour issues no refresh tokens: it imports none, and serves only grants that come
// without one.
func (n neighbour) stopIssuing() []repair {
	name := n.name()
	if n.policy.Root.Child("ExternalRefreshToken").String() != "" {
		return []repair{{
			says: fmt.Sprintf("Let %q import access tokens only.", name), stops: true, in: n.in,
			edit: func(d *draft) error {
				doc, err := d.document(n.file)
				if err != nil {
					return err
				}
				return d.edit(n.file, remove(doc, doc.Root.Child("ExternalRefreshToken")))
			},
		}}
	}
	return []repair{{
		says: fmt.Sprintf("Let %q issue tokens by client_credentials, which come without refresh tokens. This is for clients without users; "+
			"where users sign in, keep authorization_code with PKCE, and refresh.", name), stops: true, in: n.in,
		edit: func(d *draft) error { return clientCredentialsOnly(d, n.file) },
	}}
}

// clientCredentialsOnly takes the grants that come with refresh tokens from a policy.
// Source: docs.cloud.google.com/apigee/docs/api-platform/antipatterns/issuing-refresh-tokens.
func clientCredentialsOnly(d *draft, file string) error {
	const machines = "client_credentials"
	doc, err := d.document(file)
	if err != nil {
		return err
	}
	list := doc.Root.Child("SupportedGrantTypes")
	if list == nil {
		grant := policyxml.Parent("SupportedGrantTypes", []string{policyxml.Element("GrantType", machines)})
		return d.edit(file, insertChild(doc, doc.Root, grant, "RefreshTokenExpiresIn", accessLifetime, "Operation"))
	}
	var drop []*xmltree.Node
	served := false
	for g := range list.Children() {
		switch grant := strings.ToLower(g.String()); {
		case g.Name != "GrantType":
		case slices.Contains([]string{"password", "authorization_code"}, grant):
			drop = append(drop, g)
		case grant == machines:
			served = true
		}
	}
	var changes []splice
	for i, g := range drop {
		if i == 0 && !served {
			change, err := setText(doc, g, machines)
			if err != nil {
				return err
			}
			changes = append(changes, change)
			continue
		}
		changes = append(changes, remove(doc, g))
	}
	if len(drop) == 0 && !served { // an empty list stands for authorization_code and implicit
		changes = append(changes, insertLast(doc, list, policyxml.Element("GrantType", machines)))
	}
	return d.edit(file, changes...)
}
