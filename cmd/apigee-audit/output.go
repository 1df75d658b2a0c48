package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// reportCopy is one --output: a report in a file.
type reportCopy struct{ format, file string }

// parseCopies reads FORMAT=FILE. That the folder exists is checked here, because an audit costs minutes and quota.
func parseCopies(outputs []string) ([]reportCopy, error) {
	var copies []reportCopy
	for _, o := range outputs {
		format, file, ok := strings.Cut(o, "=")
		if !ok || file == "" {
			return nil, usagef("output %q must be FORMAT=FILE, such as json=report.json", o)
		}
		if file == "-" {
			return nil, usagef("output %q: the report on stdout is chosen with --format", o)
		}
		if err := checkFormat(format); err != nil {
			return nil, err
		}
		folder := filepath.Dir(file)
		if info, err := os.Stat(folder); err != nil || !info.IsDir() {
			return nil, usagef("output %s: there is no folder %s", o, folder)
		}
		if info, err := os.Stat(file); err == nil && info.IsDir() {
			return nil, usagef("output %s: %s is a folder", o, file)
		}
		if slices.ContainsFunc(copies, func(c reportCopy) bool { return filepath.Clean(c.file) == filepath.Clean(file) }) {
			return nil, usagef("two outputs go to %s", file)
		}
		copies = append(copies, reportCopy{format, file})
	}
	return copies, nil
}

// writeFile writes a whole file or leaves what was there: to a temporary name beside it, then renamed. Only the owner may
// read it, because a report tells where an organization is weak.
func writeFile(name string, write func(io.Writer) error) error {
	var buf bytes.Buffer
	if err := write(&buf); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	target, err := filepath.EvalSymlinks(name) // the link stays, its target is replaced
	if errors.Is(err, fs.ErrNotExist) {
		target = name
	} else if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if info, err := os.Stat(target); err == nil && !info.Mode().IsRegular() {
		return writeDevice(target, buf.Bytes()) // /dev/stderr or a pipe must not be replaced by a file
	}
	tmp, err := os.CreateTemp(filepath.Dir(target), ".apigee-audit-*") // mode 0600
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	_, err = tmp.Write(buf.Bytes())
	err = errors.Join(err, tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), target)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, errors.Join(err, os.Remove(tmp.Name())))
	}
	return nil
}

func writeDevice(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}
