package sarif

import (
	"compress/gzip"
	"fmt"

	"apigee-audit/report"
)

// What GitHub code scanning takes of a SARIF file.
// Source: docs.github.com/code-security/code-scanning/troubleshooting-sarif/results-exceed-limit and /file-too-large.
const (
	githubRuns       = 20
	githubResults    = 25_000     // more are refused
	githubShown      = 5_000      // the most severe are kept
	githubCompressed = 10_000_000 // bytes, gzipped
)

// Excess says what GitHub would leave out or refuse of a document written as SARIF, and what to do about it.
func Excess(d *report.Document, sarif []byte) []string {
	var out []string
	orgs := d.Parts()
	if n := len(orgs); n > githubRuns {
		out = append(out, fmt.Sprintf("the SARIF report has %d runs, one for each organization, and GitHub refuses more than %d: write several reports, each on some of the organizations", n, githubRuns))
	}
	results := map[string]int{}
	for _, f := range d.Findings {
		results[f.Organization]++
	}
	for _, o := range orgs {
		switch n := results[o.Name]; {
		case n > githubResults:
			out = append(out, fmt.Sprintf("the SARIF report has %d results for organization %s, and GitHub refuses more than %d: raise --min-severity or --min-confidence", n, o.Name, githubResults))
		case n > githubShown:
			out = append(out, fmt.Sprintf("the SARIF report has %d results for organization %s, and GitHub keeps the %d most severe: raise --min-severity or --min-confidence", n, o.Name, githubShown))
		}
	}
	if n := compressed(sarif); n > githubCompressed {
		out = append(out, fmt.Sprintf("the SARIF report is %.1f MB compressed, and GitHub refuses more than %d MB: raise --min-severity or narrow with --proxy", float64(n)/1e6, githubCompressed/1_000_000))
	}
	return out
}

// compressed is how many bytes the upload will have.
func compressed(data []byte) int {
	if len(data) <= githubCompressed {
		return len(data) // no need to know how much less
	}
	var n countingWriter
	z := gzip.NewWriter(&n)
	if _, err := z.Write(data); err != nil || z.Close() != nil {
		return len(data)
	}
	return int(n)
}

type countingWriter int

func (c *countingWriter) Write(p []byte) (int, error) {
	*c += countingWriter(len(p))
	return len(p), nil
}
