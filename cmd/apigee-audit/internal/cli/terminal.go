package cli

import (
	"io"
	"io/fs"
	"os"
	"strconv"

	"golang.org/x/term"
)

// streams are the standard streams and what is known of the terminals behind them.
type streams struct {
	in       io.Reader
	out, err io.Writer
	// outWidth and errWidth are the columns of the terminal behind the stream, 0 where there is none.
	outWidth, errWidth int
	// outInfo describes the file behind stdout, nil if it is not a file; outClosed is true if stdout is closed.
	outInfo   fs.FileInfo
	outClosed bool
}

func standardStreams() streams {
	s := streams{
		in: os.Stdin, out: os.Stdout, err: os.Stderr,
		outWidth: terminalWidth(os.Stdout), errWidth: terminalWidth(os.Stderr), outClosed: stdoutClosed(),
	}
	if info, err := os.Stdout.Stat(); err == nil {
		s.outInfo = info
	}
	return s
}

func terminalWidth(f *os.File) int {
	fd := int(f.Fd())
	if !term.IsTerminal(fd) {
		return 0
	}
	if width, _, err := term.GetSize(fd); err == nil && width > 0 {
		return width
	}
	return 80
}

// tableWidth is how wide a table on stdout may be, 0 for unbounded. COLUMNS beats what the terminal says.
func (a *app) tableWidth() int {
	if n, err := strconv.Atoi(a.env["COLUMNS"]); err == nil && n > 0 && a.outWidth > 0 {
		return n
	}
	return a.outWidth
}

// colored reports whether stdout gets colours: only a terminal that can, unless forced, and never against the user's will.
// Source: no-color.org, force-color.org.
func (a *app) colored(off bool) bool {
	switch {
	case off, a.env["NO_COLOR"] != "":
		return false
	case a.env["FORCE_COLOR"] != "":
		return a.env["FORCE_COLOR"] != "0"
	}
	return a.outWidth > 0 && a.env["TERM"] != "dumb"
}

// animated reports whether stderr can show a line that is redrawn.
func (a *app) animated() bool {
	return a.errWidth > 0 && a.env["CI"] == "" && a.env["TERM"] != "dumb"
}
