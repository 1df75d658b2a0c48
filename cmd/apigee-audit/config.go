package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/pflag"
	"github.com/spf13/viper"
	"go.yaml.in/yaml/v3"
)

// foundConfig is read when it lies in the working directory and no other file is named.
const foundConfig = ".apigee-audit.yaml"

// trustedKeys decide where credentials go and what is written. A file that merely lies in the working directory may have
// come with somebody else's repository, so it cannot set them; a file that the user names can.
var trustedKeys = [...]string{"endpoint", "token-file", "impersonate", "output"}

// loadSettings merges flag, environment, configuration file and default, in this precedence.
//
// Each layer is decoded on its own as it is added, so that an error can name the layer. The environment is a layer of the
// file's map rather than viper's AutomaticEnv, which reads the process and knows nothing of our lists.
func (a *app) loadSettings(flags *pflag.FlagSet, configFlag string) (settings, error) {
	v := viper.New()
	v.SetConfigType("yaml")
	name, data, found, err := a.configFile(configFlag)
	if err != nil {
		return settings{}, err
	}
	if name != "" {
		if err := checkKeys(data); err != nil {
			return settings{}, usagef("%s:%w", name, err)
		}
		if err := v.ReadConfig(bytes.NewReader(data)); err != nil {
			return settings{}, usagef("%s: %w", name, err)
		}
		if _, err := decode(v); err != nil {
			return settings{}, usagef("%s: %w", name, err)
		}
	}
	if found {
		for _, key := range trustedKeys {
			if v.InConfig(key) {
				return settings{}, usagef("%s sets %s, which only a file named by --config may do: a file found in the working directory may be somebody else's", name, key)
			}
		}
	}
	// The decoder speaks of 'fail-on'; people set APIGEE_AUDIT_FAIL_ON.
	var names []string
	for _, key := range keys() {
		names = append(names, "'"+key+"'", envName(key))
	}
	if err := v.MergeConfigMap(a.env.keyed(keys())); err != nil {
		return settings{}, err
	}
	if _, err := decode(v); err != nil {
		return settings{}, usagef("environment: %s", strings.NewReplacer(names...).Replace(err.Error()))
	}
	var bound error
	scanFlags().VisitAll(func(f *pflag.Flag) { // only these: --config and --help are no keys
		bound = errors.Join(bound, v.BindPFlag(f.Name, flags.Lookup(f.Name)))
	})
	if bound != nil {
		return settings{}, bound
	}
	return decode(v)
}

// configFile reads the file that is named, or the one that is found; name is "" without either.
func (a *app) configFile(flag string) (name string, data []byte, found bool, err error) {
	name = cmp.Or(flag, a.env[envConfig], foundConfig)
	found = flag == "" && a.env[envConfig] == ""
	data, err = os.ReadFile(name)
	switch {
	case err == nil:
		return name, data, found, nil
	case found && errors.Is(err, fs.ErrNotExist):
		return "", nil, false, nil
	}
	return "", nil, false, usagef("read configuration: %w", err)
}

// checkKeys refuses unknown and repeated keys with their line, which viper cannot say. The error starts with the line.
func checkKeys(data []byte) error {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return fmt.Errorf(" %w", err)
	}
	if len(doc.Content) == 0 {
		return nil // nothing but comments
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		return fmt.Errorf("%d: expected keys and values, such as `fail-on: high`", root.Line)
	}
	known, seen := keys(), map[string]int{}
	for i := 0; i < len(root.Content); i += 2 {
		key := root.Content[i]
		if !slices.Contains(known, key.Value) {
			return fmt.Errorf("%d: unknown key %q%s", key.Line, key.Value, didYouMean(key.Value, known))
		}
		if first := seen[key.Value]; first > 0 {
			return fmt.Errorf("%d: key %q is already set in line %d", key.Line, key.Value, first)
		}
		seen[key.Value] = key.Line
	}
	return nil
}

// decode turns what viper has into settings. Weak typing is off: it reads 010 as 8 and lists at spaces.
func decode(v *viper.Viper) (settings, error) {
	var s settings
	err := v.UnmarshalExact(&s, viper.DecodeHook(mapstructure.DecodeHookFuncValue(convert)), func(c *mapstructure.DecoderConfig) {
		c.WeaklyTypedInput = false
	})
	var all interface{ Unwrap() []error }
	if errors.As(err, &all) && len(all.Unwrap()) > 0 {
		err = all.Unwrap()[0] // one mistake at a time, without the library's heading
	}
	return s, err
}

// convert reads the texts that environment variables are, and refuses values that would be bent to fit.
func convert(from, to reflect.Value) (any, error) {
	text, isText := from.Interface().(string)
	switch to.Interface().(type) {
	case time.Duration:
		if !isText {
			return nil, fmt.Errorf("needs a unit, as in 30s or 10m, not just %v", from.Interface())
		}
		d, err := time.ParseDuration(text)
		if err != nil {
			return nil, fmt.Errorf("needs a duration such as 30s or 10m, not %q", text)
		}
		return d, nil
	case int:
		if isText {
			n, err := strconv.Atoi(text)
			if err != nil {
				return nil, fmt.Errorf("needs a whole number, not %q", text)
			}
			return n, nil
		}
		if from.Kind() != reflect.Int {
			return nil, fmt.Errorf("needs a whole number, not %v", from.Interface())
		}
	case bool:
		if isText {
			b, err := strconv.ParseBool(text)
			if err != nil {
				return nil, fmt.Errorf("needs true or false, not %q", text)
			}
			return b, nil
		}
	case []string:
		if isText {
			var list []string
			for part := range strings.SplitSeq(text, ",") {
				if part = strings.TrimSpace(part); part != "" {
					list = append(list, part)
				}
			}
			return list, nil
		}
	}
	return from.Interface(), nil
}
