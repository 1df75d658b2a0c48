package cli

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"apigee-audit/internal/text"
)

// tell writes one line to stdout, for commands whose output is not a report.
func (a *app) tell(format string, args ...any) error {
	_, err := fmt.Fprintln(a.out, text.Sanitize(sentence(format, args...)))
	return err
}

// sentence is a formatted text of one line whose arguments cannot break out of it.
func sentence(format string, args ...any) string {
	for i, arg := range args {
		switch arg := arg.(type) {
		case error:
			// Errors that were joined are lines by now.
			lines := strings.Split(arg.Error(), "\n")
			for j := range lines {
				lines[j] = text.Sanitize(lines[j])
			}
			args[i] = strings.Join(lines, "; ")
		case string:
			args[i] = text.Sanitize(arg)
		case fmt.Stringer:
			args[i] = text.Sanitize(arg.String())
		}
	}
	return fmt.Sprintf(format, args...)
}

// guarded is stderr for everything that writes to it, log lines included: what a terminal would obey or a CI service take for
// a command comes out as visible escapes, in the form that is also right in log lines of JSON.
type guarded struct {
	w    io.Writer
	last byte // that was written, as writers may write in pieces
}

func (g *guarded) Write(p []byte) (int, error) {
	var out bytes.Buffer
	for rest := p; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		char := rest[:size]
		rest = rest[size:]
		one := string(char)
		switch {
		case r == '\n' || r == '\t', r >= ' ' && r < 0x7f && byte(r) != g.last:
		case !text.IsClean(one), (r == '#' || r == ':') && g.last == char[0]:
			for _, unit := range utf16.Encode([]rune(one)) {
				fmt.Fprintf(&out, `\u%04x`, unit)
			}
			g.last = 0
			continue
		}
		out.Write(char)
		g.last = char[size-1]
	}
	if _, err := g.w.Write(out.Bytes()); err != nil {
		return 0, err
	}
	return len(p), nil
}
