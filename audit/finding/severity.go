package finding

import (
	"fmt"
	"strings"
)

// Severity ranks how much a finding matters.
type Severity uint8

// The severities, lowest first, so that they compare with < and >.
const (
	Info Severity = iota + 1
	Low
	Medium
	High
)

var severityNames = [...]string{Info: "info", Low: "low", Medium: "medium", High: "high"}

// Severities lists all severities, highest first.
func Severities() []Severity { return []Severity{High, Medium, Low, Info} }

// String is the severity's name in lower case.
func (s Severity) String() string {
	if s < Info || s > High {
		return fmt.Sprintf("severity(%d)", uint8(s))
	}
	return severityNames[s]
}

// MarshalText writes the name; it is how severities appear in JSON.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText accepts a severity's name in any case.
func (s *Severity) UnmarshalText(b []byte) error {
	v, err := ParseSeverity(string(b))
	*s = v
	return err
}

// ParseSeverity accepts a severity's name in any case.
func ParseSeverity(name string) (Severity, error) {
	for _, s := range Severities() {
		if strings.EqualFold(name, s.String()) {
			return s, nil
		}
	}
	return 0, fmt.Errorf("unknown severity %q: use high, medium, low or info", name)
}

// Confidence says how sure a finding is of what it claims.
type Confidence uint8

// The confidences, lowest first, so that they compare with < and >.
const (
	LowConfidence Confidence = iota + 1
	MediumConfidence
	HighConfidence
)

// Confidences lists all confidences, highest first.
func Confidences() []Confidence {
	return []Confidence{HighConfidence, MediumConfidence, LowConfidence}
}

// String is the confidence's name in lower case: high, medium or low.
func (c Confidence) String() string {
	switch c {
	case LowConfidence:
		return "low"
	case MediumConfidence:
		return "medium"
	case HighConfidence:
		return "high"
	}
	return fmt.Sprintf("confidence(%d)", uint8(c))
}

// MarshalText writes the name; it is how confidences appear in JSON.
func (c Confidence) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText accepts a confidence's name in any case.
func (c *Confidence) UnmarshalText(b []byte) error {
	v, err := ParseConfidence(string(b))
	*c = v
	return err
}

// ParseConfidence accepts a confidence's name in any case.
func ParseConfidence(name string) (Confidence, error) {
	for _, c := range Confidences() {
		if strings.EqualFold(name, c.String()) {
			return c, nil
		}
	}
	return 0, fmt.Errorf("unknown confidence %q: use high, medium or low", name)
}
