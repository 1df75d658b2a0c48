// Package config holds what can be set, by flag, environment and configuration file, and judges it before anything is asked.
package config

import (
	"reflect"
	"slices"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/apigee/api"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
)

// Settings are the values of flags, environment and configuration file, merged but not yet judged, in groups. The tag is
// the name of the flag and of the key.
type Settings struct {
	Subject    `mapstructure:",squash"`
	WhatIf     `mapstructure:",squash"`
	Connection `mapstructure:",squash"`
	Report     `mapstructure:",squash"`
	Records    `mapstructure:",squash"`
	Filter     `mapstructure:",squash"`
	Verdict    `mapstructure:",squash"`
	Grading    `mapstructure:",squash"`
	Fixes      `mapstructure:",squash"`
	Downloads  `mapstructure:",squash"`
	Terminal   `mapstructure:",squash"`
}

// Subject is what to audit, and what of it to report.
type Subject struct {
	Org      []string `mapstructure:"org"`
	AllOrgs  bool     `mapstructure:"all-orgs"`
	Shard    string   `mapstructure:"shard"`
	Env      []string `mapstructure:"env"`
	Proxy    []string `mapstructure:"proxy"`
	Demo     bool     `mapstructure:"demo"`
	Platform string   `mapstructure:"platform"`
}

// WhatIf is what would be deployed.
type WhatIf struct {
	With    changeList `mapstructure:"with"`
	Without changeList `mapstructure:"without"`
	Hook    changeList `mapstructure:"hook"`
}

// Connection is which server to ask, and as which account.
type Connection struct {
	Endpoint    string `mapstructure:"endpoint"`
	Location    string `mapstructure:"location"`
	LoginURL    string `mapstructure:"login-url"`
	TokenFile   string `mapstructure:"token-file"`
	Credentials string `mapstructure:"credentials"`
	Impersonate string `mapstructure:"impersonate"`
}

// Report is what to write, and where.
type Report struct {
	Format    string   `mapstructure:"format"`
	Output    []string `mapstructure:"output"`
	Explain   string   `mapstructure:"explain"`
	SARIFPath string   `mapstructure:"sarif-path"`
}

// Records are what to read in addition to bundles.
type Records struct {
	Traffic    string `mapstructure:"traffic"`
	Reach      bool   `mapstructure:"reach"`
	Apps       bool   `mapstructure:"apps"`
	DebugMasks bool   `mapstructure:"debug-masks"`
}

// Filter is which findings to report.
type Filter struct {
	Rule          []string `mapstructure:"rule"`
	MinSeverity   string   `mapstructure:"min-severity"`
	MinConfidence string   `mapstructure:"min-confidence"`
	Status        []string `mapstructure:"status"`
}

// Verdict is what decides the exit status.
type Verdict struct {
	FailOn       string `mapstructure:"fail-on"`
	AllowPartial bool   `mapstructure:"allow-partial"`
}

// Grading is the standard by which rules judge, and which findings are accepted.
type Grading struct {
	Profile            string               `mapstructure:"profile"`
	MaxRefreshLifetime time.Duration        `mapstructure:"max-refresh-lifetime"`
	Severities         []severitySetting    `mapstructure:"severities"`
	Baseline           string               `mapstructure:"baseline"`
	Suppressions       []suppressionSetting `mapstructure:"suppressions"`
	IgnoreComments     bool                 `mapstructure:"ignore-comments"`
}

// Fixes are how findings are mended.
type Fixes struct {
	Prefer          string        `mapstructure:"prefer"`
	RefreshLifetime time.Duration `mapstructure:"refresh-lifetime"`
}

// Downloads are how fast to download, for how long, and what to keep.
type Downloads struct {
	Concurrency    int           `mapstructure:"concurrency"`
	Rate           int           `mapstructure:"rate"`
	Timeout        time.Duration `mapstructure:"timeout"`
	RequestTimeout time.Duration `mapstructure:"request-timeout"`
	CacheDir       string        `mapstructure:"cache-dir"`
	NoCache        bool          `mapstructure:"no-cache"`
	CacheMaxAge    time.Duration `mapstructure:"cache-max-age"`
	CacheMaxSize   Size          `mapstructure:"cache-max-size"`
}

// Terminal is what people see while the program runs.
type Terminal struct {
	Details    bool   `mapstructure:"details"`
	Verbose    bool   `mapstructure:"verbose"`
	LogLevel   string `mapstructure:"log-level"`
	LogFormat  string `mapstructure:"log-format"`
	Quiet      bool   `mapstructure:"quiet"`
	NoColor    bool   `mapstructure:"no-color"`
	NoProgress bool   `mapstructure:"no-progress"`
}

// Defaults are used where nothing else is set.
func Defaults() Settings {
	return Settings{
		Subject: Subject{Platform: string(apigee.PlatformX)},
		Report:  Report{Format: "table", SARIFPath: report.DefaultPath},
		Filter:  Filter{MinSeverity: "info", MinConfidence: "low"},
		Verdict: Verdict{FailOn: "low"},
		Grading: Grading{Profile: finding.DefaultSettings().Profile, MaxRefreshLifetime: finding.DefaultSettings().MaxRefreshLifetime},
		Fixes:   Fixes{Prefer: preferRefresh},
		Downloads: Downloads{
			Concurrency: api.DefaultConcurrency, Rate: api.DefaultRate, RequestTimeout: api.DefaultRequestTimeout,
			CacheMaxAge: 90 * 24 * time.Hour,
		},
		Terminal: Terminal{LogLevel: logInfo, LogFormat: logText},
	}
}

// each goes over the settings by key, in the order of the groups.
func (s Settings) each(yield func(key string, value reflect.Value) bool) {
	v := reflect.ValueOf(s)
	for _, f := range reflect.VisibleFields(v.Type()) {
		if !f.Anonymous && !yield(f.Tag.Get("mapstructure"), v.FieldByIndex(f.Index)) {
			return
		}
	}
}

// changed picks the keys whose values are not the default, sorted.
func (s Settings) changed(keys []string) []string {
	standard := map[string]any{}
	for key, value := range Defaults().each {
		standard[key] = value.Interface()
	}
	var all []string
	for key, value := range s.each {
		empty := value.Kind() == reflect.Slice && value.Len() == 0
		if slices.Contains(keys, key) && !empty && !reflect.DeepEqual(value.Interface(), standard[key]) {
			all = append(all, key)
		}
	}
	slices.Sort(all)
	return all
}
