package cache

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
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
	// Seal proves that whoever wrote the entry had the key of the store; see [entry.seal].
	Seal string `json:"seal,omitempty"`

	archive *bundle.Archive // the zip, not opened yet where it comes from the store
	used    time.Time       // when it was last used, to a day; only where it comes from the store
}

func (e *entry) revision() apigee.Revision {
	return apigee.Revision{Kind: e.Kind, Name: e.Name, Number: e.Revision}
}

// header is the first line of the file. The zip follows it; tools that read zips from their end still can.
func (e *entry) header() ([]byte, error) {
	header, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	if len(header) >= maxHeader {
		return nil, errors.New("the description of a bundle is too long to keep")
	}
	return append(header, '\n'), nil
}

// readHeader reads the first line of a file, and how long it is.
func readHeader(in *bufio.Reader) (e *entry, length int64, err error) {
	var line []byte
	for {
		piece, err := in.ReadSlice('\n')
		line = append(line, piece...)
		switch {
		case err == nil:
			e = &entry{}
			return e, int64(len(line)), json.Unmarshal(line, e)
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, 0, err
		case len(line) >= maxHeader:
			return nil, 0, errors.New("no description before the zip")
		}
	}
}

// readZip reads what follows the first line, and verifies its digest.
func (e *entry) readZip(in *bufio.Reader, size int64) error {
	var zip []byte
	if int64(in.Buffered()) == size {
		zip, _ = in.Peek(int(size)) // it is there, and nothing else is read into its place
	} else {
		zip = make([]byte, size)
		if _, err := io.ReadFull(in, zip); err != nil {
			return err
		}
	}
	e.archive = bundle.Downloaded(zip, e.FetchedAt)
	if e.archive.SHA256 != e.SHA256 {
		return errors.New("the zip is damaged")
	}
	return nil
}
