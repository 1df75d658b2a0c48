package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"apigee-audit/cmd/apigee-audit/internal/config"
)

// stderrLog is how stderr is written: as lines for people among which log lines may stand, or as one JSON record per line.
type stderrLog struct {
	config.Logging
	logger *slog.Logger
}

// newStderrLog writes to w. Every JSON record holds the ID of the run, because several runs may write to one place.
func newStderrLog(w io.Writer, l config.Logging, run string) *stderrLog {
	if l.JSON {
		h := slog.NewJSONHandler(w, &slog.HandlerOptions{Level: l.Level, ReplaceAttr: cloudNames})
		return &stderrLog{l, slog.New(h).With("run", run)}
	}
	return &stderrLog{l, slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: l.Level}))}
}

// plain reports whether only lines about how things go are written, which a progress bar can stand for. Log lines would tear it
// apart.
func (l *stderrLog) plain() bool { return !l.JSON && l.Level == slog.LevelInfo }

// cloudNames gives the fields of a record the names and values that Cloud Logging reads: severity (which has no WARN), message
// and time, from the stderr of Cloud Run and of GKE.
// Source: cloud.google.com/logging/docs/structured-logging.
func cloudNames(groups []string, a slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return a
	}
	switch a.Key {
	case slog.LevelKey:
		a.Key = "severity"
		if level, ok := a.Value.Any().(slog.Level); ok && level == slog.LevelWarn {
			a.Value = slog.StringValue("WARNING")
		}
	case slog.MessageKey:
		a.Key = "message"
	}
	if a.Value.Kind() == slog.KindDuration {
		a.Value = slog.StringValue(a.Value.Duration().String())
	}
	return a
}

// startLog decides from here on what is written to stderr, and how.
func (a *app) startLog(l config.Logging) { a.log.Store(newStderrLog(a.err, l, a.runID)) }

// logger is for log records of those who do the work.
func (a *app) logger() *slog.Logger { return a.log.Load().logger }

// requestLogger logs requests whatever the level.
func (a *app) requestLogger() *slog.Logger {
	l := a.log.Load().Logging
	l.Level = slog.LevelDebug
	return newStderrLog(a.err, l, a.runID).logger
}

// say writes one line to stderr about how things go, such as progress. What it is made of may come from outside: names, answers,
// errors that quote them.
func (a *app) say(format string, args ...any) { a.write(slog.LevelInfo, nil, format, args...) }

// sayAbout is [app.say] with fields for JSON records.
func (a *app) sayAbout(fields []slog.Attr, format string, args ...any) {
	a.write(slog.LevelInfo, fields, format, args...)
}

// sayWarning writes one line to stderr about what somebody should look at.
func (a *app) sayWarning(format string, args ...any) {
	a.write(slog.LevelWarn, nil, format, args...)
}

// sayError writes one line to stderr about what has failed.
func (a *app) sayError(format string, args ...any) { a.write(slog.LevelError, nil, format, args...) }

// write is the one way to stderr. People see by how a line begins what it is; a JSON record has a severity for that.
func (a *app) write(level slog.Level, fields []slog.Attr, format string, args ...any) {
	l := a.log.Load()
	switch {
	case level < l.Level:
	case l.JSON:
		message := sentence(format, args...)
		l.logger.LogAttrs(context.Background(), level, strings.TrimSpace(message), fields...)
	default:
		lead := ""
		switch level {
		case slog.LevelWarn:
			lead = "warning: "
		case slog.LevelError:
			lead = toolName + ": "
		}
		fmt.Fprintln(a.err, lead+sentence(format, args...))
	}
}

// ofOrganization is the field of a record about one organization.
func ofOrganization(name string) slog.Attr { return slog.String("organization", name) }

// sayFinished ends the records of a run that has settings, with its exit status: whoever watches a job looks for it.
func (a *app) sayFinished(status int) {
	if !a.log.Load().JSON || !a.ends {
		return
	}
	a.sayAbout([]slog.Attr{slog.Int("exitStatus", status), slog.Duration("duration", time.Since(a.started).Round(time.Millisecond))}, "finished with exit status %d", status)
}
