package cache

import (
	"encoding/json"
	"errors"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
)

// maxLine bounds what an index says of one bundle, in bytes.
const maxLine = 1 << 20

// entry is one kept bundle: what a line of an index says of it, and its zip.
type entry struct {
	Scope
	Kind     apigee.Kind `json:"kind"`
	Name     string      `json:"name"`
	Revision string      `json:"revision"`
	SHA256   string      `json:"sha256"` // of the zip, in hex
	// FetchedAt is when the server sent the zip, by its own clock, to the second.
	FetchedAt time.Time `json:"fetchedAt"`
	// DeployedAt is since when the revision was deployed when it was fetched, by environment, in milliseconds since 1970.
	DeployedAt map[string]int64 `json:"deployedAt,omitempty"`
	// Offset and Size are where the zip lies in its pack, in bytes.
	Offset int64 `json:"offset"`
	Size   int64 `json:"size"`
	// Seal proves that whoever wrote the entry had the key of the store; see [entry.seal].
	Seal string `json:"seal,omitempty"`

	archive *bundle.Archive // the zip, not opened yet where it comes from the store
}

func (e *entry) revision() apigee.Revision {
	return apigee.Revision{Kind: e.Kind, Name: e.Name, Number: e.Revision}
}

// line is the entry in an index.
func (e *entry) line() ([]byte, error) {
	line, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	if len(line) >= maxLine {
		return nil, errors.New("the description of a bundle is too long to keep")
	}
	return append(line, '\n'), nil
}
