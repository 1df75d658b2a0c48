package apigee

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"apigee-audit/internal/text"
)

var errTooLarge = errors.New("larger than the limit")

// collector gathers the files of a bundle under the limits, whatever they come from.
type collector struct {
	limits  Limits
	total   int64
	seen    map[string]string // lower-case name → name
	lazy    bool              // resources are read when they are asked for
	archive *Archive
}

func newCollector(base string, l Limits) *collector {
	return &collector{limits: l, seen: map[string]string{}, archive: &Archive{Base: base}}
}

// add reads one file if the audit has a use for it. inner is its name inside the root folder base.
func (c *collector) add(base, inner string, read func(limit int64) ([]byte, error)) {
	if !wanted(inner) {
		return
	}
	name := path.Join(base, inner)
	if other, twice := c.seen[strings.ToLower(name)]; twice {
		c.refuse(name, fmt.Sprintf("second file of that name (%s); only the first is read", other))
		return
	}
	c.seen[strings.ToLower(name)] = name
	c.spelled(base, inner)
	if c.lazy && isResource(inner) {
		counted := int64(0) // what it counts for already
		c.archive.Files = append(c.archive.Files, File{Name: name, unpack: func() ([]byte, error) {
			data, err := read(min(c.limits.File, c.limits.Inflated-c.total+counted))
			c.total += int64(len(data)) - counted
			counted = int64(len(data))
			return data, err
		}})
		return
	}
	limit := min(c.limits.File, c.limits.Inflated-c.total)
	data, err := read(limit)
	switch {
	case errors.Is(err, errTooLarge) && limit < c.limits.File:
		c.refuse(name, "bundle holds more than "+text.Bytes(c.limits.Inflated)+" of content; not read from here on")
		c.total = c.limits.Inflated
	case errors.Is(err, errTooLarge):
		c.refuse(name, "file is larger than "+text.Bytes(c.limits.File))
	case err != nil:
		c.refuse(name, "cannot be read: "+err.Error())
	default:
		c.total += int64(len(data))
		c.archive.Files = append(c.archive.Files, File{Name: name, Data: data})
	}
}

// spelled says once for each folder that it has another spelling than the one Apigee wants.
func (c *collector) spelled(base, inner string) {
	folder, _, nested := strings.Cut(inner, "/")
	want := strings.ToLower(folder)
	dir := path.Join(base, folder)
	if !nested || folder == want || slices.ContainsFunc(c.archive.Notices, func(p Problem) bool { return p.File == dir }) {
		return
	}
	c.archive.Notices = append(c.archive.Notices, Problem{
		File: dir, Operation: "read bundle", Error: fmt.Sprintf("Apigee spells this folder %q; it is read as if this one were", want),
	})
}

func (c *collector) refuse(name, why string) {
	c.archive.Problems = append(c.archive.Problems, Problem{File: name, Operation: "read bundle", Error: why})
}

func (c *collector) finish() *Archive {
	slices.SortFunc(c.archive.Files, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	return c.archive
}

// ModeName says in words what is not a file: "a named pipe".
func ModeName(m fs.FileMode) string {
	switch {
	case m&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case m&fs.ModeSocket != 0:
		return "a socket"
	case m&fs.ModeDevice != 0:
		return "a device"
	case m&fs.ModeSymlink != 0:
		return "a symbolic link"
	case m.IsDir():
		return "a folder"
	}
	return "a special file"
}
