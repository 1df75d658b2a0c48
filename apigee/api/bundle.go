package api

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"apigee-audit/apigee"
)

// bundle downloads one revision and reads its files.
func (c *connection) bundle(ctx context.Context, r apigee.Revision) (*apigee.Archive, error) {
	zip, err := c.zip(ctx, r)
	if err != nil {
		return nil, err
	}
	archive, err := apigee.ReadZip(zip.data, c.limits)
	if err != nil {
		return nil, fmt.Errorf("read the bundle of %s: %w", r, err)
	}
	return archive, nil
}

// download is a zip and when the server sent it, by the server's clock.
type download struct {
	data []byte
	date time.Time
}

// zip downloads one revision. The generated client cannot: it decodes every answer as JSON.
func (c *connection) zip(ctx context.Context, r apigee.Revision) (download, error) {
	permission := "apigee.proxyrevisions.get"
	switch r.Kind {
	case apigee.KindProxy:
	case apigee.KindSharedFlow:
		permission = "apigee.sharedflowrevisions.get"
	default:
		return download{}, fmt.Errorf("download a bundle: %s is not a kind of bundle", quote(string(r.Kind)))
	}
	if err := checkName(r.Kind.Noun(), r.Name); err != nil {
		return download{}, fmt.Errorf("download a bundle: %w", err)
	}
	if err := checkRevision(r.Number); err != nil {
		return download{}, fmt.Errorf("download %s: %w", r.Ref(), err)
	}
	call := operation{
		doing:      "download " + r.String(),
		permission: permission,
		forbidden:  "; where the " + r.Kind.Noun() + " belongs to a Space, it needs it in that Space",
		missing:    "the revision was deleted since the deployments were listed, or is in a Space that this account cannot see",
	}
	return do(ctx, c.calls, call, func(ctx context.Context) (download, error) {
		answer, err := c.get(ctx, url.Values{"format": {"bundle"}}, string(r.Kind), r.Name, "revisions", r.Number)
		if err != nil {
			return download{}, err
		}
		defer answer.Body.Close()
		date, _ := http.ParseTime(answer.Header.Get("Date")) // zero where there is none
		data, err := readBundle(answer, c.limits.Compressed)
		return download{data, date}, err
	})
}

// readBundle takes the zip out of an answer: the body itself, as Apigee sends it, or the base64 data of an HttpBody in
// JSON, as a gateway in between may make of it.
func readBundle(answer *http.Response, limit int64) ([]byte, error) {
	body := bufio.NewReader(answer.Body)
	switch start, _ := body.Peek(2); { // a body that breaks off this early shows again in the read
	case bytes.Equal(start, []byte("PK")):
		data, err := io.ReadAll(io.LimitReader(body, limit+1))
		if err != nil {
			return nil, err
		}
		return checkSize(data, limit)
	case bytes.HasPrefix(start, []byte("{")):
		return readHTTPBody(body, limit)
	}
	head, err := io.ReadAll(io.LimitReader(body, 4*quotedRunes))
	if err != nil {
		return nil, err
	}
	return nil, notABundle(answer, head)
}

// readHTTPBody decodes google.api.HttpBody in JSON.
func readHTTPBody(body io.Reader, limit int64) ([]byte, error) {
	encoded := int64(base64.StdEncoding.EncodedLen(int(limit))) + 4096 // the other fields
	text, err := io.ReadAll(io.LimitReader(body, encoded+1))
	if err != nil {
		return nil, err
	}
	if int64(len(text)) > encoded {
		return nil, tooLarge(limit)
	}
	var message struct {
		Data []byte `json:"data"`
	}
	err = json.Unmarshal(text, &message)
	if _, ok := errors.AsType[base64.CorruptInputError](err); ok {
		return nil, &contentError{"the answer is JSON whose data is not base64"}
	}
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(message.Data, []byte("PK")) {
		return nil, &contentError{"the answer is JSON without a zip in it: " + quote(string(text))}
	}
	return checkSize(message.Data, limit)
}

func checkSize(data []byte, limit int64) ([]byte, error) {
	if int64(len(data)) > limit {
		return nil, tooLarge(limit)
	}
	return data, nil
}

func tooLarge(limit int64) error {
	return &contentError{fmt.Sprintf("the bundle is larger than %d bytes, the most that is read", limit)}
}

// notABundle is most often the page of a captive portal or of a single sign-on in between.
func notABundle(answer *http.Response, head []byte) error {
	kind := answer.Header.Get("Content-Type")
	if kind == "" {
		kind = "unknown"
	}
	if len(head) == 0 {
		return io.ErrUnexpectedEOF
	}
	return &contentError{fmt.Sprintf("the answer is not a zip but content type %s that starts with %s; is there a proxy or a login page in between?", quote(kind), quote(string(head)))}
}
