package report

import (
	"strings"
	"testing"
	"unicode/utf8"
)

const testPage = "# RT101\n\n## What\nTokens are `issued` and **never**\nused, see [RFC 6749](https://www.rfc-editor.org/rfc/rfc6749).\n\nMore.\n\n```xml\n# <a>`x`</a>\n```\n"

func TestPlainText(t *testing.T) {
	want := "RT101\n\nWhat\nTokens are issued and never\nused, see RFC 6749 (https://www.rfc-editor.org/rfc/rfc6749).\n\nMore.\n\n    # <a>`x`</a>"
	if got := plainText(testPage); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFirstParagraph(t *testing.T) {
	for in, want := range map[string]string{
		testPage:                         "Tokens are issued and never used, see RFC 6749 (https://www.rfc-editor.org/rfc/rfc6749).",
		"":                               "",
		"# Only a heading\n":             "",
		"```\ncode\n```\n\nThen prose.":  "Then prose.",
		"One\r\nparagraph.\r\n\r\nNext.": "One paragraph.",
	} {
		if got := firstParagraph(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestShorten(t *testing.T) {
	long := strings.Repeat("wörter ", 300)
	if got := shorten(long, 1024); utf8.RuneCountInString(got) > 1024 || !strings.HasSuffix(got, "wörter…") {
		t.Errorf("%d characters ending in %q", utf8.RuneCountInString(got), got[len(got)-12:])
	}
	if got := shorten("short", 5); got != "short" {
		t.Errorf("got %q", got)
	}
	if got := shorten(strings.Repeat("x", 9), 5); got != "xxxx…" {
		t.Errorf("got %q", got)
	}
}
