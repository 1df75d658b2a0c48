package ocsf

import "apigee-audit/audit/finding"

// The enumerations of OCSF that the audit uses, with their captions. Source: schema.ocsf.io/1.2.0, attributes of the classes.

// class is class_uid.
type class int

const (
	baseEvent         class = 0
	complianceFinding class = 2003
	detectionFinding  class = 2004
)

func (c class) String() string {
	switch c {
	case complianceFinding:
		return "Compliance Finding"
	case detectionFinding:
		return "Detection Finding"
	}
	return "Base Event"
}

func (c class) category() int { return int(c) / 1000 }

func (c class) categoryName() string {
	if c == baseEvent {
		return "Uncategorized"
	}
	return "Findings"
}

// profiles are those with whose attributes the class is published as JSON schema.
func (c class) profiles() []string {
	if c == detectionFinding {
		return []string{"cloud", "security_control"}
	}
	return []string{"cloud"}
}

// activity is activity_id.
type activity int

const (
	activityCreate activity = 1
	activityUpdate activity = 2
	activityClose  activity = 3
	activityOther  activity = 99
)

func (a activity) String() string {
	switch a {
	case activityCreate:
		return "Create"
	case activityUpdate:
		return "Update"
	case activityClose:
		return "Close"
	}
	return "Other"
}

// status is status_id, of which 1 and 2 mean one thing for findings and another for other events.
type status int

const (
	statusUnknown    status = 0
	statusNew        status = 1
	statusSuppressed status = 3
	statusResolved   status = 4

	statusSuccess status = 1
	statusFailure status = 2
)

func (s status) caption(of class) string {
	switch {
	case s == statusSuppressed:
		return "Suppressed"
	case s == statusResolved:
		return "Resolved"
	case s == statusNew && of != baseEvent:
		return "New"
	case s == statusSuccess:
		return "Success"
	case s == statusFailure:
		return "Failure"
	}
	return "Unknown"
}

// verdict is the status_id of object compliance.
type verdict int

const (
	verdictUnknown verdict = 0
	verdictPass    verdict = 1
	verdictFail    verdict = 3
)

func (v verdict) String() string {
	switch v {
	case verdictPass:
		return "Pass"
	case verdictFail:
		return "Fail"
	}
	return "Unknown"
}

// severity is severity_id.
type severity int

const severityUnknown severity = 0

func severityOf(s finding.Severity) severity { return severity(s) } // both count from informational, 1, to high, 4

func (s severity) String() string {
	switch s {
	case severityUnknown:
		return "Unknown"
	case severityOf(finding.High):
		return "High"
	case severityOf(finding.Medium):
		return "Medium"
	case severityOf(finding.Low):
		return "Low"
	}
	return "Informational"
}

// actionOther is an action_id of profile security_control: an audit neither allows nor denies.
const actionOther = 99

// confidenceOf is confidence_id and its caption.
func confidenceOf(c finding.Confidence) (id int, caption string) {
	switch c {
	case finding.HighConfidence:
		return 3, "High"
	case finding.MediumConfidence:
		return 2, "Medium"
	}
	return 1, "Low"
}
