// Package cache keeps downloaded bundles between runs, so that a second audit of an unchanged organization downloads none
// and an interrupted one goes on where it stopped.
//
// # When a kept bundle may stand in for a download
//
// On Apigee X and hybrid a revision that was ever deployed can never change again; only deployed ones are asked for here.
// What can happen is that a proxy is deleted and another one of the same name starts over at revision 1. Two witnesses
// tell the two apart:
//
//   - Its deployment. A revision has to be undeployed before it can be deleted. So if one of its deployments has still the
//     start time that it had when the bundle was downloaded, it is the same revision. If each of them has another, nothing
//     is known of the time in between, and the witness speaks against the entry.
//   - Its proxy's or shared flow's time of creation. If it lies after the download, the entry is another's.
//
// An entry counts if at least one of them speaks for it and none against it. The first costs nothing: the list of
// deployments is read anyway. The second is one list a kind, asked for only where there is an entry to be judged; it may
// be refused or leave proxies out (Spaces), and is then silent. The first compares times of the server with times of the
// server; the second compares with the Date of the download, which is the server's as well. No clock of this machine
// decides, except where a server sends no Date.
//
// Source: Apigee API discovery document, organizations.apis.revisions.updateApiProxyRevision ("After deployment, an API
// proxy revision becomes immutable, even if it is undeployed"), the same of sharedflows, organizations.apis.delete ("must
// be undeployed before you can delete it").
//
// # What lies on disk
//
// Packs, readable by their owner alone. A pack is two files: the zips of some bundles of one organization as downloaded, one after
// the other, and an index with a line of JSON for each that says what it is and where. A process writes packs of its own,
// under names that nobody else uses, and changes none that is there; so any number of processes may share a folder, and nothing
// has to be locked or renamed. Of a bundle that several packs hold, the newest counts. The digest in the index is verified on
// every read, and what does not fit is downloaded again: so it is where a process was killed, or a pack is being written.
// Nothing is ever extracted, and no credential comes near.
//
// Files of their own would cost each bundle what files cost: on a disk up to a third of a cold audit's time, on a mounted bucket
// several requests.
//
// On Unix, packs and folders that belong to another user, or that others can write to, are not used: whoever can write
// a pack decides what the audit finds. On Windows that is left to the access control of the folder; the user's cache folder
// is the user's alone there. With a key, owners and permissions do not matter: an entry is used if it is sealed with the key.
//
// # What is removed
//
// A pack's name says when it was begun. A run packs what it uses anew once that is a week ago, so what is only in older packs was
// not used since. After a run, and at most once a day, packs are evicted by age and size. Only regular files are removed whose
// names and places are those that a store makes; links are not followed. Somebody else may use, write or evict the same
// packs meanwhile: the worst that comes of it is a download.
package cache

import (
	"os"
	"path/filepath"

	"apigee-audit/apigee"
)

// Scope is what the entries of one organization have in common. The same name at another endpoint is another organization.
type Scope struct {
	Platform     apigee.Platform `json:"platform"`
	Endpoint     string          `json:"endpoint"` // scheme and host of the management API
	Organization string          `json:"organization"`
}

// DefaultDir is the folder where caches belong on this system, with the program's name. The error is for an environment
// that does not say where that is.
func DefaultDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "apigee-audit"), nil
}
