package ocsf

// The part of OCSF 1.2.0 that the audit uses: the classes Detection Finding (2004), Compliance Finding (2003) and, for what is no
// finding, Base Event (0). Fields that a class does not have are absent in its events. Source: schema.ocsf.io/1.2.0.

type event struct {
	ActivityID   int         `json:"activity_id"`
	ActivityName string      `json:"activity_name"`
	CategoryUID  int         `json:"category_uid"`
	CategoryName string      `json:"category_name"`
	ClassUID     int         `json:"class_uid"`
	ClassName    string      `json:"class_name"`
	TypeUID      int         `json:"type_uid"` // class and activity
	TypeName     string      `json:"type_name"`
	Time         int64       `json:"time"` // milliseconds since 1970, as all times
	SeverityID   int         `json:"severity_id"`
	Severity     string      `json:"severity"`
	StatusID     int         `json:"status_id"`
	Status       string      `json:"status"`
	StatusDetail string      `json:"status_detail,omitempty"`
	Message      string      `json:"message"`
	Metadata     metadata    `json:"metadata"`
	Cloud        cloud       `json:"cloud"`
	ConfidenceID int         `json:"confidence_id,omitempty"`
	Confidence   string      `json:"confidence,omitempty"`
	ActionID     int         `json:"action_id,omitempty"`
	Action       string      `json:"action,omitempty"`
	FindingInfo  *info       `json:"finding_info,omitempty"`
	Compliance   *compliance `json:"compliance,omitempty"`
	Evidences    []evidence  `json:"evidences,omitempty"`
	Remediation  *remedy     `json:"remediation,omitempty"`
	Resources    []resource  `json:"resources,omitempty"` // of a detection
	Resource     *resource   `json:"resource,omitempty"`  // of a compliance finding
	Unmapped     *unmapped   `json:"unmapped,omitempty"`
}

type metadata struct {
	Version   string   `json:"version"`
	Profiles  []string `json:"profiles"`
	Product   product  `json:"product"`
	TenantUID string   `json:"tenant_uid,omitempty"`
	UID       string   `json:"uid,omitempty"`
}

type product struct {
	Name       string `json:"name"`
	VendorName string `json:"vendor_name"`
	Version    string `json:"version"`
}

// cloud is of the profile of that name, which the published JSON schemas include.
type cloud struct {
	Provider string `json:"provider"`
}

type info struct {
	UID         string    `json:"uid"`
	Title       string    `json:"title"`
	Desc        string    `json:"desc,omitempty"`
	Types       []string  `json:"types,omitempty"`
	CreatedTime int64     `json:"created_time,omitempty"`
	SrcURL      string    `json:"src_url,omitempty"`
	Analytic    *analytic `json:"analytic,omitempty"`
}

type analytic struct {
	UID    string `json:"uid"`
	Name   string `json:"name"`
	TypeID int    `json:"type_id"`
	Type   string `json:"type"`
}

type compliance struct {
	Standards    []string `json:"standards"`
	Requirements []string `json:"requirements,omitempty"`
	Control      string   `json:"control"`
	StatusID     int      `json:"status_id"`
	Status       string   `json:"status"`
	StatusDetail string   `json:"status_detail,omitempty"`
}

type remedy struct {
	Desc       string   `json:"desc"`
	References []string `json:"references,omitempty"`
}

type resource struct {
	UID       string   `json:"uid"`
	Name      string   `json:"name"`
	Type      string   `json:"type"`
	Namespace string   `json:"namespace,omitempty"`
	Version   string   `json:"version,omitempty"`
	Labels    []string `json:"labels,omitempty"`
}

type evidence struct {
	File file  `json:"file"`
	Data proof `json:"data"`
}

type file struct {
	Name   string `json:"name"`
	Path   string `json:"path"`
	TypeID int    `json:"type_id"`
	Type   string `json:"type"`
}

// proof is what a finding rests on, in the words of the JSON report.
type proof struct {
	Policy    string   `json:"policy,omitempty"`
	Line      int      `json:"line"`
	Column    int      `json:"column"`
	EndLine   int      `json:"endLine"`
	EndColumn int      `json:"endColumn"`
	Path      []string `json:"path,omitempty"`
	Searched  string   `json:"searched,omitempty"`
}

// unmapped is what OCSF has no place for.
type unmapped struct {
	Fingerprint string   `json:"fingerprint,omitempty"`
	Findings    []string `json:"findings,omitempty"` // IDs that decide a requirement
	Rules       []string `json:"rules,omitempty"`
	Scope       string   `json:"scope,omitempty"`
	Request     string   `json:"request,omitempty"`
	Change      string   `json:"change,omitempty"`
}
