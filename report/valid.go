package report

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit"
)

// check tells what in a document the JSON schema rules out: a severity that is missing, a negative line, a time that no
// calendar has. Reports come from files that somebody may have edited, and what would not be read again is not written
// either. It goes by the types of fields, so that new fields are checked without anybody's doing anything.
func (d *Document) check() error { return checkValue("", reflect.ValueOf(d).Elem(), false) }

// checkValue checks a value, however deep; optional ones are left out of the JSON where they are empty.
func checkValue(name string, v reflect.Value, optional bool) error {
	if optional && v.IsZero() {
		return nil
	}
	switch value := v.Interface().(type) {
	case audit.Severity:
		return oneOf(name, value, audit.Severities())
	case audit.Confidence:
		return oneOf(name, value, audit.Confidences())
	case audit.Status:
		return oneOf(name, value, []audit.Status{audit.StatusNew, audit.StatusKnown, audit.StatusSuppressed})
	case audit.SuppressionSource:
		return oneOf(name, value, []audit.SuppressionSource{audit.FromConfiguration, audit.FromPolicy})
	case apigee.Kind:
		return oneOf(name, value, []apigee.Kind{apigee.KindProxy, apigee.KindSharedFlow})
	case apigee.Platform:
		return oneOf(name, value, []apigee.Platform{apigee.PlatformX, apigee.PlatformEdge, ""})
	case time.Time:
		if y := value.UTC().Year(); y < 0 || y > 9999 { // RFC 3339 has four digits
			return fmt.Errorf("%s is in the year %d", name, y)
		}
		return nil
	case audit.Suppression:
		if _, err := time.Parse(audit.Date, value.Expires); err != nil && value.Expires != "" {
			return fmt.Errorf("%s.expires is not a day written as YYYY-MM-DD", name)
		}
	case audit.Excerpt:
		if value.Line < 1 {
			return fmt.Errorf("%s.line is %d: lines are counted from 1", name, value.Line)
		}
	case Shard:
		if value.Index < 1 || value.Index > value.Of {
			return fmt.Errorf("%s is %d of %d", name, value.Index, value.Of)
		}
	}
	return checkInside(name, v)
}

func oneOf[T comparable](name string, value T, all []T) error {
	if slices.Contains(all, value) {
		return nil
	}
	if reflect.ValueOf(value).IsZero() {
		return fmt.Errorf("%s is missing", name)
	}
	return fmt.Errorf("%s is unknown", name)
}

// checkInside checks the parts of a value. No number of a report is negative.
func checkInside(name string, v reflect.Value) error {
	switch v.Kind() {
	case reflect.Int, reflect.Int64:
		if v.Int() < 0 {
			return fmt.Errorf("%s is %d, and must not be negative", name, v.Int())
		}
	case reflect.Float64:
		if v.Float() < 0 {
			return fmt.Errorf("%s is %g, and must not be negative", name, v.Float())
		}
	case reflect.Pointer:
		if !v.IsNil() {
			return checkValue(name, v.Elem(), false)
		}
	case reflect.Slice:
		for i := range v.Len() {
			if err := checkValue(fmt.Sprintf("%s[%d]", name, i), v.Index(i), false); err != nil {
				return err
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			tag, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			inner := name + "." + tag
			if tag == "" || name == "" { // embedded, or the document itself
				inner = name + tag
			}
			if err := checkValue(inner, v.Field(i), options == "omitempty"); err != nil {
				return err
			}
		}
	}
	return nil
}
