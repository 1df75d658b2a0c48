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
	"apigee-audit/apigee/bundle"
	"apigee-audit/internal/text"
)

// bundle downloads one revision and lists its files.
func (c *connection) bundle(ctx context.Context, r apigee.Revision) (*bundle.Archive, error) {
	zip, err := c.zip(ctx, r)
	if err != nil {
		return nil, err
	}
	archive := bundle.Downloaded(zip.data, zip.date)
	if err := archive.Open(c.limits); err != nil {
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
	permission := mayReadProxy
	switch r.Kind {
	case apigee.KindProxy:
	case apigee.KindSharedFlow:
		permission = mayReadSharedFlow
	default:
		return download{}, fmt.Errorf("download a bundle: %s is not a kind of bundle", text.QuoteSaid(string(r.Kind)))
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
		missing:    "the revision was deleted since the deployments were listed, or is not visible to this account",
	}
	if c.platform.Traits().HasSpaces {
		call.forbidden = "; if the " + r.Kind.Noun() + " belongs to a Space, it needs the permission in that Space"
		call.missing = "the revision was deleted since the deployments were listed, or is in a Space that this account cannot see"
	}
	return do(ctx, c.calls, call, func(ctx context.Context) (download, error) {
		answer, err := c.get(ctx, "*/*", url.Values{"format": {"bundle"}}, c.below(string(r.Kind), r.Name, "revisions", r.Number)...)
		if err != nil {
			return download{}, err
		}
		defer answer.Body.Close()
		date, _ := http.ParseTime(answer.Header.Get("Date")) // zero where there is none
		data, err := c.readBundle(ctx, answer)
		return download{data, date}, err
	})
}

// readBundle takes the zip out of an answer: the body itself, as Apigee sends it, or the base64 data of an HttpBody in
// JSON, as a gateway in between may make of it.
func (c *connection) readBundle(ctx context.Context, answer *http.Response) ([]byte, error) {
	body := bufio.NewReaderSize(answer.Body, 16) // for the look at its beginning
	switch start, _ := body.Peek(2); {           // a body that breaks off this early shows again in the read
	case bytes.Equal(start, []byte("PK")):
		return c.readZip(ctx, body, answer.ContentLength)
	case bytes.HasPrefix(start, []byte("{")):
		return c.readHTTPBody(ctx, body)
	}
	head, err := io.ReadAll(io.LimitReader(body, 4*text.MostSaid))
	if err != nil {
		return nil, err
	}
	return nil, notABundle(answer, head)
}

// Few bundles are large, and those that are must not fill the memory by coming all at once: what is read of one beyond
// largeBundle is read of largeAtOnce at once.
const (
	largeBundle = 2 << 20
	largeAtOnce = 4
)

// readZip reads a zip that is the body itself, and as long as announced where the server says so.
func (c *connection) readZip(ctx context.Context, body io.Reader, announced int64) ([]byte, error) {
	limit := c.limits.Compressed
	most := min(largeBundle, limit+1)
	buffer := bytes.NewBuffer(make([]byte, 0, min(max(announced, 0), most)+bytes.MinRead))
	_, err := buffer.ReadFrom(io.LimitReader(body, most))
	head := buffer.Bytes()
	switch {
	case err != nil:
		return nil, err
	case int64(len(head)) > limit:
		return nil, tooLarge(limit)
	case len(head) < largeBundle:
		return head, nil
	}
	if err := c.large.enter(ctx); err != nil {
		return nil, err
	}
	defer c.large.leave()
	return readPieces(head, body, limit, limit)
}

// readPieces reads the rest of a body whose head is known, in pieces, so that it is in memory at most twice while
// they are joined.
func readPieces(head []byte, body io.Reader, most, limit int64) ([]byte, error) {
	pieces, size := [][]byte{head}, int64(len(head))
	for size <= most {
		piece := make([]byte, min(1<<20, most+1-size))
		n, err := fill(body, piece)
		pieces, size = append(pieces, piece[:n]), size+int64(n)
		if errors.Is(err, io.EOF) && size <= most {
			return bytes.Join(pieces, nil), nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
	}
	return nil, tooLarge(limit)
}

// fill is io.ReadFull that distinguishes the end of a body from one that is cut off.
func fill(r io.Reader, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var more int
		more, err = r.Read(p[n:])
		n += more
	}
	return n, err
}

// gate lets only so many in at once.
type gate chan struct{}

func (g gate) enter(ctx context.Context) error {
	select {
	case g <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g gate) leave() { <-g }

// readHTTPBody decodes google.api.HttpBody in JSON.
func (c *connection) readHTTPBody(ctx context.Context, body io.Reader) ([]byte, error) {
	if err := c.large.enter(ctx); err != nil {
		return nil, err
	}
	defer c.large.leave()
	limit := c.limits.Compressed
	encoded := int64(base64.StdEncoding.EncodedLen(int(limit))) + 4096 // the other fields
	answer, err := readPieces(nil, body, encoded, limit)
	if err != nil {
		return nil, err
	}
	var message struct {
		Data []byte `json:"data"`
	}
	err = json.Unmarshal(answer, &message)
	if _, ok := errors.AsType[base64.CorruptInputError](err); ok {
		return nil, &contentError{"the answer is JSON whose data is not base64"}
	}
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(message.Data, []byte("PK")) {
		return nil, &contentError{"the answer is JSON without a zip in it: " + text.QuoteSaid(string(answer))}
	}
	if int64(len(message.Data)) > limit {
		return nil, tooLarge(limit)
	}
	return message.Data, nil
}

func tooLarge(limit int64) error {
	return &contentError{fmt.Sprintf("the bundle is larger than %d bytes, the maximum that is read", limit)}
}

// notABundle is most often the page of a captive portal or of a single sign-on in between.
func notABundle(answer *http.Response, head []byte) error {
	kind := answer.Header.Get("Content-Type")
	if kind == "" {
		kind = "unknown"
	}
	if len(head) == 0 {
		return &emptyError{answer.StatusCode}
	}
	return &contentError{fmt.Sprintf("the answer is not a zip but content type %s that starts with %s; is there a proxy or a login page in between?", text.QuoteSaid(kind), text.QuoteSaid(string(head)))}
}
