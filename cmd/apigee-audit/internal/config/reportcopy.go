package config

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// ReportCopy is one --output: a report in a file.
type ReportCopy struct{ Format, File string }

// ParseCopies reads FORMAT=FILE, for formats that are known. That the folder exists is checked here, because an audit costs minutes
// and quota.
func ParseCopies(outputs, known []string) ([]ReportCopy, error) {
	var copies []ReportCopy
	for i, o := range outputs {
		c, err := parseCopy(o, known)
		if err != nil {
			return nil, about(entry("output", i), err)
		}
		copies = append(copies, c)
	}
	return copies, nil
}

func parseCopy(o string, known []string) (c ReportCopy, err error) {
	format, file, ok := strings.Cut(o, "=")
	if !ok || file == "" {
		return c, fmt.Errorf("output %q must be FORMAT=FILE, such as json=report.json", o)
	}
	if file == "-" {
		return c, fmt.Errorf("output %q: use --format to write the report to stdout", o)
	}
	if err := CheckFormat(format, known); err != nil {
		return c, err
	}
	folder := filepath.Dir(file)
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return c, fmt.Errorf("output %s: folder %s does not exist", o, folder)
	}
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		return c, fmt.Errorf("output %s: %s is a folder", o, file)
	}
	return ReportCopy{format, file}, nil
}

// CheckFormat refuses what is not the name of a known format.
func CheckFormat(name string, known []string) error {
	if !slices.Contains(known, name) {
		return fmt.Errorf("unknown format %q%s (formats are %s)", name, DidYouMean(name, known), strings.Join(known, ", "))
	}
	return nil
}
