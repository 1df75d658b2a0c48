package report

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
)

// Check finds what in a document the JSON schema rules out: a severity that is missing, a negative line, a time that
// does not exist. Reports come from files that somebody may have edited, and what would not be read again is not
// written either. It follows the types of fields, so new fields are checked automatically.
func (d *Document) Check() error {
	if found := checkValue(reflect.ValueOf(d).Elem()); found != nil {
		return errors.New(strings.TrimPrefix(found.where, ".") + " " + found.what)
	}
	return nil
}

// invalid is what is wrong somewhere in a value: "is missing" at ".findings[3].severity". The place is put together on
// the way out, because there nearly always is none.
type invalid struct{ where, what string }

func invalidf(format string, args ...any) *invalid {
	return &invalid{what: fmt.Sprintf(format, args...)}
}

func (i *invalid) in(where string) *invalid { return &invalid{where + i.where, i.what} }

// checkValue checks a value, however deep.
func checkValue(v reflect.Value) *invalid {
	switch v.Type() {
	case reflect.TypeFor[finding.Severity]():
		return oneOf(v, finding.Severities())
	case reflect.TypeFor[finding.Confidence]():
		return oneOf(v, finding.Confidences())
	case reflect.TypeFor[finding.Status]():
		return oneOf(v, finding.Statuses())
	case reflect.TypeFor[finding.SuppressionSource]():
		return oneOf(v, []finding.SuppressionSource{finding.FromConfiguration, finding.FromPolicy})
	case reflect.TypeFor[finding.SuppressionState]():
		return oneOf(v, finding.SuppressionStates())
	case reflect.TypeFor[finding.Relation]():
		return oneOf(v, finding.Relations())
	case reflect.TypeFor[finding.TieKind]():
		return oneOf(v, finding.TieKinds())
	case reflect.TypeFor[finding.ViaKind]():
		return oneOf(v, finding.ViaKinds())
	case reflect.TypeFor[apigee.Kind]():
		return oneOf(v, []apigee.Kind{apigee.KindProxy, apigee.KindSharedFlow})
	case reflect.TypeFor[apigee.Platform]():
		return oneOf(v, append(apigee.Platforms(), ""))
	case reflect.TypeFor[time.Time]():
		if y := v.Interface().(time.Time).UTC().Year(); y < 0 || y > 9999 { // RFC 3339 has four digits
			return invalidf("is in the year %d", y)
		}
		return nil
	case reflect.TypeFor[finding.Suppression]():
		expires := v.Interface().(finding.Suppression).Expires
		if _, err := time.Parse(finding.Date, expires); err != nil && expires != "" {
			return invalidf("is not a day written as YYYY-MM-DD").in(".expires")
		}
	case reflect.TypeFor[finding.Excerpt]():
		if n := v.Interface().(finding.Excerpt).Line; n < 1 {
			return invalidf("is %d: lines are counted from 1", n).in(".line")
		}
	case reflect.TypeFor[finding.Edit]():
		if p := v.Interface().(finding.Edit).Place; p.Line < 1 || p.Column < 1 || p.EndLine < p.Line || p.EndLine == p.Line && p.EndColumn < p.Column || p.EndColumn < 1 {
			return invalidf("is about the region %d:%d to %d:%d, which no file has", p.Line, p.Column, p.EndLine, p.EndColumn)
		}
	case reflect.TypeFor[finding.CauseKind](), reflect.TypeFor[finding.LifetimeKind](): // newer versions may know more
		if v.IsZero() {
			return invalidf("is missing")
		}
	case reflect.TypeFor[Shard]():
		if s := v.Interface().(Shard); s.Index < 1 || s.Index > s.Of {
			return invalidf("is %d of %d", s.Index, s.Of)
		}
	}
	return checkInside(v)
}

func oneOf[T comparable](v reflect.Value, all []T) *invalid {
	switch value := v.Interface().(T); {
	case slices.Contains(all, value):
		return nil
	case v.IsZero():
		return invalidf("is missing")
	}
	return invalidf("is unknown")
}

// checkInside checks the parts of a value. No number of a report is negative.
func checkInside(v reflect.Value) *invalid {
	switch v.Kind() {
	case reflect.Int, reflect.Int64:
		if v.Int() < 0 {
			return invalidf("is %d, and must not be negative", v.Int())
		}
	case reflect.Float64:
		if v.Float() < 0 {
			return invalidf("is %g, and must not be negative", v.Float())
		}
	case reflect.Pointer:
		if !v.IsNil() {
			return checkValue(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			if found := checkValue(v.Index(i)); found != nil {
				return found.in(fmt.Sprintf("[%d]", i))
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			found := checkValue(v.Field(i))
			if found == nil {
				continue
			}
			switch tag, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ","); {
			case options != "" && v.Field(i).IsZero(): // it is left out of the JSON
			case tag == "": // it is embedded
				return found
			default:
				return found.in("." + tag)
			}
		}
	}
	return nil
}
