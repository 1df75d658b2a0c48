package sarif

import "testing"

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
