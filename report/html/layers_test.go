package html

import (
	"encoding/xml"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
	"apigee-audit/report/picture"
)

// TestLayOut: no two boxes overlap, and every line goes from a column to one further to the right.
func TestLayOut(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 5))
		boxes := make([]box, 2+r.IntN(30))
		for i := range boxes {
			boxes[i].height = 40 + r.IntN(120)
		}
		var lines []line
		for range r.IntN(50) {
			if from, to := r.IntN(len(boxes)), r.IntN(len(boxes)); from != to {
				lines = append(lines, line{from: from, to: to, first: r.IntN(2) == 0, rows: 1 + r.IntN(2)})
			}
		}
		l := layOut(boxes, lines)
		for i, a := range l.boxes {
			if a.y < 0 || a.y+a.height > l.height && a.linked {
				t.Errorf("seed %d: a box stands outside: %+v of %d", seed, a, l.height)
			}
			for _, b := range l.boxes[i+1:] {
				if a.linked && b.linked && a.x == b.x && a.y < b.y+b.height && b.y < a.y+a.height {
					t.Errorf("seed %d: boxes overlap: %+v and %+v", seed, a, b)
				}
			}
		}
		for _, a := range l.lines {
			left, right := a.ends()
			if l.boxes[left].column >= l.boxes[right].column {
				t.Errorf("seed %d: a line leads from column %d to %d", seed, l.boxes[left].column, l.boxes[right].column)
			}
			if !slices.IsSortedFunc(a.points, func(p, q bend) int { return p.x - q.x }) {
				t.Errorf("seed %d: a line leads back: %v", seed, a.points)
			}
			for _, p := range []struct {
				at bend
				of box
			}{{a.points[0], l.boxes[left]}, {a.points[len(a.points)-1], l.boxes[right]}} {
				if p.at.y < p.of.y || p.at.y > p.of.y+p.of.height {
					t.Errorf("seed %d: a line ends at %v, and its box is %+v", seed, p.at, p.of)
				}
			}
		}
	}
}

// TestWhoRefreshesStandsRight: who refreshes for whom decides the columns, also where a refresher issues through the same shared flow.
func TestWhoRefreshesStandsRight(t *testing.T) {
	const app, flow, hub = 0, 1, 2
	l := layOut(make([]box, 3), []line{{from: app, to: flow}, {from: hub, to: flow}, {from: flow, to: hub, first: true}})
	if l.boxes[app].column != 0 || l.boxes[flow].column != 1 || l.boxes[hub].column != 2 || !l.lines[1].back || l.lines[2].back {
		t.Errorf("%+v %+v", l.boxes, l.lines)
	}
}

// TestLinesDoNotCrossForNothing: an order without crossings is found where there is one.
func TestLinesDoNotCrossForNothing(t *testing.T) {
	boxes := make([]box, 8)
	for i := range boxes {
		boxes[i].height = 40
	}
	l := layOut(boxes, []line{{from: 0, to: 7}, {from: 1, to: 6}, {from: 2, to: 5}, {from: 3, to: 4}})
	for _, a := range l.lines {
		if l.boxes[a.from].y != l.boxes[a.to].y {
			t.Errorf("a line from %d to %d is not straight", l.boxes[a.from].y, l.boxes[a.to].y)
		}
	}
}

// TestPictureIsWellFormed: names stay text, and links lead to findings of the page alone.
func TestPictureIsWellFormed(t *testing.T) {
	d := report.Sanitized(reporttest.Pictured())
	ids := newAnchors(nil)
	for i := range d.Findings {
		ids.finding(&d.Findings[i])
	}
	p := picture.New(d, mostDrawn())
	links, texts := 0, map[string]bool{}
	for i := range p.Parts {
		decoder := xml.NewDecoder(strings.NewReader(drawPart(&p.Parts[i], ids)))
		for {
			token, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			switch token := token.(type) {
			case xml.StartElement:
				if !slices.Contains([]string{"svg", "g", "title", "path", "rect", "text", "a"}, token.Name.Local) {
					t.Errorf("the picture has an element %s", token.Name.Local)
				}
				for _, a := range token.Attr {
					if strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "style" {
						t.Errorf("the picture has an attribute %s", a.Name.Local)
					}
					if a.Name.Local == "href" {
						links++
						if !slices.Contains([]string{"#" + ids.card(&d.Findings[0]), "#" + ids.card(&d.Findings[1]), "#" + ids.card(&d.Findings[2])}, a.Value) {
							t.Errorf("a link leads to %s", a.Value)
						}
					}
				}
			case xml.CharData:
				texts[string(token)] = true
			}
		}
	}
	if links == 0 {
		t.Error("no arrow leads to its finding")
	}
	for _, want := range []string{"RT101", "RT104 accepted: disabled", "Nothing refreshes them", `Refresh "]`, "end"} {
		if !texts[want] {
			t.Errorf("the picture does not say %q", want)
		}
	}
}

func TestCut(t *testing.T) {
	for _, tt := range []struct {
		s    string
		most int
		want string
	}{{"short", 5, "short"}, {"longer", 5, "long…"}, {"日本語", 6, "日本語"}, {"日本語", 5, "日…"}, {"", 3, ""}} {
		if got := cut(tt.s, tt.most); got != tt.want {
			t.Errorf("%q at %d: %q, want %q", tt.s, tt.most, got, tt.want)
		}
	}
}
