package api

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/inventory"
)

// minuteQuota lets so many requests through in each minute of the clock, and refuses the others without a Retry-After.
type minuteQuota struct {
	granted int
	next    http.Handler

	mu       sync.Mutex
	minute   time.Time
	used     int
	answered int
	refused  int
}

// RoundTrip answers without a network, so that the clock of a test need not be the wall's.
func (q *minuteQuota) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(50 * time.Millisecond)
	q.mu.Lock()
	if minute := time.Now().Truncate(time.Minute); !minute.Equal(q.minute) {
		q.minute, q.used = minute, 0
	}
	q.used++
	spent := q.used > q.granted
	if spent {
		q.refused++
	} else {
		q.answered++
	}
	q.mu.Unlock()
	w := httptest.NewRecorder()
	if spent {
		http.Error(w, `{"error":{"code":429,"message":"Quota exceeded"}}`, http.StatusTooManyRequests)
	} else {
		q.next.ServeHTTP(w, r)
	}
	answer := w.Result()
	answer.Request = r
	return answer, nil
}

// TestQuotaOfAMinute audits 300 revisions against a quota of 120 requests a minute, on both platforms and from each part of
// a minute: it ends complete, and not much later than the quota makes it.
func TestQuotaOfAMinute(t *testing.T) {
	const revisions = 300
	var zip bytes.Buffer
	zip.Write(zipOf(t, map[string]string{"apiproxy/login.xml": "<APIProxy/>"}))
	deployments := func(entry string) string {
		all := make([]string, revisions)
		for i := range all {
			all[i] = fmt.Sprintf(entry, i)
		}
		return strings.Join(all, ",")
	}
	lists := map[bool]map[string]string{
		false: {
			"":             `{"name":"acme","environments":["prod"],"runtimeType":"CLOUD"}`,
			"/deployments": `{"deployments":[` + deployments(`{"environment":"prod","apiProxy":"p%d","revision":"1"}`) + `]}`,
		},
		true: {
			"/environments": `["prod"]`, "/sharedflows": `[]`,
			"/deployments": `{"name":"acme","environment":[{"name":"prod","aPIProxy":[` + deployments(`{"name":"p%d","revision":[{"name":"1","state":"deployed"}]}`) + `]}]}`,
		},
	}
	for _, edge := range []bool{false, true} {
		for _, second := range []int{0, 20, 40, 58} {
			t.Run(fmt.Sprintf("edge %v, from second %d", edge, second), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					time.Sleep(time.Duration(second) * time.Second)
					q := &minuteQuota{granted: 120, next: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						path := strings.TrimPrefix(r.URL.Path, "/v1/organizations/acme")
						switch {
						case strings.HasPrefix(path, "/apis/"):
							w.Write(zip.Bytes())
						case strings.Contains(path, "/flowhooks/"):
							fmt.Fprintf(w, `{"flowHookPoint":%q,"continueOnError":true}`, path[strings.LastIndexByte(path, '/')+1:])
						case r.URL.Query().Get("sharedFlows") == "true":
							io.WriteString(w, `{}`)
						default:
							io.WriteString(w, lists[edge][path])
						}
					})}
					var told []string
					o := Options{Organization: "acme", Base: q, Waiting: func(why string) { told = append(told, why) }, Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: testToken})}
					src := sourceOn(t, edge, o)
					start := time.Now()
					inv, err := inventory.Collect(context.Background(), src, inventory.CollectOptions{Concurrency: DefaultConcurrency},
						func(apigee.Revision, *bundle.Archive) {})
					if err != nil {
						t.Fatal(err)
					}
					if len(inv.Problems) > 0 || inv.Revisions != revisions {
						t.Errorf("%d of %d revisions, problems %+v", inv.Revisions, revisions, inv.Problems)
					}
					if took := time.Since(start); took > 4*time.Minute {
						t.Errorf("it took %v", took)
					}
					if q.refused > q.answered {
						t.Errorf("%d requests were refused, %d answered", q.refused, q.answered)
					}
					if len(told) < 2 || told[0] != whyRefused || told[1] != "" || told[len(told)-1] != "" {
						t.Errorf("told of waiting: %q", told)
					}
				})
			})
		}
	}
}

func sourceOn(t *testing.T, edge bool, o Options) inventory.Source {
	t.Helper()
	if edge {
		e, err := NewEdge(o)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
