package html

import (
	"encoding/xml"
	"fmt"
	"strings"

	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
	"apigee-audit/report"
)

// Sizes of the chart, in SVG user units, which are pixels until the page scales it.
const (
	chartWidth  = 760
	chartLabels = 260 // left of the bars
	chartValues = 220 // right of the longest bar
	chartRow    = 24
	chartMost   = 12 // bars
)

// storedTokensChart draws the proxies of one organization that store most refresh tokens as an inline SVG: no script, no
// link, no style of its own, because the page's policy allows none: style.css has the colours. Proxies without a refresh flow
// have the class "bare", those whose tokens never end "endless" and a bar of full length. It is empty when nothing is issued.
func storedTokensChart(s finding.StoredTokens) string {
	var bars []finding.ProxyTokens
	var most int64
	for _, p := range s.Proxies {
		if p.Calls > 0 && len(bars) < chartMost {
			bars, most = append(bars, p), max(most, p.UpperBound)
		}
	}
	if len(bars) == 0 {
		return ""
	}
	var b strings.Builder
	height := len(bars)*chartRow + 8
	fmt.Fprintf(&b, `<svg class="stored-tokens" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="100%%" role="img" aria-label="%s">`,
		chartWidth, height, svgText("Stored refresh tokens at most, organization "+s.Organization))
	for i, p := range bars {
		drawBar(&b, i*chartRow+4, &p, most)
	}
	b.WriteString("</svg>")
	return b.String()
}

func drawBar(b *strings.Builder, y int, p *finding.ProxyTokens, most int64) {
	const room = chartWidth - chartLabels - chartValues
	width, value, class := room, "no limit", []string{}
	if !p.NeverExpires {
		// Floating point: the counts may be close to the largest integer.
		width, value = int(float64(p.UpperBound)/float64(max(most, 1))*room), text.Grouped(p.UpperBound)
	}
	if !p.Refreshed {
		class = append(class, "bare")
		value += ", never refreshed" // not everybody sees the colour
	}
	if p.NeverExpires {
		class = append(class, "endless")
	}
	fmt.Fprintf(b, `<g><title>%s</title><text x="%d" y="%d" text-anchor="end">%s</text>`,
		svgText(report.ProxyLine(p)), chartLabels-8, y+16, svgText(text.Clip(p.Name+" · "+p.Environment, 37)))
	fmt.Fprintf(b, `<rect class="%s" x="%d" y="%d" width="%d" height="%d"/>`, strings.Join(class, " "), chartLabels, y+2, max(width, 1), chartRow-6)
	fmt.Fprintf(b, `<text x="%d" y="%d">%s</text></g>`, chartLabels+max(width, 1)+6, y+16, svgText(value))
}

// svgText makes a text fit for an element or a quoted attribute, whatever a name holds.
func svgText(s string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		return ""
	}
	return b.String()
}
