package config

import (
	"testing"
)

func TestShard(t *testing.T) {
	task := func(index, count string) Environment { return Environment{EnvTaskIndex: index, EnvTaskCount: count} }
	job := Environment{EnvCompletionIndex: "2"}
	for _, tt := range []struct {
		text string
		env  Environment
		want string // "" is an error
	}{
		{"", nil, "0/0"}, {"1/4", nil, "1/4"}, {"4/4", nil, "4/4"}, {"1/1", nil, "1/1"},
		{"0/4", nil, ""}, {"5/4", nil, ""}, {"4", nil, ""}, {"/4", nil, ""}, {"a/b", nil, ""}, {"1/0", nil, ""}, {"1/999999", nil, ""}, {"-1/4", nil, ""},
		{"", task("0", "4"), "1/4"}, {"", task("3", "4"), "4/4"}, {"", task("0", "1"), "1/1"}, {"", task("4", "4"), ""}, {"", task("x", "4"), ""},
		{"2/8", task("0", "4"), "2/8"}, {"/8", task("0", "4"), "1/8"},
		{"/4", job, "3/4"}, {"/2", job, ""}, {"", job, ""}, {"1/1", job, "1/1"},
	} {
		got, err := ParseShard(tt.text, tt.env)
		if (err != nil) != (tt.want == "") || err == nil && got.String() != tt.want {
			t.Errorf("%q with %v: %s, %v; want %q", tt.text, tt.env, got, err, tt.want)
		}
	}
}
