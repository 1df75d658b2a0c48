package audit

import "testing"

func TestWords(t *testing.T) {
	policy := Own{Name: `OAuthV2 "Issue"`, What: "the OAuthV2 policy"}
	w := Say("%s lives for %d days, unlike %q.", policy, 30, "other")
	w.Add("%s may be %s.", policy, "read") // a sentence of its own
	w.Add("Of %s: 100 %%.", policy)
	want := Words{
		Named: `OAuthV2 "Issue" lives for 30 days, unlike "other". OAuthV2 "Issue" may be read. Of OAuthV2 "Issue": 100 %.`,
		Gist:  `The OAuthV2 policy lives for 30 days, unlike "other". The OAuthV2 policy may be read. Of the OAuthV2 policy: 100 %.`,
	}
	if w != want {
		t.Errorf("got\n%+v\nwant\n%+v", w, want)
	}
}
