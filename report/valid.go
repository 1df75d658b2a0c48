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
	if found := checkOf[Document]()(reflect.ValueOf(d).Elem()); found != nil {
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

// check says what is wrong with a value of some type, however deep; nil is for types that nothing can be wrong with.
type check func(reflect.Value) *invalid

// checkOf is the check of a type of which something can be wrong. It may be used from several goroutines.
func checkOf[T any]() check { return checks{}.of(reflect.TypeFor[T]()) }

// checks are those of the types that a document is made of. Most of its values are of types without one, and are not even looked at.
type checks map[reflect.Type]check

func (c checks) of(t reflect.Type) check {
	known, begun := c[t]
	if begun {
		return known
	}
	c[t] = func(v reflect.Value) *invalid { // for a type that has itself inside
		if whole := c[t]; whole != nil {
			return whole(v)
		}
		return nil
	}
	own, inside := ownCheck(t), c.inside(t)
	switch {
	case own == nil:
		c[t] = inside
	case inside == nil:
		c[t] = own
	default:
		c[t] = func(v reflect.Value) *invalid {
			if found := own(v); found != nil {
				return found
			}
			return inside(v)
		}
	}
	return c[t]
}

// ownCheck checks what the schema says of a type as a whole.
func ownCheck(t reflect.Type) check {
	switch t {
	case reflect.TypeFor[finding.Severity]():
		return oneOf(finding.Severities())
	case reflect.TypeFor[finding.Confidence]():
		return oneOf(finding.Confidences())
	case reflect.TypeFor[finding.Status]():
		return oneOf(finding.Statuses())
	case reflect.TypeFor[finding.SuppressionSource]():
		return oneOf([]finding.SuppressionSource{finding.FromConfiguration, finding.FromPolicy})
	case reflect.TypeFor[finding.SuppressionState]():
		return oneOf(finding.SuppressionStates())
	case reflect.TypeFor[finding.Relation]():
		return oneOf(finding.Relations())
	case reflect.TypeFor[finding.TieKind]():
		return oneOf(finding.TieKinds())
	case reflect.TypeFor[finding.ViaKind]():
		return oneOf(finding.ViaKinds())
	case reflect.TypeFor[apigee.Kind]():
		return oneOf([]apigee.Kind{apigee.KindProxy, apigee.KindSharedFlow})
	case reflect.TypeFor[apigee.Platform]():
		return oneOf(append(apigee.Platforms(), ""))
	case reflect.TypeFor[time.Time]():
		return func(v reflect.Value) *invalid {
			if y := v.Interface().(time.Time).UTC().Year(); y < 0 || y > 9999 { // RFC 3339 has four digits
				return invalidf("is in the year %d", y)
			}
			return nil
		}
	case reflect.TypeFor[finding.Suppression]():
		return func(v reflect.Value) *invalid {
			expires := v.Interface().(finding.Suppression).Expires
			if _, err := time.Parse(finding.Date, expires); err != nil && expires != "" {
				return invalidf("is not a day written as YYYY-MM-DD").in(".expires")
			}
			return nil
		}
	case reflect.TypeFor[finding.Excerpt]():
		return func(v reflect.Value) *invalid {
			if n := v.Interface().(finding.Excerpt).Line; n < 1 {
				return invalidf("is %d: lines are counted from 1", n).in(".line")
			}
			return nil
		}
	case reflect.TypeFor[finding.Edit]():
		return func(v reflect.Value) *invalid {
			if p := v.Interface().(finding.Edit).Place; p.Line < 1 || p.Column < 1 || p.EndLine < p.Line || p.EndLine == p.Line && p.EndColumn < p.Column || p.EndColumn < 1 {
				return invalidf("is about the region %d:%d to %d:%d, which no file has", p.Line, p.Column, p.EndLine, p.EndColumn)
			}
			return nil
		}
	case reflect.TypeFor[finding.CauseKind](), reflect.TypeFor[finding.LifetimeKind](): // newer versions may know more
		return func(v reflect.Value) *invalid {
			if v.IsZero() {
				return invalidf("is missing")
			}
			return nil
		}
	case reflect.TypeFor[Shard]():
		return func(v reflect.Value) *invalid {
			if s := v.Interface().(Shard); s.Index < 1 || s.Index > s.Of {
				return invalidf("is %d of %d", s.Index, s.Of)
			}
			return nil
		}
	}
	return nil
}

func oneOf[T comparable](all []T) check {
	return func(v reflect.Value) *invalid {
		switch value := v.Interface().(T); {
		case slices.Contains(all, value):
			return nil
		case v.IsZero():
			return invalidf("is missing")
		}
		return invalidf("is unknown")
	}
}

// inside checks the parts of a value. No number of a report is negative.
func (c checks) inside(t reflect.Type) check {
	switch t.Kind() {
	case reflect.Int, reflect.Int64:
		return func(v reflect.Value) *invalid {
			if v.Int() < 0 {
				return invalidf("is %d, and must not be negative", v.Int())
			}
			return nil
		}
	case reflect.Float64:
		return func(v reflect.Value) *invalid {
			if v.Float() < 0 {
				return invalidf("is %g, and must not be negative", v.Float())
			}
			return nil
		}
	case reflect.Pointer:
		if element := c.of(t.Elem()); element != nil {
			return func(v reflect.Value) *invalid {
				if v.IsNil() {
					return nil
				}
				return element(v.Elem())
			}
		}
	case reflect.Slice:
		if element := c.of(t.Elem()); element != nil {
			return func(v reflect.Value) *invalid {
				for i := range v.Len() {
					if found := element(v.Index(i)); found != nil {
						return found.in(fmt.Sprintf("[%d]", i))
					}
				}
				return nil
			}
		}
	case reflect.Struct:
		if t != reflect.TypeFor[time.Time]() { // whose fields are no part of the document
			return c.fields(t)
		}
	}
	return nil
}

func (c checks) fields(t reflect.Type) check {
	type field struct {
		index int
		check check
	}
	var all []field
	for i := range t.NumField() {
		if within := c.of(t.Field(i).Type); within != nil {
			all = append(all, field{i, within})
		}
	}
	if all == nil {
		return nil
	}
	return func(v reflect.Value) *invalid {
		for _, f := range all {
			found := f.check(v.Field(f.index))
			if found == nil {
				continue
			}
			switch tag, options, _ := strings.Cut(t.Field(f.index).Tag.Get("json"), ","); {
			case options != "" && v.Field(f.index).IsZero(): // it is left out of the JSON
			case tag == "": // it is embedded
				return found
			default:
				return found.in("." + tag)
			}
		}
		return nil
	}
}
