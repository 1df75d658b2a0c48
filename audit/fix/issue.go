package fix

import (
	"fmt"
	"slices"
	"strings"

	"apigee-audit/apigee"
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
		return slices.Concat(s.nameOperations(n), s.addRefresh(n), n.stopIssuing())
	}, why: "The policy that issues is attached where no refresh policy can run beside it."}
}

// nameOperations are the repairs of policies in the neighbour's bundle that do not say what they do, and take a refresh token: they are to
// refresh.
func (s *subject) nameOperations(n neighbour) []repair {
	var out []repair
	for _, p := range s.oauthPolicies(n.in, "") {
		if p.root.Child("RefreshToken") == nil {
			continue
		}
		out = append(out, repair{
			says: fmt.Sprintf("Give %q, which takes a refresh token and has no Operation, the operation RefreshAccessToken.", p.name), in: n.in,
			edit: func(d *draft) error { return d.setChild(p.file, "Operation", "RefreshAccessToken", "DisplayName") },
		})
	}
	return out
}

// reading mends RT102: refresh tokens are only read. A refresh policy of the same bundle is attached beside the one that reads.
func reading() mender {
	return mender{rules: []string{"RT102"}, repairs: func(s *subject) []repair {
		n, ok := s.neighbour()
		if !ok {
			return nil
		}
		var out []repair
		for _, p := range s.oauthPolicies(n.in, "RefreshAccessToken") {
			says := fmt.Sprintf("Attach OAuthV2 %q beside %q, which only reads the token, for grant type refresh_token.", p.name, n.name())
			out = append(out, n.repairs(says, []string{grantVariable(p.root)}, nil, func(_ string, attach attachment) func(*draft) error {
				return func(d *draft) error { return attach(d, p.name) }
			})...)
		}
		return out
	}, why: "The bundle has no refresh policy to call instead: mend what issues the tokens."}
}

// oauthPolicy is an OAuthV2 policy of a bundle.
type oauthPolicy struct {
	file, name string
	root       *xmltree.Node
}

// oauthPolicies are those of a bundle with an operation, or with none, as it is now.
func (s *subject) oauthPolicies(in apigee.Revision, operation string) []oauthPolicy {
	d, err := s.bench.open(in)
	if err != nil {
		return nil
	}
	var out []oauthPolicy
	for _, file := range d.policies() {
		doc, err := d.document(file)
		if err != nil || doc.Root.Name != "OAuthV2" || !strings.EqualFold(doc.Root.Child("Operation").String(), operation) {
			continue
		}
		name, _ := doc.Root.Attr("name")
		out = append(out, oauthPolicy{file, name, doc.Root})
	}
	return out
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
