package config

import (
	"fmt"
	"log/slog"
	"strings"

	"github.com/spf13/pflag"
)

// The values of log-level and log-format.
const (
	logError, logWarn, logInfo, logDebug = "error", "warn", "info", "debug"
	logText, logJSON                     = "text", "json"
)

func logLevels() []string { return []string{logError, logWarn, logInfo, logDebug} }

// Logging is what is written to stderr, and how.
type Logging struct {
	Level slog.Level
	JSON  bool // a record per line
}

// Logging judges how to write to stderr. Where an error says that the level is wrong, the format holds all the same.
func (l *Loaded) Logging() (Logging, error) {
	level := l.LogLevel
	if l.Verbose && l.origins.of("log-level") != "--log-level" && (l.origins.flagged("verbose") || !l.origins.set("log-level")) {
		level = logInfo
	}
	return parseLogging(level, l.LogFormat, l.origins.locate)
}

// parseLogging reads the two values; locate says where one that is wrong was set.
func parseLogging(level, format string, locate func(error) error) (Logging, error) {
	asked := Logging{JSON: strings.EqualFold(format, logJSON)}
	switch {
	case !asked.JSON && !strings.EqualFold(format, logText):
		return asked, locate(about("log-format", fmt.Errorf("unknown log format %q: use %s or %s", format, logText, logJSON)))
	case strings.EqualFold(level, logError):
		asked.Level = slog.LevelError
	case strings.EqualFold(level, logWarn):
		asked.Level = slog.LevelWarn
	case strings.EqualFold(level, logInfo):
		asked.Level = slog.LevelInfo
	case strings.EqualFold(level, logDebug):
		asked.Level = slog.LevelDebug
	default:
		return asked, locate(about("log-level", fmt.Errorf("unknown log level %q: use %s, %s, %s or %s", level, logError, logWarn, logInfo, logDebug)))
	}
	return asked, nil
}

// EarlyLogging is how a command line and the environment want stderr written, for what is said before all settings have been
// read: a mistake in them must be a record as well. What is wrong here is said when the settings are judged.
func EarlyLogging(env Environment, args []string) Logging {
	d := Defaults()
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.ParseErrorsAllowlist.UnknownFlags = true
	format := flags.String("log-format", d.LogFormat, "")
	flags.BoolP("help", "h", false, "") // else asking for help is an error
	_ = flags.Parse(args)
	if text := env[EnvName("log-format")]; text != "" && !flags.Changed("log-format") {
		*format = text
	}
	asked, _ := parseLogging(d.LogLevel, *format, func(err error) error { return err })
	return asked
}
