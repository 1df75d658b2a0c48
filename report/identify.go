package report

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"apigee-audit/audit/finding"
)

// identify gives every finding its ID. Those that share a fingerprint in one organization are numbered in their order.
func (d *Document) identify() {
	for _, list := range [][]finding.Finding{d.Findings, d.Fixed, d.NotLookedAt} {
		seen := map[identity]int{}
		for i := range list {
			f := &list[i]
			key := identity{f.Organization, f.Fingerprint}
			seen[key]++
			f.ID = idOf(key, seen[key])
		}
	}
}

// IDOf is the ID of a finding, and of the first where several share the fingerprint.
func IDOf(organization, fingerprint string) string {
	return idOf(identity{organization, fingerprint}, 1)
}

// idOf is 32 hexadecimal digits. The first finding of a fingerprint keeps its ID when another one with the same comes up.
func idOf(key identity, ordinal int) string {
	said := strconv.Quote(key.organization) + strconv.Quote(key.fingerprint)
	if ordinal > 1 {
		said += strconv.Itoa(ordinal)
	}
	sum := sha256.Sum256([]byte(said))
	return hex.EncodeToString(sum[:16])
}
