package apigee

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Roots of the two kinds of bundles inside their zip.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/api-proxy-configuration-reference.
const (
	proxyRoot      = "apiproxy"
	sharedFlowRoot = "sharedflowbundle"
)

var errTooLarge = errors.New("larger than the limit")

// collector gathers the files of a bundle under the limits, whatever they come from.
type collector struct {
	limits  Limits
	prefix  string // what stands before "apiproxy/" in every name
	total   int64
	seen    map[string]string // lower-case name → name
	lazy    bool              // resources are read when they are asked for
	archive *Archive
}

// locate finds the bundle's root among the names. Zips made by hand often hold the bundle one folder down.
func (c *collector) locate(names []string) error {
	best, found := "", false
	for _, name := range names {
		parts := strings.Split(name, "/")
		for i, p := range parts[:len(parts)-1] {
			if p != proxyRoot && p != sharedFlowRoot {
				continue
			}
			prefix := strings.Join(parts[:i], "/")
			if i > 0 {
				prefix += "/"
			}
			if !found || strings.Count(prefix, "/") < strings.Count(best, "/") {
				best, found = prefix, true
			}
			break
		}
	}
	if !found {
		return errors.New("no apiproxy/ or sharedflowbundle/ folder inside")
	}
	c.prefix = best
	return nil
}

// add reads one file if the audit has a use for it.
func (c *collector) add(name string, read func(limit int64) ([]byte, error)) {
	if junk(name) {
		return
	}
	if !fs.ValidPath(name) || strings.ContainsAny(name, "\\\x00") {
		c.refuse(name, "file name that could point outside the bundle")
		return
	}
	inner, ok := strings.CutPrefix(name, c.prefix)
	if !ok || !wanted(inner) {
		return
	}
	if c.seen == nil {
		c.seen = map[string]string{}
	}
	if other, twice := c.seen[strings.ToLower(inner)]; twice {
		c.refuse(inner, fmt.Sprintf("second file of that name (%s); only the first is read", other))
		return
	}
	c.seen[strings.ToLower(inner)] = inner
	if c.lazy && isResource(inner) {
		c.archive.Files = append(c.archive.Files, File{Name: inner, unpack: func() ([]byte, error) {
			data, err := read(min(c.limits.File, c.limits.Inflated-c.total))
			c.total += int64(len(data))
			return data, err
		}})
		return
	}
	limit := min(c.limits.File, c.limits.Inflated-c.total)
	data, err := read(limit)
	switch {
	case errors.Is(err, errTooLarge) && limit < c.limits.File:
		c.refuse(inner, "bundle holds more than "+megabytes(c.limits.Inflated)+" of content; not read from here on")
		c.total = c.limits.Inflated
	case errors.Is(err, errTooLarge):
		c.refuse(inner, "file is larger than "+megabytes(c.limits.File))
	case err != nil:
		c.refuse(inner, "cannot be unpacked: "+err.Error())
	default:
		c.total += int64(len(data))
		c.archive.Files = append(c.archive.Files, File{Name: inner, Data: data})
	}
}

func (c *collector) refuse(name, why string) {
	c.archive.Problems = append(c.archive.Problems, Problem{File: name, Operation: "read bundle", Error: why})
}

func (c *collector) finish() *Archive {
	slices.SortFunc(c.archive.Files, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	return c.archive
}

// wanted tells the files the audit reads: endpoints, policies, the root description, scripts and property sets. Jars,
// schemas, OpenAPI documents and the like are left packed.
func wanted(name string) bool {
	parts := strings.Split(name, "/")
	if parts[0] != proxyRoot && parts[0] != sharedFlowRoot {
		return false
	}
	ext := strings.ToLower(path.Ext(name))
	switch {
	case len(parts) == 2:
		return ext == ".xml"
	case len(parts) == 3:
		switch parts[1] {
		case "proxies", "targets", "policies", "sharedflows":
			return ext == ".xml"
		}
	}
	return isResource(name)
}

func isResource(name string) bool { return isScript(name) || isPropertySet(name) }

// isScript tells resources/jsc and resources/py.
func isScript(name string) bool {
	parts := strings.Split(name, "/")
	if len(parts) < 4 || parts[1] != "resources" || parts[2] != "jsc" && parts[2] != "py" {
		return false
	}
	ext := strings.ToLower(path.Ext(name))
	return ext == ".js" || ext == ".py"
}

// junk is what desktop systems leave in zips.
func junk(name string) bool {
	base := path.Base(name)
	return strings.HasPrefix(name, "__MACOSX/") || strings.HasPrefix(base, "._") || base == ".DS_Store"
}
