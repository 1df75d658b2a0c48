package config

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"apigee-audit/report/format"
)

// ReportCopy is one --output: a report in a file.
type ReportCopy struct{ Format, File string }

// parseCopies reads FORMAT=FILE. That the folder exists is checked here, because an audit costs minutes and quota.
func parseCopies(outputs []string) ([]ReportCopy, error) {
	var copies []ReportCopy
	for _, o := range outputs {
		format, file, ok := strings.Cut(o, "=")
		if !ok || file == "" {
			return nil, fmt.Errorf("output %q must be FORMAT=FILE, such as json=report.json", o)
		}
		if file == "-" {
			return nil, fmt.Errorf("output %q: use --format to write the report to stdout", o)
		}
		if err := CheckFormat(format); err != nil {
			return nil, err
		}
		folder := filepath.Dir(file)
		if info, err := os.Stat(folder); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("output %s: folder %s does not exist", o, folder)
		}
		if info, err := os.Stat(file); err == nil && info.IsDir() {
			return nil, fmt.Errorf("output %s: %s is a folder", o, file)
		}
		copies = append(copies, ReportCopy{format, file})
	}
	return copies, nil
}

// CheckFormat refuses what is not the name of a report's format.
func CheckFormat(name string) error {
	if known := format.Formats(); !slices.Contains(known, name) {
		return fmt.Errorf("unknown format %q%s (formats are %s)", name, DidYouMean(name, known), strings.Join(known, ", "))
	}
	return nil
}
