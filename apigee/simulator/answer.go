package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// apiError is an error as Google's APIs report it: {"error": {"code": …, "message": …, "status": …}}.
type apiError struct {
	code            int
	status, message string
}

func notFound(message string) *apiError {
	return &apiError{http.StatusNotFound, "NOT_FOUND", message}
}

func invalid(message string) *apiError {
	return &apiError{http.StatusBadRequest, "INVALID_ARGUMENT", message}
}

// refused is for what is there and not told.
func refused(message string) *apiError {
	return &apiError{http.StatusForbidden, "PERMISSION_DENIED", message}
}

// zipped is an answer that is a bundle and not JSON.
type zipped []byte

// write sends a value as JSON, a bundle as its bytes and an [apiError] with its status.
func write(w http.ResponseWriter, answer any) {
	code := http.StatusOK
	switch a := answer.(type) {
	case zipped:
		w.Header().Set("Content-Type", "application/zip")
		w.Header().Set("Content-Length", strconv.Itoa(len(a)))
		w.Write(a) //nolint:errcheck // a client that is gone needs no answer
		return
	case *edgeError:
		code = a.status
	case *loginError:
		code = a.status
	case *apiError:
		code = a.code
		answer = map[string]any{"error": map[string]any{"code": a.code, "message": a.message, "status": a.status}}
	}
	body, err := json.MarshalIndent(answer, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("encode %T: %v", answer, err)) // our own types always encode
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)+1))
	w.WriteHeader(code)
	w.Write(append(body, '\n')) //nolint:errcheck // as above
}

// flag reads a boolean query parameter, false when absent.
func flag(r *http.Request, name string) (bool, *apiError) {
	switch v := r.URL.Query().Get(name); v {
	case "true":
		return true, nil
	case "", "false":
		return false, nil
	default:
		return false, invalid(fmt.Sprintf("Invalid value at '%s' (TYPE_BOOL), %q", name, v))
	}
}

// page cuts the part of a list that pageSize and pageToken ask for, and names the next one. The token is an offset, which
// callers must not know.
func page[T any](r *http.Request, all []T, size int) (part []T, next string, bad *apiError) {
	q := r.URL.Query()
	if v := q.Get("pageSize"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 {
			return nil, "", invalid("Invalid value at 'page_size' (TYPE_INT32), " + strconv.Quote(v))
		}
		if n > 0 {
			size = n
		}
	}
	from := 0
	if v := q.Get("pageToken"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 || n > len(all) {
			return nil, "", invalid("invalid page token " + strconv.Quote(v))
		}
		from = n
	}
	to := min(from+size, len(all))
	if to < len(all) {
		next = strconv.Itoa(to)
	}
	return all[from:to], next, nil
}
