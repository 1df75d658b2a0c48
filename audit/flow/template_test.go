package flow

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestReferences(t *testing.T) {
	for _, c := range []struct {
		text string
		want string // the variables that get into the text, with the paths that select tokens
	}{
		{"plain", ""},
		{"{a}", "a"},
		{"x {a.b-c_d} y { e } {}", "a.b-c_d e"},
		{"{a", ""},
		{"{a b}", ""},
		{`{"rt":"{a}"}`, "a"},
		{`{"a":{"b":"{toUpperCase(c)}"}}`, "c"},
		{"{encodeBase64(a)}{substring(b, 0, 8)}{escapeJSON(c)}{firstnonnull(d,e)}", "a b c d e"},
		{"{sha256Hex(a)}{sha1Base64(a)}{md5Hex(a)}{hmacSha256(k,a)}{sha512Hex(toLowerCase(a))}", ""},
		{"{encodeBase64(sha384Hex(a))}{concat(sha256Hex(a), b)}", "b"},
		{"{timeFormatUTCMs('yyyy', system.timestamp)}{createUuid()}{randomLong(5)}", ""},
		{"{replaceAll(a,'refresh_token','x')}", "a"},
		{"{jsonPath($.refresh_token,response.content)}", "response.content$.refresh_token"},
		{"{jsonPath('$.refresh_token', response.content, true)}", "response.content$.refresh_token"},
		{`{jsonPath($['refresh_token'],a)}`, "a$['refresh_token']"},
		{"{jsonPath($..refresh_token,a)}", "a$..refresh_token"},
		{"{jsonPath($.tokens[?(@.type=='x, y')].refresh_token,a)}", "a$.tokens[?(@.type=='x, y')].refresh_token"},
		{"{jsonPath($.access_token,a)}{jsonPath($.refresh_token_expires_in,a)}", ""},
		{"{jsonPath($,a)}{jsonPath($.*,b)}{jsonPath($..*,c)}", "a b c"},
		{"{jsonPath(path,a)}", "path a"},
		{"{xPath('//refresh_token/text()', a)}", "a//refresh_token/text()"},
		{"{xPath('//access_token', a)}", ""},
		{"{sha256Hex(jsonPath($.refresh_token,a))}", ""},
		{"{encodeBase64(jsonPath($.refresh_token,a))}", "a$.refresh_token"},
		{"{" + strings.Repeat("f(", 100) + "a" + strings.Repeat(")", 100) + "}", ""},
	} {
		var got []string
		for _, taken := range allTaken(references(c.text, "{", "}")) {
			got = append(got, taken.Variable+taken.Field)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s takes %q, want %q", c.text, got, c.want)
		}
	}
	var refs []reference
	for ref := range references("%a# {b} %sha256Hex(c)#", "%", "#") {
		ref.taken = slices.Clone(ref.taken)
		refs = append(refs, ref)
	}
	if len(refs) != 2 || refs[0].taken[0].Variable != "a" || len(refs[1].taken) > 0 {
		t.Errorf("other delimiters give %v", refs)
	}
}

// TestReferencesGrowLinearly holds that what is opened and never closed is not read over and over: 64 times as much of it would
// take 4096 times as long. The bound is far from both, as a busy machine takes longer too.
func TestReferencesGrowLinearly(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine does it all, of which the race detector learns nothing")
	}
	fastest := func(text string) time.Duration {
		best := time.Duration(math.MaxInt64)
		for range 3 {
			start := time.Now()
			for range references(text, "{", "}") {
			}
			best = min(best, time.Since(start))
		}
		return best
	}
	for _, part := range []string{"{a($", "{", "{a(", "{jsonPath($[", "{a(b,"} {
		small, large := fastest(strings.Repeat(part, 1<<14)), fastest(strings.Repeat(part, 1<<20))
		if large > 640*small {
			t.Errorf("64 times as much of %q takes %s instead of %s", part, large, small)
		}
	}
}

func TestHoldsRefreshToken(t *testing.T) {
	holds := []string{
		"refresh_token", "request.formparam.refresh_token", "oauthv2accesstoken.OAuth.v2.refresh_token", "idp.refreshToken", "old-refresh-token",
		"my.refresh_token_value", "x.REFRESH_TOKEN",
	}
	not := []string{
		"access_token", "refresh_token.length", "oauthv2accesstoken.X.refresh_token_expires_in", "refresh_token_status", "refresh_count", "refreshed_token",
		"refresh_token_hash", "hashed_refresh_token", "sha256_refresh_token", "refreshTokenFingerprint", "masked_refresh_token", "",
	}
	for _, v := range holds {
		if !HoldsRefreshToken(v) {
			t.Errorf("%s is a token", v)
		}
	}
	if i := slices.IndexFunc(not, HoldsRefreshToken); i >= 0 {
		t.Errorf("%s is no token", not[i])
	}
}
