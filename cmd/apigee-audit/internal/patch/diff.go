package patch

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"apigee-audit/audit/fix"
)

// Diff is what changes in the copies of a bundle, as git apply takes it in the working directory.
func Diff(copies []Copy) (string, error) {
	here, err := os.Getwd()
	if err == nil {
		here, err = filepath.EvalSymlinks(here)
	}
	if err != nil {
		return "", fmt.Errorf("find the working directory: %w", err)
	}
	var out strings.Builder
	for i := range copies {
		c := &copies[i]
		for _, f := range c.files {
			if !within(here, c.path(f)) {
				return "", fmt.Errorf("%s lies outside the working directory, where git apply does not reach it", f.shown)
			}
			name, err := filepath.Rel(here, c.path(f))
			if err != nil {
				return "", err
			}
			out.WriteString(unified(filepath.ToSlash(name), f.before, f.after))
		}
	}
	return out.String(), nil
}

// unified is the diff of one file, in its own bytes: whatever the encoding, git apply takes lines for what lies between line feeds.
func unified(name string, before, after []byte) string {
	old := name
	if before == nil {
		old = ""
	}
	return fix.Unified(old, name, string(before), string(after))
}
