package table

import (
	"net/url"
	"path"
	"path/filepath"
	"strings"

	"apigee-audit/report"
)

// link makes a text lead to an address, for terminals. It is written only once everything is measured and in its place. An address
// that holds anything but printable ASCII could end the escape sequence: it is left out.
// Source: gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda, "Hyperlinks in terminal emulators".
func link(text, address string) string {
	unfit := func(r rune) bool { return r <= ' ' || r > '~' }
	if text == "" || address == "" || strings.ContainsFunc(address, unfit) {
		return text
	}
	return "\x1b]8;;" + address + "\x1b\\" + text + "\x1b]8;;\x1b\\"
}

// linked makes links of the texts in a line of the table, which stand there in their order with blanks between.
func linked(line string, texts, addresses []string) string {
	var b strings.Builder
	for i, text := range texts {
		at := strings.Index(line, text)
		if text == "" || at < 0 {
			continue
		}
		b.WriteString(line[:at] + link(text, addresses[i]))
		line = line[at+len(text):]
	}
	return b.String() + line
}

// fileURL is the address of a file of a bundle on disk, "" for none. A file in a zip is where the zip is.
func fileURL(source, file string, o report.Options) string {
	if source == "" {
		return ""
	}
	at := filepath.FromSlash(source)
	if !filepath.IsAbs(at) {
		if o.WorkingDirectory == "" {
			return ""
		}
		at = filepath.Join(o.WorkingDirectory, at)
	}
	at = filepath.ToSlash(filepath.Clean(at))
	if zip, ok := zipOf(at); ok {
		at = zip
	} else {
		at = path.Join(at, file)
	}
	if !strings.HasPrefix(at, "/") { // C:/bundles
		at = "/" + at
	}
	return (&url.URL{Scheme: "file", Host: o.Links.Host, Path: at}).String()
}

// zipOf is the outermost zip on a path, if there is one.
func zipOf(at string) (zip string, ok bool) {
	n := 0
	for segment := range strings.SplitSeq(at, "/") {
		n += len(segment)
		if strings.EqualFold(path.Ext(segment), ".zip") {
			return at[:n], true
		}
		n++
	}
	return "", false
}
