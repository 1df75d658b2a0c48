package config

import (
	"errors"
	"fmt"

	"apigee-audit/apigee/overlay"
	"apigee-audit/internal/text"
)

// changeList are entries of --with, --without or --hook, which hold commas themselves: in an environment variable, semicolons
// stand between them.
type changeList []string

// change settles what would be deployed.
func (j *judge) change() error {
	c := &j.choices.Change
	for i, s := range j.With {
		w, err := overlay.ParseWith(s)
		if err != nil {
			return about(entry("with", i), err)
		}
		c.With = append(c.With, w)
	}
	for i, s := range j.Without {
		w, err := overlay.ParseWithout(s)
		if err != nil {
			return about(entry("without", i), err)
		}
		c.Without = append(c.Without, w)
	}
	for i, s := range j.Hook {
		h, err := overlay.ParseHook(s)
		if err != nil {
			return about(entry("hook", i), err)
		}
		c.Hooks = append(c.Hooks, h)
	}
	return nil
}

// changed judges what a change is about: one organization, because names mean nothing in another.
func (j *judge) changed() error {
	c := j.choices
	switch {
	case c.Change.IsZero():
		return nil
	case c.AllOrgs:
		return errors.New("--with, --without and --hook are about one organization: name it with --org in place of --all-orgs")
	case len(c.Organizations) > 1:
		return fmt.Errorf("--with, --without and --hook are about one organization, and --org names %s", text.List(c.Organizations))
	case j.Shard != "":
		return errors.New("--with, --without and --hook are about one organization, and --shard takes a share of many: give one of them")
	}
	return nil
}

// picks reports whether --org chooses among the organizations of the demonstration, or of a snapshot: the one that a change is
// about, or for commands that take some of several.
func (j *judge) picks(demo bool) bool {
	return (j.chooses || !j.choices.Change.IsZero()) && j.flags.Changed("org") && (j.flags.Changed("demo") && demo || len(j.choices.Paths) > 0)
}
