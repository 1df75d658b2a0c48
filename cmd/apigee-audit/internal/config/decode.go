package config

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/viper"
)

// decode turns what viper has into settings. Weak typing is off: it reads 010 as 8 and lists at spaces.
func decode(v *viper.Viper) (Settings, error) {
	var s Settings
	err := v.UnmarshalExact(&s, viper.DecodeHook(mapstructure.DecodeHookFuncValue(convert)), func(c *mapstructure.DecoderConfig) {
		c.WeaklyTypedInput = false
	})
	if all, ok := errors.AsType[joined](err); ok && len(all.Unwrap()) > 0 {
		err = all.Unwrap()[0] // one mistake at a time, without the library's heading
	}
	return s, err
}

// joined are several errors in one, as [errors.Join] makes them.
type joined interface {
	error
	Unwrap() []error
}

// convert reads the texts that environment variables are, and refuses values that would be bent to fit.
func convert(from, to reflect.Value) (any, error) {
	text, isText := from.Interface().(string)
	switch to.Interface().(type) {
	case time.Duration:
		if !isText {
			return nil, fmt.Errorf("must be a duration with a unit, such as 30s or 10m, not %v", from.Interface())
		}
		d, err := time.ParseDuration(text)
		if err != nil {
			return nil, fmt.Errorf("must be a duration such as 30s or 10m, not %q", text)
		}
		return d, nil
	case int:
		if isText {
			n, err := strconv.Atoi(text)
			if err != nil {
				return nil, fmt.Errorf("must be a whole number, not %q", text)
			}
			return n, nil
		}
		if from.Kind() != reflect.Int {
			return nil, fmt.Errorf("must be a whole number, not %v", from.Interface())
		}
	case bool:
		if isText {
			b, err := strconv.ParseBool(text)
			if err != nil {
				return nil, fmt.Errorf("must be true or false, not %q", text)
			}
			return b, nil
		}
	case string:
		if day, ok := from.Interface().(time.Time); ok { // YAML reads 2027-01-31 as a time
			return strings.TrimSuffix(day.Format(time.RFC3339), "T00:00:00Z"), nil
		}
	case []string:
		if isText {
			return list(text, ","), nil
		}
	case changeList:
		if isText {
			return list(text, ";"), nil
		}
	}
	return from.Interface(), nil
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
