package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/apigee/api"
	"apigee-audit/apigee/auth"
)

func plainly(err error) string { return err.Error() }

func TestReportIsAsBadAsItsWorstCheck(t *testing.T) {
	for _, test := range []struct {
		states []State
		want   State
		says   string
	}{
		{nil, OK, "0 checks, nothing failed"},
		{[]State{OK, Skipped}, OK, "2 checks, nothing failed. An audit can start."},
		{[]State{OK, Warning, OK}, Warning, "3 checks: 1 warning, nothing failed. An audit can start."},
		{[]State{Failed, Warning, Skipped}, Failed, "3 checks: 1 failed, 1 skipped, 1 warning. An audit would fail or be incomplete."},
	} {
		var checks []Check
		for _, s := range test.states {
			checks = append(checks, Check{Name: "x", State: s})
		}
		r := NewReport("tool", "version", checks)
		if r.State != test.want || !strings.HasPrefix(r.Summary(), test.says) {
			t.Errorf("%v: %s, %q", test.states, r.State, r.Summary())
		}
	}
}

func TestReportIsHarmless(t *testing.T) {
	r := NewReport("tool", "version", []Check{{Organization: "a\x1b", Name: "b\u202e", Text: "##[c]", Advice: "d\n"}})
	want := Check{Organization: `a\x1b`, Name: `b\u202e`, Text: `#\x23[c]`, Advice: `d\n`}
	if r.Checks[0] != want {
		t.Errorf("%+v", r.Checks[0])
	}
}

func TestNetworkChecks(t *testing.T) {
	const endpoint = "https://apigee.googleapis.com"
	way := &url.URL{Scheme: "http", Host: "proxy:3128"}
	for name, test := range map[string]struct {
		reached api.Reached
		err     error
		setting ProxySetting
		states  [3]State // proxy, endpoint, clock
		says    string
	}{
		"directly":        {api.Reached{Dated: true}, nil, ProxySetting{"HTTPS_PROXY", ""}, [3]State{OK, OK, OK}, "none for " + endpoint},
		"through a proxy": {api.Reached{Proxy: way, Dated: true}, nil, ProxySetting{"https_proxy", "me:hunter2@proxy:3128"}, [3]State{OK, OK, OK}, "http://proxy:3128 for " + endpoint + ", from https_proxy"},
		"past a proxy":    {api.Reached{Dated: true}, nil, ProxySetting{"HTTPS_PROXY", "proxy:3128"}, [3]State{OK, OK, OK}, "although HTTPS_PROXY is set"},
		"no proxy":        {api.Reached{Dated: true}, nil, ProxySetting{"HTTPS_PROXY", "http://me%zz:hunter2@proxy"}, [3]State{Warning, OK, OK}, "is no URL"},
		"not reached":     {api.Reached{}, errors.New("refused"), ProxySetting{}, [3]State{OK, Failed, Skipped}, "cannot be reached: refused"},
		"no date":         {api.Reached{}, nil, ProxySetting{}, [3]State{OK, OK, Skipped}, "no answer with a date"},
		"a little ahead":  {api.Reached{Dated: true, Ahead: 59 * time.Second}, nil, ProxySetting{}, [3]State{OK, OK, OK}, "less than a minute"},
		"ahead":           {api.Reached{Dated: true, Ahead: 61 * time.Second}, nil, ProxySetting{}, [3]State{OK, OK, Warning}, "1m1s ahead of the server's"},
		"behind":          {api.Reached{Dated: true, Ahead: -time.Hour}, nil, ProxySetting{}, [3]State{OK, OK, Warning}, "1h0m0s behind the server's"},
	} {
		t.Run(name, func(t *testing.T) {
			test.reached.Endpoint = endpoint
			checks := Network(test.reached, test.err, test.setting, plainly)
			for i, c := range checks {
				if c.State != test.states[i] {
					t.Errorf("%+v", c)
				}
			}
			if said := fmt.Sprint(checks); !strings.Contains(said, test.says) || strings.Contains(said, "hunter2") {
				t.Errorf("%s", said)
			}
		})
	}
}

func TestOrganizationChecks(t *testing.T) {
	trials := api.Trials{Endpoint: "https://eu-apigee.googleapis.com", Lists: 2, Listed: true, Calls: []api.Trial{
		{Name: "organization", Found: "no environments"}, {Name: "proxy deployments", Found: "none"},
		{Name: "environment", Err: errors.New("no"), Spare: true}, {Name: "analytics", Err: fmt.Errorf("read: %w", context.Canceled)},
	}}
	checks := Organization("acme", apigee.PlatformX, trials, func(error) string { return "interrupted" })
	var got []string
	for _, c := range checks {
		if c.Organization != "acme" {
			t.Errorf("%+v", c)
		}
		got = append(got, c.Name+" "+string(c.State)+": "+c.Text)
	}
	want := []string{
		"organization ok: no environments, at https://eu-apigee.googleapis.com", "proxy deployments ok: none", "deployments failed: no deployment is visible",
		"environment warning: no", "analytics failed: interrupted",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%q", got)
	}
}

func TestExplain(t *testing.T) {
	for name, err := range map[string]error{
		"no credentials": &auth.MissingError{Why: "why", Advice: "advice"}, "advised": fmt.Errorf("x: %w", &AdvisedError{"why", "advice"}),
	} {
		if text, advice := Explain(err, plainly); text != "why" || advice != "advice" {
			t.Errorf("%s: %q, %q", name, text, advice)
		}
	}
}
