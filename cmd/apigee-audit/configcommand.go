package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"apigee-audit/internal/text"
)

func newConfig(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config COMMAND",
		Short: "Check a configuration file, or show the settings in force",
		Args:  noCommand,
		Example: `  apigee-audit config check
  apigee-audit config check audit.yaml
  apigee-audit config show --config audit.yaml`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cmd.SetOut(a.err)
			if err := cmd.Help(); err != nil {
				return err
			}
			return ended(exitUsage)
		},
	}
	cmd.AddCommand(newConfigCheck(a), newConfigShow(a))
	return cmd
}

func newConfigCheck(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "check [FILE]",
		Short: "Check a configuration file and the environment variables",
		Long: `Check a configuration file (FILE, else the one that a scan would read) and the environment variables as a scan does,
without auditing anything. Exit status: 0 when a scan would accept them, 2 when not.`,
		Args: cobra.MaximumNArgs(1),
		RunE: perform(func(cmd *cobra.Command, args []string) error {
			file := ""
			if len(args) > 0 {
				file = args[0]
			}
			flags := scanFlags()
			config := configChoice{file: file}
			s, err := a.loadSettings(flags, config)
			if err != nil {
				return err
			}
			if err := settled(cmd.Context(), s); err != nil {
				return err
			}
			for _, name := range a.env.unknown(keys()) {
				return usagef("unknown environment variable %s", name)
			}
			return a.tell("%s is valid", cmp.Or(a.config.file, "no configuration file is read; what is set by environment variables"))
		}),
	}
}

func newConfigShow(a *app) *cobra.Command {
	var config *configChoice
	cmd := &cobra.Command{
		Use:   "show [flags]",
		Short: "Show the settings in force as a configuration file",
		Long: `Show what flags, environment variables, configuration file and defaults come to, as a configuration file. Secrets are
no settings and never shown: access tokens and passwords come from files and variables of their own.`,
		Args: cobra.NoArgs,
		RunE: perform(func(cmd *cobra.Command, _ []string) error {
			s, err := a.settings(cmd.Flags(), *config)
			if err != nil {
				return err
			}
			// What cannot be used is not shown either: an endpoint may hold a password.
			if err := settled(cmd.Context(), s); err != nil {
				return err
			}
			out, err := settingsYAML(s)
			if err != nil {
				return err
			}
			_, err = a.out.Write(out)
			return err
		}),
	}
	config = accept(cmd, scanFlags())
	completeScan(cmd)
	return cmd
}

// settled judges settings for whatever subject a scan may be given.
func settled(ctx context.Context, s settings) error {
	if len(s.Org) > 0 && s.Demo {
		return usagef("the configuration sets both org and demo; set one")
	}
	if len(s.Org) == 0 && !s.AllOrgs {
		s.Demo = true // any subject: that one is missing is said by the scan
	}
	c, err := choose(s, nil, scanFlags())
	if err != nil {
		return err
	}
	return c.loadBaseline(ctx)
}

// settingsYAML writes settings as a configuration file, in the order of the struct.
func settingsYAML(s settings) ([]byte, error) {
	root := yaml.Node{Kind: yaml.MappingNode}
	v := reflect.ValueOf(s)
	for f, value := range v.Fields() {
		shown := value.Interface()
		if d, ok := shown.(time.Duration); ok {
			shown = d.String()
		}
		if value.Kind() == reflect.Slice && value.Len() == 0 {
			shown = []string{}
		}
		key, node := yaml.Node{}, yaml.Node{}
		if err := key.Encode(f.Tag.Get("mapstructure")); err != nil {
			return nil, err
		}
		if err := node.Encode(shown); err != nil {
			return nil, err
		}
		quoteUnsafe(&node)
		root.Content = append(root.Content, &key, &node)
	}
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(&root); err != nil {
		return nil, err
	}
	return escapeYAML(b.Bytes()), e.Close()
}

// quoteUnsafe puts what a terminal or a CI service would obey between quotation marks, where YAML knows escapes. A file
// found in the working directory may be somebody else's.
func quoteUnsafe(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode && !text.IsClean(n.Value) {
		n.Style = yaml.DoubleQuotedStyle
	}
	for _, inner := range n.Content {
		quoteUnsafe(inner)
	}
}

// escapeYAML writes as escapes what [quoteUnsafe] has put between quotation marks.
func escapeYAML(in []byte) []byte {
	var out bytes.Buffer
	before := rune(0)
	for _, r := range string(in) {
		if !text.IsClean(string(r)) && r != '\n' || (r == '#' || r == ':') && r == before {
			fmt.Fprintf(&out, `\U%08x`, r)
			before = 0
			continue
		}
		out.WriteRune(r)
		before = r
	}
	return out.Bytes()
}
