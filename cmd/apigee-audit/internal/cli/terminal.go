package cli

import (
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"

	"apigee-audit/report"

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

// links are what hyperlinks on stdout need, nil where there are none: where there are no colours, and at a terminal that is not known
// to take them, unless forced. Some of the others would show the addresses between the names.
// Source: github.com/chalk/supports-hyperlinks and its ports, by which many programs go: FORCE_HYPERLINK, and the terminals.
func (a *app) links(off bool) *report.Links {
	switch force := a.env["FORCE_HYPERLINK"]; {
	case off, a.env["NO_COLOR"] != "", force == "0":
		return nil
	case force == "" && !(a.outWidth > 0 && a.colored(off) && a.env["CI"] == "" && a.showsLinks()):
		return nil
	}
	host, err := os.Hostname()
	if err != nil {
		host = "" // this machine, to most terminals
	}
	return &report.Links{Host: host}
}

// showsLinks reports whether the terminal says that it is one of those that make links.
func (a *app) showsLinks() bool {
	vte, _ := strconv.Atoi(a.env["VTE_VERSION"])
	switch {
	case vte > 5000: // 0.50.0 is said to crash
		return true
	case a.env["DOMTERM"] != "", a.env["WT_SESSION"] != "", a.env["KONSOLE_VERSION"] != "":
		return true
	case slices.Contains([]string{"Hyper", "iTerm.app", "terminology", "WezTerm", "vscode", "ghostty", "zed"}, a.env["TERM_PROGRAM"]):
		return true
	}
	return slices.Contains([]string{"xterm-kitty", "alacritty", "alacritty-direct", "xterm-ghostty", "foot"}, a.env["TERM"])
}

// animated reports whether stderr can show a line that is redrawn.
func (a *app) animated() bool {
	return a.errWidth > 0 && a.env["CI"] == "" && a.env["TERM"] != "dumb"
}
