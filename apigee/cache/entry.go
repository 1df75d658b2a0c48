package cache

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"

	"apigee-audit/apigee"
)

// maxHeader bounds the first line of a file, in bytes.
const maxHeader = 1 << 20

// entry is one kept bundle: the JSON in the first line of its file, and the zip behind it.
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

	archive *apigee.Archive // the zip, not opened yet where it comes from the store
}

func (e *entry) revision() apigee.Revision {
	return apigee.Revision{Kind: e.Kind, Name: e.Name, Number: e.Revision}
}

// bytes is the content of the file. Tools that read zips from their end still can.
func (e *entry) bytes() ([]byte, error) {
	header, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	if len(header) >= maxHeader {
		return nil, errors.New("the description of a bundle is too long to keep")
	}
	return bytes.Join([][]byte{header, e.archive.Zip}, []byte("\n")), nil
}

// header reads the first line of a file.
func header(line []byte) (*entry, error) {
	e := &entry{}
	return e, json.Unmarshal(line, e)
}

// parse reads a file and verifies its digest.
func parse(data []byte) (*entry, error) {
	line, zip, ok := bytes.Cut(data, []byte("\n"))
	if !ok {
		return nil, errors.New("no description before the zip")
	}
	e, err := header(line)
	if err != nil {
		return nil, err
	}
	e.archive = apigee.Downloaded(zip, e.FetchedAt)
	if e.archive.SHA256 != e.SHA256 {
		return nil, errors.New("the zip is damaged")
	}
	return e, nil
}
