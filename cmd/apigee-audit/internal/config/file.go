package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
	"github.com/spf13/viper"
	"go.yaml.in/yaml/v3"

	"apigee-audit/internal/files"
)

// FoundName is read when it lies in the working directory and no other file is named.
const FoundName = ".apigee-audit.yaml"

// maxConfig bounds a configuration file; a thousand suppressions take about 200 KB.
const maxConfig = 1 << 20

// File is the configuration file that was read, if any.
type File struct {
	Name  string   // "" without one
	Found bool     // it was not named, but lay in the working directory
	Keys  []string // that it sets to something other than their default, sorted
}

// FileChoice is which configuration file a command line wants.
type FileChoice struct {
	Name string // the one it names, "" for none in particular
	None bool   // none at all
}

// Loaded are settings, with where they come from.
type Loaded struct {
	Settings
	File    File
	flags   *pflag.FlagSet // the command line
	origins origins
}

// Load merges flag, environment, configuration file and default, in this precedence.
//
// Each layer is decoded on its own as it is added, so that an error can name the layer. Every error is a mistake of
// whoever wrote the setting.
func Load(env Environment, flags *pflag.FlagSet, choice FileChoice) (*Loaded, error) {
	v := viper.New()
	v.SetConfigType("yaml")
	from := origins{}
	read, err := addFile(v, &from, env, choice)
	if err != nil {
		return nil, from.locate(err)
	}
	from.env = env
	if err := addEnvironment(v, env); err != nil {
		return nil, from.locate(err)
	}
	from.flags = flags
	var bound error
	ScanFlags().VisitAll(func(f *pflag.Flag) { // only these: --config and --help are not keys
		if own := flags.Lookup(f.Name); own != nil {
			f = own
		} // settings without a flag in this command keep their default
		bound = errors.Join(bound, v.BindPFlag(f.Name, f))
	})
	if bound != nil {
		return nil, bound
	}
	s, err := decode(v)
	if err != nil {
		return nil, from.locate(err)
	}
	return &Loaded{Settings: s, File: read, flags: flags, origins: from}, nil
}

func addFile(v *viper.Viper, from *origins, env Environment, choice FileChoice) (read File, err error) {
	name, data, found, err := configFile(env, choice)
	if err != nil || name == "" {
		return read, err
	}
	read = File{Name: name, Found: found}
	from.file = name
	if from.lines, err = checkKeys(data); err != nil {
		return read, fmt.Errorf("%s:%w", name, err)
	}
	if err := v.ReadConfig(bytes.NewReader(data)); err != nil {
		return read, fmt.Errorf("%s: %w", name, err)
	}
	s, err := decode(v)
	if err != nil {
		return read, err
	}
	read.Keys = s.changed(v.AllKeys())
	if _, err := exceptions(s.Suppressions); err != nil {
		return read, err // also of commands that do not need them
	}
	if _, err := ruleSeverities(s.Severities); err != nil {
		return read, err
	}
	if key := s.needsTrust(); found && key != "" {
		return read, must(key, errors.New("may only be set in a file named with --config: a file found in the working directory may be somebody else's"))
	}
	return read, nil
}

// needsTrust is a key that decides where credentials go, what is written or removed, or what takes the place of the report, if one
// is set. A file that happens to be in the working directory may have come with somebody else's repository, so it must
// not set them; a file that the user names may.
func (s Settings) needsTrust() string {
	switch {
	case s.Endpoint != "":
		return "endpoint"
	case s.LoginURL != "":
		return "login-url"
	case s.TokenFile != "":
		return "token-file"
	case s.Credentials != "":
		return "credentials"
	case s.Impersonate != "":
		return "impersonate"
	case len(s.Output) > 0:
		return "output"
	case s.CacheDir != "":
		return "cache-dir"
	case s.CacheMaxAge > 0 && s.CacheMaxAge < Defaults().CacheMaxAge: // what is kept longer does no harm
		return "cache-max-age"
	case s.CacheMaxSize > 0:
		return "cache-max-size"
	case s.Explain != "":
		return "explain"
	case len(s.With) > 0: // what is known from before a change decides no exit status
		return "with"
	case len(s.Without) > 0:
		return "without"
	case len(s.Hook) > 0:
		return "hook"
	}
	return ""
}

// addEnvironment lays the environment over the file's map. Viper's own AutomaticEnv reads the process instead of what we
// are given, and cuts lists at spaces.
func addEnvironment(v *viper.Viper, env Environment) error {
	if err := v.MergeConfigMap(env.keyed(Keys())); err != nil {
		return err
	}
	_, err := decode(v)
	return err
}

// configFile reads the file that is named, or the one that is found; name is "" without either.
func configFile(env Environment, choice FileChoice) (name string, data []byte, found bool, err error) {
	none, err := noConfig(env, choice)
	if err != nil || none {
		return "", nil, false, err
	}
	name = cmp.Or(choice.Name, env[envConfig], FoundName)
	found = choice.Name == "" && env[envConfig] == ""
	data, err = files.Read(name, maxConfig)
	switch {
	case err == nil:
		return name, data, found, nil
	case found && errors.Is(err, fs.ErrNotExist):
		return "", nil, false, nil
	}
	return "", nil, false, fmt.Errorf("configuration file %s cannot be read: %w", name, files.Reason(err))
}

// noConfig reports whether no file is to be read. A flag that names a file takes precedence over a variable that
// disables it.
func noConfig(env Environment, choice FileChoice) (bool, error) {
	if choice.None && choice.Name != "" {
		return false, fmt.Errorf("use --config or --no-config, not both")
	}
	text := env[envNoConfig]
	if choice.None || choice.Name != "" || text == "" {
		return choice.None, nil
	}
	none, err := strconv.ParseBool(text)
	if err != nil {
		return false, fmt.Errorf("%s %w", envNoConfig, errNoSwitch(strconv.Quote(text)))
	}
	return none, nil
}

// syntaxLine is where the library says that it failed.
var syntaxLine = regexp.MustCompile(`^yaml: line ([0-9]+): `)

// parseYAML reads a file. The library's lines are those where something began, or one less, so the error says "near".
func parseYAML(data []byte) (doc yaml.Node, err error) {
	err = yaml.Unmarshal(data, &doc)
	if err == nil {
		return doc, nil
	}
	if m := syntaxLine.FindStringSubmatch(err.Error()); m != nil {
		return doc, fmt.Errorf(" not valid YAML near line %s: %s", m[1], err.Error()[len(m[0]):])
	}
	return doc, fmt.Errorf(" not valid YAML: %s", strings.TrimPrefix(err.Error(), "yaml: "))
}

// checkKeys refuses unknown and repeated keys with their line, which viper cannot say, and returns the lines of the others.
// The error starts with the line.
func checkKeys(data []byte) (map[string]int, error) {
	doc, err := parseYAML(data)
	if err != nil {
		return nil, err
	}
	if len(doc.Content) == 0 {
		return nil, nil // nothing but comments
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%d: expected keys and values, such as `fail-on: high`", root.Line)
	}
	known, lists, seen := fileKeys(), entryKeys(), map[string]int{}
	for i := 0; i < len(root.Content); i += 2 {
		key := root.Content[i]
		if !slices.Contains(known, key.Value) {
			return nil, fmt.Errorf("%d: unknown key %q%s", key.Line, key.Value, DidYouMean(key.Value, known))
		}
		if first := seen[key.Value]; first > 0 {
			return nil, fmt.Errorf("%d: key %q is already set on line %d", key.Line, key.Value, first)
		}
		seen[key.Value] = key.Line
		if fields := lists[key.Value]; fields != nil {
			if err := checkEntries(key.Value, root.Content[i+1], fields); err != nil {
				return nil, err
			}
		}
	}
	return linesOf(root), nil
}
