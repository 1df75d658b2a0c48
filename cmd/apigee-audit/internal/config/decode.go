package config

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/pflag"
	"github.com/spf13/viper"
)

// decode turns what viper has into settings. Weak typing is off: it reads 010 as 8 and lists at spaces.
func decode(v *viper.Viper) (Settings, error) {
	var s Settings
	err := v.UnmarshalExact(&s, viper.DecodeHook(mapstructure.DecodeHookFuncValue(convert)), func(c *mapstructure.DecoderConfig) {
		c.WeaklyTypedInput = false
	})
	// One mistake at a time, without the library's heading, and that of the innermost value.
	for inner, ok := errors.AsType[*mapstructure.DecodeError](err); ok; inner, ok = errors.AsType[*mapstructure.DecodeError](inner.Unwrap()) {
		err = must(inner.Name(), inner.Unwrap())
	}
	return s, err
}

// convert reads the texts that environment variables are, and refuses values that would be bent to fit.
func convert(from, to reflect.Value) (any, error) {
	value := from.Interface()
	s, isText := value.(string)
	switch to.Interface().(type) {
	case time.Duration:
		if value == 0 {
			return time.Duration(0), nil // which needs no unit
		}
		if !isText {
			return nil, fmt.Errorf("must be a duration with a unit, such as 30s or 30d, not %s", shown(value))
		}
		return ParseDuration(s)
	case Size:
		if value == 0 {
			return Size(0), nil // which needs no unit
		}
		if !isText {
			return nil, fmt.Errorf("must be a size with a unit, such as 500MB or 2GB, not %s", shown(value))
		}
		return ParseSize(s)
	case int:
		if isText {
			return parseNumber(s)
		}
		if from.Kind() != reflect.Int {
			return nil, fmt.Errorf("must be a whole number, not %s", shown(value))
		}
	case bool:
		if isText {
			return parseSwitch(s)
		}
		if from.Kind() != reflect.Bool {
			return nil, errNoSwitch(shown(value))
		}
	case string:
		return convertText(value)
	case []string:
		return convertList(value, ",")
	case changeList:
		return convertList(value, ";")
	}
	if kind := to.Kind(); kind == reflect.Slice && from.Kind() != reflect.Slice || kind == reflect.Struct && to.NumField() > 0 && from.Kind() != reflect.Map {
		return nil, fmt.Errorf("must be a list of keys and values, not %s", shown(value))
	}
	return value, nil
}

// convertText takes what YAML reads as a text. Numbers and switches are left to whoever wrote them: 010 and 8, yes and true
// are the same to YAML, and not to whoever has a proxy of that name.
func convertText(value any) (any, error) {
	switch value := value.(type) {
	case string:
		return value, nil
	case time.Time: // YAML reads 2027-01-31 as a time
		return strings.TrimSuffix(value.Format(time.RFC3339), "T00:00:00Z"), nil
	case bool, int, float64:
		return nil, fmt.Errorf("must be a text: put %v between quotation marks", value)
	}
	return nil, fmt.Errorf("must be a text, not %s", shown(value))
}

// convertList takes a list, or a text that holds one.
func convertList(value any, separator string) (any, error) {
	switch value := value.(type) {
	case string:
		return list(value, separator), nil
	case []any, []string:
		return value, nil
	}
	return nil, fmt.Errorf("must be a list, such as [a, b], not %s", shown(value))
}

// shown is a value as a message shows it.
func shown(value any) string {
	switch value := value.(type) {
	case string:
		return strconv.Quote(value)
	case []any:
		return "a list"
	case map[string]any:
		return "keys and values"
	}
	return fmt.Sprint(value)
}

func parseNumber(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0, fmt.Errorf("must be a whole number, not %q", s)
	}
	return n, nil
}

func parseSwitch(s string) (bool, error) {
	b, err := strconv.ParseBool(s)
	if err != nil {
		return false, errNoSwitch(strconv.Quote(s))
	}
	return b, nil
}

func errNoSwitch(shown string) error { return fmt.Errorf("must be true or false, not %s", shown) }

// FlagError says in our words what is wrong with the value of a flag.
func FlagError(err *pflag.InvalidValueError) error {
	why := err.Unwrap()
	switch err.GetFlag().Value.Type() {
	case "int":
		if _, ours := parseNumber(err.GetValue()); ours != nil {
			why = ours
		}
	case "bool":
		if _, ours := parseSwitch(err.GetValue()); ours != nil {
			why = ours
		}
	}
	return fmt.Errorf("--%s %w", err.GetFlag().Name, why)
}

// list parts the entries of a text.
func list(text, separator string) []string {
	var all []string
	for part := range strings.SplitSeq(text, separator) {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return all
}
