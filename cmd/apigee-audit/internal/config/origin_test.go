package config

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestMistakesSayWhereTheyWereMade puts the same mistake into file, environment and command line.
func TestMistakesSayWhereTheyWereMade(t *testing.T) {
	tests := map[string]struct {
		file    string
		environ []string
		args    []string
		want    string
	}{
		"severity in the file": {file: "org: [a]\nfail-on: hihg\n", want: `c.yaml:2: fail-on: unknown severity "hihg": use high, medium, low or info, or none`},
		"severity in a variable": {file: "fail-on: high\n", environ: []string{"APIGEE_AUDIT_FAIL_ON=hihg"},
			want: `APIGEE_AUDIT_FAIL_ON: unknown severity "hihg": use high, medium, low or info, or none`},
		"severity in a flag": {file: "fail-on: x\n", environ: []string{"APIGEE_AUDIT_FAIL_ON=y"}, args: []string{"--fail-on", "hihg"},
			want: `--fail-on: unknown severity "hihg": use high, medium, low or info, or none`},

		"number in the file":   {file: "\n\nrate: 0\n", want: "c.yaml:3: rate must be at least 1 request per minute, not 0"},
		"number in a variable": {environ: []string{"APIGEE_AUDIT_CONCURRENCY=300"}, want: "APIGEE_AUDIT_CONCURRENCY must be between 1 and 256, not 300"},
		"number in a flag":     {args: []string{"--concurrency=0"}, want: "--concurrency must be between 1 and 256, not 0"},

		"entry of a list": {file: "rule:\n  - RT101\n  - RT999\n", want: `c.yaml:3: unknown rule "RT999"; did you mean "RT109"? (` + "`apigee-audit rules` lists them all)"},
		"entry of a list in a variable": {environ: []string{"APIGEE_AUDIT_PROXY=a,[b"},
			want: `APIGEE_AUDIT_PROXY: "[b" is not a valid pattern, use *, ? and [a-z]`},
		"entry by an alias":    {file: "env: &e\n  - '['\nproxy: *e\n", want: `c.yaml:2: env: "[" is not a valid pattern, use *, ? and [a-z]`},
		"list written in one":  {file: "env: 'a,['\n", want: `c.yaml:1: env: "[" is not a valid pattern, use *, ? and [a-z]`},
		"text in a list":       {file: "org:\n  - a\n  - [b]\n", want: "c.yaml:3: org must be a text, not a list"},
		"number in a list":     {file: "org: [5]\n", want: "c.yaml:1: org must be a text: put 5 between quotation marks"},
		"field of an entry":    {file: "suppressions:\n  - rule: RT101\n    reason: x\n    expires: soon\n", want: `c.yaml:4: suppression 1 (RT101): expires: "soon" is not a valid date, use YYYY-MM-DD`},
		"missing field":        {file: "suppressions:\n  - {rule: RT101, reason: x, expires: 2030-01-01}\n  - rule: RT106\n    reason: x\n", want: "c.yaml:3: suppression 2 (RT106): expires is missing: say until when the finding is accepted, such as expires: 2027-01-31"},
		"kind of a field":      {file: "suppressions:\n  - rule: RT101\n    reason: 5\n", want: "c.yaml:3: suppressions must be a text: put 5 between quotation marks"},
		"severity of a rule":   {file: "severities:\n  - rule: RT101\n    severity: hihg\n", want: `c.yaml:3: severity 1 (RT101): unknown severity "hihg": use high, medium, low or info`},
		"text in place of one": {file: "severities: high\n", want: "c.yaml:1: severities is a list; start each entry with a dash"},
		"not YAML":             {file: "org: [a]\nrate: [5\nx: y\n", want: "c.yaml: not valid YAML near line 1: did not find expected ',' or ']'"},

		"format":    {file: "format: jsno\n", want: `c.yaml:1: unknown format "jsno"; did you mean "json"?`},
		"output":    {file: "output:\n  - json=a.json\n  - jsno=b.json\n", want: `c.yaml:3: unknown format "jsno"; did you mean "json"?`},
		"window":    {environ: []string{"APIGEE_AUDIT_TRAFFIC=30"}, want: `APIGEE_AUDIT_TRAFFIC: "30" is not a valid window of time`},
		"endpoint":  {file: "endpoint: ftp://x\n", want: "c.yaml:1: the endpoint is not an http(s) URL"},
		"location":  {environ: []string{"APIGEE_AUDIT_LOCATION=E U"}, want: `APIGEE_AUDIT_LOCATION: "E U" is not a location`},
		"duration":  {file: "timeout: 5 minutes\n", want: `c.yaml:1: timeout must be a duration with a unit, such as 30s, 10m, 12h, 30d or 2w, not "5 minutes"`},
		"lifetime":  {environ: []string{"APIGEE_AUDIT_MAX_REFRESH_LIFETIME=0s"}, want: "APIGEE_AUDIT_MAX_REFRESH_LIFETIME must be greater than 0, such as 30d"},
		"what-if":   {file: "without: [x]\n", want: `c.yaml:1: --without "x" is not NAME=ENV`},
		"by itself": {args: []string{"--without", "x"}, want: `--without "x" is not NAME=ENV`},
		"share":     {environ: []string{"APIGEE_AUDIT_SHARD=5/4"}, want: `APIGEE_AUDIT_SHARD: shard "5/4" must be I/N`},

		"two from two places": {file: "token-file: t\n", environ: []string{"APIGEE_AUDIT_CREDENTIALS=c"},
			want: "use --token-file or --credentials, not both (token-file is set by c.yaml:1 and credentials is set by APIGEE_AUDIT_CREDENTIALS)"},
		"two from the command line": {args: []string{"--token-file=t", "--credentials=c"}, want: "use --token-file or --credentials, not both"},
		"endpoint and location": {file: "endpoint: https://x\n", args: []string{"--location=eu"},
			want: "use --endpoint or --location, not both: a location is only a name for its endpoint (endpoint is set by c.yaml:1 and location is set by --location)"},
		"lifetimes": {file: "refresh-lifetime: 60d\n", want: "refresh-lifetime (60d) must not be longer than max-refresh-lifetime (30d), above which lifetimes are reported (refresh-lifetime is set by c.yaml:1)"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l, err := loadAll(t, tt.file, tt.environ, append(tt.args, "--demo"))
			if err == nil {
				_, err = l.Scan(nil, NewEnvironment(tt.environ))
			}
			if err == nil || len(err.Error()) < len(tt.want) || err.Error()[:len(tt.want)] != tt.want {
				t.Errorf("error is\n  %v\nwant it to begin with\n  %s", err, tt.want)
			}
		})
	}
}

// TestEveryMistakeHasAnOrigin sets every key to something useless, and expects every error to begin with the line.
func TestEveryMistakeHasAnOrigin(t *testing.T) {
	refused := 0
	for _, key := range fileKeys() {
		for _, value := range []string{"no such thing", "-1", "[[]]", "{a: b}", "0", "'['", "[{rule: x}]"} {
			l, err := loadAll(t, "# first\n"+key+": "+value+"\n", nil, nil)
			if err == nil {
				err = l.Check()
			}
			if err == nil {
				continue
			}
			refused++
			if want := "c.yaml:2: "; len(err.Error()) < len(want) || err.Error()[:len(want)] != want {
				t.Errorf("%s: %s: error is %q, want it to begin with %q", key, value, err, want)
			}
		}
	}
	if refused < 100 {
		t.Errorf("only %d values were refused", refused)
	}
}

func TestDurations(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"0": 0, "0s": 0, "30d": 30 * day, "2w": 14 * day, "1w1d12h": 8*day + 12*time.Hour, "720h": 30 * day, "1.5h": 90 * time.Minute, "-5s": -5 * time.Second, "106751d": 106751 * day,
	} {
		got, err := ParseDuration(text)
		if err != nil || got != want {
			t.Errorf("%q is %v, %v; want %v", text, got, err, want)
		}
		again, err := ParseDuration(formatDuration(got))
		if err != nil || again != got {
			t.Errorf("%q is written %q and read as %v, %v", text, formatDuration(got), again, err)
		}
	}
	for _, text := range []string{"", "30", "d", "30 d", "1h1d", "1.5d", "1d-5h", "106752d", "999999999w", "-1d", "9999999999d", "106751d24h", "1y"} {
		if got, err := ParseDuration(text); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
	for d, want := range map[time.Duration]string{30 * day: "30d", 36 * time.Hour: "36h", 90 * time.Minute: "1h30m", 30 * time.Second: "30s", 0: "0s", time.Hour + time.Second: "1h0m1s", 10 * time.Minute: "10m"} {
		if diff := cmp.Diff(want, formatDuration(d)); diff != "" {
			t.Error(diff)
		}
	}
}
