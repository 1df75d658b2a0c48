package cli

import (
	"bytes"
	"errors"
	"syscall"
	"testing"

	"apigee-audit/cmd/apigee-audit/internal/config"
)

func TestColored(t *testing.T) {
	tests := map[string]struct {
		width int
		env   []string
		off   bool
		want  bool
	}{
		"terminal":              {80, nil, false, true},
		"pipe":                  {0, nil, false, false},
		"terminal, --no-color":  {80, nil, true, false},
		"terminal, NO_COLOR":    {80, []string{"NO_COLOR=1"}, false, false},
		"terminal, no NO_COLOR": {80, []string{"NO_COLOR="}, false, true},
		"dumb terminal":         {80, []string{"TERM=dumb"}, false, false},
		"pipe, forced":          {0, []string{"FORCE_COLOR=1"}, false, true},
		"terminal, forced off":  {80, []string{"FORCE_COLOR=0"}, false, false},
		"forced, --no-color":    {0, []string{"FORCE_COLOR=1"}, true, false},
		"forced, NO_COLOR":      {0, []string{"FORCE_COLOR=1", "NO_COLOR=1"}, false, false},
	}
	for name, tt := range tests {
		a := &app{streams: streams{outWidth: tt.width}, env: config.NewEnvironment(tt.env)}
		if got := a.colored(tt.off); got != tt.want {
			t.Errorf("%s: colored is %v", name, got)
		}
	}
}

func TestAnimated(t *testing.T) {
	tests := map[string]struct {
		width int
		env   []string
		want  bool
	}{
		"terminal": {80, nil, true},
		"pipe":     {0, nil, false},
		"CI":       {80, []string{"CI=true"}, false},
		"dumb":     {80, []string{"TERM=dumb"}, false},
	}
	for name, tt := range tests {
		a := &app{streams: streams{errWidth: tt.width}, env: config.NewEnvironment(tt.env)}
		if got := a.animated(); got != tt.want {
			t.Errorf("%s: animated is %v", name, got)
		}
	}
}

func TestTableWidth(t *testing.T) {
	for _, tt := range []struct {
		width   int
		columns string
		want    int
	}{{80, "", 80}, {80, "120", 120}, {80, "wide", 80}, {80, "-1", 80}, {0, "120", 0}} {
		a := &app{streams: streams{outWidth: tt.width}, env: config.Environment{"COLUMNS": tt.columns}}
		if got := a.tableWidth(); got != tt.want {
			t.Errorf("terminal %d, COLUMNS %q: width is %d, want %d", tt.width, tt.columns, got, tt.want)
		}
	}
}

// brokenPipe is stdout after its reader went away.
type brokenPipe struct{ err error }

func (b brokenPipe) Write([]byte) (int, error) { return 0, b.err }

func TestClosedPipeEndsQuietly(t *testing.T) {
	var stderr bytes.Buffer
	if got := run(t.Context(), []string{"version"}, nil, streams{out: brokenPipe{syscall.EPIPE}, err: &stderr}); got != exitClean || stderr.Len() > 0 {
		t.Errorf("closed pipe: status %d, stderr %q", got, &stderr)
	}
	if got := run(t.Context(), []string{"version"}, nil, streams{out: brokenPipe{errors.New("disk full")}, err: &stderr}); got != exitFailed || stderr.Len() == 0 {
		t.Errorf("full disk: status %d, stderr %q", got, &stderr)
	}
}

func TestLinks(t *testing.T) {
	tests := map[string]struct {
		width int
		env   []string
		off   bool
		want  bool
	}{
		"unknown terminal":           {80, []string{"TERM=xterm-256color"}, false, false},
		"GNOME's terminal":           {80, []string{"VTE_VERSION=7600"}, false, true},
		"too old":                    {80, []string{"VTE_VERSION=4800"}, false, false},
		"Windows Terminal":           {80, []string{"WT_SESSION=1"}, false, true},
		"Visual Studio Code":         {80, []string{"TERM_PROGRAM=vscode"}, false, true},
		"macOS's terminal":           {80, []string{"TERM_PROGRAM=Apple_Terminal"}, false, false},
		"kitty":                      {80, []string{"TERM=xterm-kitty"}, false, true},
		"kitty, pipe":                {0, []string{"TERM=xterm-kitty"}, false, false},
		"kitty, pipe, colour forced": {0, []string{"TERM=xterm-kitty", "FORCE_COLOR=1"}, false, false},
		"kitty, CI":                  {80, []string{"TERM=xterm-kitty", "CI=true"}, false, false},
		"kitty, --no-color":          {80, []string{"TERM=xterm-kitty"}, true, false},
		"kitty, NO_COLOR":            {80, []string{"TERM=xterm-kitty", "NO_COLOR=1"}, false, false},
		"kitty, no colour":           {80, []string{"TERM=xterm-kitty", "FORCE_COLOR=0"}, false, false},
		"kitty, off":                 {80, []string{"TERM=xterm-kitty", "FORCE_HYPERLINK=0"}, false, false},
		"dumb":                       {80, []string{"TERM=dumb", "VTE_VERSION=7600"}, false, false},
		"forced":                     {80, []string{"FORCE_HYPERLINK=1"}, false, true},
		"forced, NO_COLOR":           {80, []string{"FORCE_HYPERLINK=1", "NO_COLOR=1"}, false, false},
	}
	for name, tt := range tests {
		a := &app{streams: streams{outWidth: tt.width}, env: config.NewEnvironment(tt.env)}
		if got := a.links(tt.off) != nil; got != tt.want {
			t.Errorf("%s: links are %v", name, got)
		}
	}
}
