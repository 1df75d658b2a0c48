package simulator

import (
	"bytes"
	"net"
	"net/http"
	"strconv"
)

// serve answers in the way that the fault is broken; next gives the proper answer.
func (f Fault) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	switch {
	case f.Reset:
		reset(w)
	case f.Status != 0:
		f.refuse(w)
	case f.Truncate:
		truncate(w, r, next)
	}
}

// refuse sends the fault's status with its body.
func (f Fault) refuse(w http.ResponseWriter) {
	if f.RetryAfter != "" {
		w.Header().Set("Retry-After", f.RetryAfter)
	}
	if f.Body == "" {
		write(w, &apiError{f.Status, statusName(f.Status), "Simulated fault: " + http.StatusText(f.Status)})
		return
	}
	w.Header().Set("Content-Type", http.DetectContentType([]byte(f.Body)))
	w.WriteHeader(f.Status)
	w.Write([]byte(f.Body)) //nolint:errcheck // a client that is gone needs no answer
}

// statusName is the google.rpc.Code that goes with an HTTP status.
// Source: google/rpc/code.proto, the HTTP mapping of each code.
func statusName(code int) string {
	switch code {
	case http.StatusBadRequest:
		return "INVALID_ARGUMENT"
	case http.StatusUnauthorized:
		return "UNAUTHENTICATED"
	case http.StatusForbidden:
		return "PERMISSION_DENIED"
	case http.StatusNotFound:
		return "NOT_FOUND"
	case http.StatusConflict:
		return "ABORTED"
	case http.StatusTooManyRequests:
		return "RESOURCE_EXHAUSTED"
	case http.StatusInternalServerError:
		return "INTERNAL"
	case http.StatusServiceUnavailable:
		return "UNAVAILABLE"
	case http.StatusGatewayTimeout:
		return "DEADLINE_EXCEEDED"
	}
	return "UNKNOWN"
}

// reset drops the connection so that the client sees a reset, not an orderly end.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2 cannot be hijacked; aborting resets the stream
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0) //nolint:errcheck // it is being broken on purpose
	}
	conn.Close() //nolint:errcheck // as above
}

// truncate announces the whole answer and sends half of it.
func truncate(w http.ResponseWriter, r *http.Request, next http.Handler) {
	whole := &capture{header: w.Header(), code: http.StatusOK}
	next.ServeHTTP(whole, r)
	w.Header().Set("Content-Length", strconv.Itoa(whole.body.Len()))
	w.WriteHeader(whole.code)
	w.Write(whole.body.Bytes()[:whole.body.Len()/2]) //nolint:errcheck // cut off anyway
	http.NewResponseController(w).Flush()            //nolint:errcheck // cut off anyway
	panic(http.ErrAbortHandler)
}

// capture keeps an answer instead of sending it.
type capture struct {
	header http.Header
	code   int
	body   bytes.Buffer
}

func (c *capture) Header() http.Header         { return c.header }
func (c *capture) WriteHeader(code int)        { c.code = code }
func (c *capture) Write(b []byte) (int, error) { return c.body.Write(b) }
