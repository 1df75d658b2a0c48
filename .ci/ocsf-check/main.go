// Command ocsf-check holds events against the JSON schemas that github.com/valllabh/ocsf-schema-golang publishes of OCSF's classes:
//
//	ocsf-check MODULE-FOLDER EVENTS.ndjson REPORT.json
//
// The schemas allow attributes that they do not know, so it looks for those as well, and it counts what it read against the
// JSON report of the same audit. It is a module of its own, so that the program does not depend on OCSF.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"
	validate "github.com/valllabh/ocsf-schema-golang/ocsfvalidate/1.2"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: ocsf-check MODULE-FOLDER EVENTS.ndjson REPORT.json")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// event is what is counted.
type event struct {
	ClassUID   int `json:"class_uid"`
	ActivityID int `json:"activity_id"`
	SeverityID int `json:"severity_id"`
	StatusID   int `json:"status_id"`
	Metadata   struct {
		UID string `json:"uid"`
	} `json:"metadata"`
	FindingInfo struct {
		UID string `json:"uid"`
	} `json:"finding_info"`
	Compliance struct {
		StatusID int `json:"status_id"`
	} `json:"compliance"`
}

// document is what the JSON report says.
type document struct {
	Findings []struct{ ID, Severity, Status string }
	Controls []struct{ Passed, Failed, Accepted, NotLookedAt []any }
}

func run(module, events, report string) error {
	data, err := os.ReadFile(events)
	if err != nil {
		return err
	}
	all, err := read(module, data)
	if err != nil {
		return err
	}
	var d document
	if data, err = os.ReadFile(report); err == nil {
		err = json.Unmarshal(data, &d)
	}
	if err != nil {
		return err
	}
	if err := compare(all, d); err != nil {
		return err
	}
	fmt.Printf("%d events follow OCSF 1.2.0 and agree with JSON: %d findings, %d requirements\n", len(all), len(d.Findings), len(d.Controls))
	return nil
}

// read validates each line.
func read(module string, data []byte) ([]event, error) {
	classes := map[int]string{0: "base_event", 2003: "compliance_finding", 2004: "detection_finding"}
	schemas := map[int]*schema{}
	var all []event
	lines := bufio.NewScanner(strings.NewReader(string(data)))
	lines.Buffer(nil, 1<<24)
	for n := 1; lines.Scan(); n++ {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		class, known := classes[e.ClassUID]
		if !known {
			return nil, fmt.Errorf("line %d: class %d", n, e.ClassUID)
		}
		if err := validate.Validate(class, lines.Bytes()); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if schemas[e.ClassUID] == nil {
			s, err := load(filepath.Join(module, "ocsfvalidate", "1.2", "jsonschema", "classes_"+class+".json.zst"))
			if err != nil {
				return nil, err
			}
			schemas[e.ClassUID] = s
		}
		var value any
		if err := json.Unmarshal(lines.Bytes(), &value); err != nil {
			return nil, err
		}
		root := schemas[e.ClassUID]
		if err := root.knows(root, "", value); err != nil {
			return nil, fmt.Errorf("line %d, class %s: %w", n, class, err)
		}
		all = append(all, e)
	}
	return all, lines.Err()
}

// schema is the part of a JSON schema that says which attributes there are.
type schema struct {
	Ref        string             `json:"$ref"`
	Properties map[string]*schema `json:"properties"`
	Items      *schema            `json:"items"`
	Defs       map[string]*schema `json:"$defs"`
}

func load(name string) (*schema, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := zstd.NewReader(f)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	data, err := io.ReadAll(z)
	if err != nil {
		return nil, err
	}
	s := &schema{}
	return s, json.Unmarshal(data, s)
}

// knows reports an attribute that the schema does not have. Objects without attributes of their own, such as unmapped, take any.
func (s *schema) knows(root *schema, at string, value any) error {
	if name, ok := strings.CutPrefix(s.Ref, "#/$defs/"); ok {
		if s = root.Defs[name]; s == nil {
			return fmt.Errorf("the schema lacks its own definition %s", name)
		}
	}
	switch value := value.(type) {
	case []any:
		for _, inner := range value {
			if s.Items == nil {
				break
			}
			if err := s.Items.knows(root, at+"[]", inner); err != nil {
				return err
			}
		}
	case map[string]any:
		if len(s.Properties) == 0 {
			return nil
		}
		for name, inner := range value {
			property := s.Properties[name]
			if property == nil {
				return fmt.Errorf("there is no attribute %s.%s", at, name)
			}
			if err := property.knows(root, at+"."+name, inner); err != nil {
				return err
			}
		}
	}
	return nil
}

// compare counts identities, severities and verdicts.
func compare(all []event, d document) error {
	severities := map[string]int{"high": 4, "medium": 3, "low": 2, "info": 1}
	byID, uids, verdicts := map[string]event{}, map[string]bool{}, map[[2]int]int{}
	for _, e := range all {
		if e.ClassUID == 0 {
			continue
		}
		if uids[e.Metadata.UID] || e.Metadata.UID == "" {
			return fmt.Errorf("two events, or none, are called %q", e.Metadata.UID)
		}
		uids[e.Metadata.UID] = true
		if e.ClassUID == 2003 {
			verdicts[[2]int{e.Compliance.StatusID, e.StatusID}]++
		} else if e.ActivityID != 3 && e.StatusID != 0 {
			byID[e.FindingInfo.UID] = e
		}
	}
	if len(byID) != len(d.Findings) {
		return fmt.Errorf("%d findings in OCSF, and %d in JSON", len(byID), len(d.Findings))
	}
	for _, f := range d.Findings {
		if e := byID[f.ID]; e.SeverityID != severities[f.Severity] || (e.StatusID == 3) != (f.Status == "suppressed") {
			return fmt.Errorf("finding %s is %s, %s in JSON and %d, %d in OCSF", f.ID, f.Severity, f.Status, e.SeverityID, e.StatusID)
		}
	}
	want := map[[2]int]int{}
	for _, c := range d.Controls {
		want[[2]int{1, 4}] += len(c.Passed)
		want[[2]int{3, 1}] += len(c.Failed)
		want[[2]int{3, 3}] += len(c.Accepted)
		want[[2]int{0, 0}] += len(c.NotLookedAt)
	}
	for verdict, n := range want {
		if verdicts[verdict] != n {
			return fmt.Errorf("%d verdicts of status %v in OCSF, and %d in JSON", verdicts[verdict], verdict, n)
		}
	}
	if len(all) == 0 {
		return errors.New("there are no events")
	}
	return nil
}
