package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/internal/files"
)

// destination is where an output really goes.
type destination struct {
	name   string      // as it was given
	real   string      // behind all links; where a device cannot be named otherwise, as it was given
	info   fs.FileInfo // of what exists now, nil for nothing
	folder fs.FileInfo // that it lies in
}

// special reports whether it is written to and not replaced: a device or a pipe.
func (d *destination) special() bool { return d.info != nil && !d.info.Mode().IsRegular() }

// null reports whether it is the device in which any number of reports may vanish.
func (d *destination) null() bool {
	null, err := os.Stat(os.DevNull)
	return err == nil && d.info != nil && os.SameFile(null, d.info)
}

// linked reports whether the name is that of a link to a file, which stays while the file behind it is replaced.
func (d *destination) linked() bool {
	info, err := os.Lstat(d.name)
	return err == nil && info.Mode()&fs.ModeSymlink != 0 && d.real != d.name && !d.special()
}

// findDestination follows the links of the user and of the system. A link of anybody else is not followed, which in a
// folder that many may write to would let them choose the file that a report replaces.
func findDestination(name string) (*destination, error) {
	d := &destination{name: name, real: name}
	const most = 40 // links behind one another, as in Linux
	for range most {
		info, err := os.Lstat(d.real)
		if errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode()&fs.ModeSymlink == 0 {
			return d, d.look()
		}
		if err != nil {
			return nil, err
		}
		if !files.Mine(info) && files.Owner(info) != 0 {
			return nil, fmt.Errorf("%s is a link that belongs to another user and is not followed", d.real)
		}
		next, err := os.Readlink(d.real)
		if err != nil {
			return nil, err
		}
		if !filepath.IsAbs(next) {
			next = filepath.Dir(d.real) + string(filepath.Separator) + next // uncleaned: behind a link, ".." is another folder
		}
		if _, err := os.Lstat(next); errors.Is(err, fs.ErrNotExist) {
			// A link to nothing is replaced itself; one of the system to a pipe has a target that is not a path.
			return d, d.look()
		}
		d.real = next
	}
	return nil, fmt.Errorf("%s goes through too many links", name)
}

// look sees what is there.
func (d *destination) look() (err error) {
	if d.info, err = os.Stat(d.real); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if d.real != d.name && d.info != nil && d.info.Mode().IsRegular() && !files.Mine(d.info) {
		return fmt.Errorf("%s points to %s, which belongs to another user", d.name, d.real)
	}
	d.folder, err = os.Stat(filepath.Dir(d.real))
	return err
}

// same reports whether two outputs would end up in the same place.
func (d *destination) same(e *destination) bool {
	if d.special() || e.special() {
		return d.special() && e.special() && os.SameFile(d.info, e.info) && !d.null()
	}
	a, b := filepath.Base(d.real), filepath.Base(e.real)
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" { // where "A" and "a" are usually the same name
		a, b = strings.ToLower(a), strings.ToLower(b)
	}
	return a == b && os.SameFile(d.folder, e.folder)
}

// checkOutputs finds out, before the first request, what would keep the reports from being written or have them
// overwrite something that is needed: an audit costs minutes and quota. inputs are files that are read.
func (a *app) checkOutputs(c *config.Choices, inputs ...string) error {
	if a.outClosed && len(c.Copies) == 0 {
		return errors.New("stdout is closed (or is a null device opened for reading as well, which looks the same), so the report would be lost: redirect stdout, or name a file with --output")
	}
	var seen []*destination
	tried := map[string]bool{}
	for _, copy := range c.Copies {
		d, err := findDestination(copy.File)
		if err != nil {
			return usagef("output %s: %w", copy.File, err)
		}
		for _, e := range seen {
			if d.same(e) {
				return usagef("two outputs are written to %s", copy.File)
			}
		}
		seen = append(seen, d)
		if a.outInfo != nil && d.info != nil && os.SameFile(d.info, a.outInfo) && !d.null() {
			return usagef("output %s is the same as stdout, for which --format sets the format", copy.File)
		}
		for _, input := range inputs {
			if info, err := os.Stat(input); err == nil && d.info != nil && os.SameFile(d.info, info) && !d.special() {
				return usagef("output %s would overwrite %s, which is an input", copy.File, input)
			}
		}
		if folder := filepath.Dir(d.real); !d.special() && !tried[folder] {
			tried[folder] = true
			if err := a.tryFolder(folder); err != nil {
				return fmt.Errorf("output %s: cannot write to folder %s: %w", copy.File, folder, withoutPath(err))
			}
		}
		if d.linked() {
			a.sayWarning("output %s is a link: the report is written to %s", copy.File, d.real)
		}
	}
	return nil
}

// tryFolder writes a file as a report is written, and removes it.
func (a *app) tryFolder(folder string) error {
	tmp, err := os.CreateTemp(folder, unfinishedReport)
	if err != nil {
		return err
	}
	defer a.unfinished.add(func() error { return os.Remove(tmp.Name()) })()
	_, err = tmp.Write(make([]byte, 4096)) // a full disk has room for names
	return errors.Join(err, tmp.Close(), os.Remove(tmp.Name()))
}
