package apigee

import (
	"slices"
	"testing"
)

func TestCompareNumbers(t *testing.T) {
	got := []string{"12", "100", "", "9", "99999999999999999999999"}
	slices.SortFunc(got, CompareNumbers)
	if want := []string{"", "9", "12", "100", "99999999999999999999999"}; !slices.Equal(got, want) {
		t.Errorf("order is %q, want %q", got, want)
	}
}

func TestCompareRevisions(t *testing.T) {
	want := []Revision{
		{Kind: KindProxy, Name: "a", Number: "9"}, {Kind: KindProxy, Name: "a", Number: "12", Root: "src/a"},
		{Kind: KindProxy, Name: "a", Number: "12", Root: "a.zip"}, {Kind: KindProxy, Name: "b", Number: "1"},
		{Kind: KindSharedFlow, Name: "a", Number: "1"},
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	if slices.SortFunc(got, CompareRevisions); !slices.Equal(got, want) {
		t.Errorf("order is %v, want %v", got, want)
	}
}

func TestCompareRoots(t *testing.T) {
	want := []string{"a/b", "b", "target-b/x", "a/target/b", "build/a", "a.zip", "a/x.ZIP/b", "b/login__3.zip"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, CompareRoots)
	if !slices.Equal(got, want) {
		t.Errorf("order is %q, want %q", got, want)
	}
}
