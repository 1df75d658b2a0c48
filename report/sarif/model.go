package sarif

import (
	"apigee-audit/audit/finding"
	"apigee-audit/report"
)

// The part of SARIF 2.1.0 that the audit uses, in the order of the specification's sections. Field names and which of
// them may be absent come from the OASIS schema (sarif-schema-2.1.0.json). Slices without omitempty must be arrays even
// when empty: GitHub refuses null.

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool               sarifTool                `json:"tool"`
	Taxonomies         []sarifTaxonomy          `json:"taxonomies,omitempty"`
	Invocations        []sarifInvocation        `json:"invocations"`
	AutomationDetails  sarifAutomationDetails   `json:"automationDetails"`
	OriginalURIBaseIDs map[string]sarifArtifact `json:"originalUriBaseIds,omitempty"`
	Results            []sarifResult            `json:"results"`
	ColumnKind         string                   `json:"columnKind"`
	Properties         *sarifRunBag             `json:"properties,omitempty"`
}

// sarifRunBag says how much was looked at, and with a baseline names its findings that are not results of this run. They are not written as results of
// baselineState "absent": GitHub does not read that state and would open alerts for what is fixed.
type sarifRunBag struct {
	Coverage    sarifCoverage  `json:"apigeeAudit/coverage"`
	Fixed       []string       `json:"apigeeAudit/fixed,omitzero"`
	NotLookedAt []string       `json:"apigeeAudit/notLookedAt,omitzero"`
	Change      *report.Change `json:"apigeeAudit/change,omitempty"`
	Scope       string         `json:"apigeeAudit/scope,omitempty"`
	NotShown    []string       `json:"apigeeAudit/notShown,omitempty"` // severities
}

// sarifCoverage are the counts of report.Organization.
type sarifCoverage struct {
	Deployments int `json:"deployments"`
	Revisions   int `json:"revisions"`
	Audited     int `json:"audited"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name           string              `json:"name"`
	Version        string              `json:"version"`
	Semantic       string              `json:"semanticVersion,omitempty"`
	InformationURI string              `json:"informationUri"`
	Rules          []sarifDescriptor   `json:"rules"`
	Notifications  []sarifDescriptor   `json:"notifications"`
	Supported      []sarifComponentRef `json:"supportedTaxonomies,omitempty"`
}

// sarifDescriptor describes a rule or a kind of notification (reportingDescriptor).
type sarifDescriptor struct {
	ID               string              `json:"id"`
	Name             string              `json:"name"`
	ShortDescription sarifMessage        `json:"shortDescription"`
	FullDescription  sarifMessage        `json:"fullDescription"`
	Help             sarifHelp           `json:"help"`
	HelpURI          string              `json:"helpUri,omitempty"`
	Default          sarifConfiguration  `json:"defaultConfiguration"`
	Relationships    []sarifRelationship `json:"relationships,omitempty"`
	Properties       *sarifRuleBag       `json:"properties,omitempty"`
}

type sarifHelp struct {
	Text     report.OwnText `json:"text"`
	Markdown report.OwnText `json:"markdown,omitempty"`
}

type sarifConfiguration struct {
	Level string `json:"level"`
}

// sarifRuleBag are GitHub's own properties of a rule. SecuritySeverity is a number in a string, above 0 and at most 10; rules of
// severity info have none, because every score is at least low.
type sarifRuleBag struct {
	Tags             []string `json:"tags"`
	Precision        string   `json:"precision,omitempty"`
	SecuritySeverity string   `json:"security-severity,omitempty"`
}

type sarifInvocation struct {
	CommandLine         string              `json:"commandLine,omitempty"`
	Account             string              `json:"account,omitempty"`
	ExecutionSuccessful bool                `json:"executionSuccessful"`
	StartTimeUTC        string              `json:"startTimeUtc,omitempty"`
	EndTimeUTC          string              `json:"endTimeUtc,omitempty"`
	Notifications       []sarifNotification `json:"toolExecutionNotifications"`
}

type sarifNotification struct {
	Descriptor sarifDescriptorRef `json:"descriptor"`
	Level      string             `json:"level"`
	Message    sarifMessage       `json:"message"`
	Locations  []sarifLocation    `json:"locations,omitempty"`
}

type sarifDescriptorRef struct {
	ID    string `json:"id"`
	Index int    `json:"index"`
}

type sarifAutomationDetails struct {
	ID string `json:"id"`
}

type sarifResult struct {
	RuleID              string             `json:"ruleId"`
	RuleIndex           int                `json:"ruleIndex"`
	Level               string             `json:"level"`
	Rank                float64            `json:"rank"` // 0 to 100
	Message             sarifResultMessage `json:"message"`
	Locations           []sarifLocation    `json:"locations"`
	RelatedLocations    []sarifLocation    `json:"relatedLocations,omitempty"`
	CodeFlows           []sarifCodeFlow    `json:"codeFlows,omitempty"`
	Fingerprints        map[string]string  `json:"fingerprints"`
	PartialFingerprints map[string]string  `json:"partialFingerprints"`
	Fixes               []sarifFix         `json:"fixes,omitempty"`
	BaselineState       string             `json:"baselineState,omitempty"`
	Suppressions        []sarifSuppression `json:"suppressions,omitempty"`
	Properties          sarifResultBag     `json:"properties"`
}

// sarifResultBag carries what SARIF has no place for, in the words of the JSON report.
type sarifResultBag struct {
	Severity    string          `json:"severity"`
	Confidence  string          `json:"confidence"`
	Policy      string          `json:"policy,omitempty"`
	Deployments []sarifDeployed `json:"deployments"`
	ConsoleURL  string          `json:"consoleUrl,omitempty"`
	Searched    string          `json:"searched,omitempty"`
	Remediation string          `json:"remediation,omitempty"`
	NoFix       string          `json:"noFix,omitempty"`
	Snippets    []sarifSnippet  `json:"remediationXml,omitempty"`
}

// sarifSnippet is XML to paste.
type sarifSnippet struct {
	XML   finding.Lines `json:"xml"`
	Where string        `json:"where"`
	URI   string        `json:"uri"`
	Line  int           `json:"line,omitempty"`
}

type sarifDeployed struct {
	Environment string `json:"environment"`
	Revision    string `json:"revision"`
	Source      string `json:"source,omitempty"`
	Partly      string `json:"partly,omitempty"`
}

// sarifFix is one of several ways to mend a result; its changes belong together.
type sarifFix struct {
	Description sarifMessage          `json:"description"`
	Changes     []sarifArtifactChange `json:"artifactChanges"`
}

type sarifArtifactChange struct {
	ArtifactLocation sarifArtifact      `json:"artifactLocation"`
	Replacements     []sarifReplacement `json:"replacements"`
}

// sarifReplacement puts a text in the place of a region of the file as it is; an empty region is where it is inserted.
type sarifReplacement struct {
	Deleted  sarifRegion   `json:"deletedRegion"`
	Inserted sarifInserted `json:"insertedContent"`
}

type sarifInserted struct {
	Text report.ExactLines `json:"text"`
}

type sarifSuppression struct {
	Kind          string `json:"kind"`
	Status        string `json:"status"`
	Justification string `json:"justification,omitempty"`
}

type sarifCodeFlow struct {
	ThreadFlows []sarifThreadFlow `json:"threadFlows"`
}

type sarifThreadFlow struct {
	Locations []sarifThreadFlowLocation `json:"locations"`
}

type sarifThreadFlowLocation struct {
	Location sarifLocation `json:"location"`
}

type sarifLocation struct {
	ID               int                    `json:"id,omitempty"`
	PhysicalLocation *sarifPhysicalLocation `json:"physicalLocation,omitempty"`
	LogicalLocations []sarifLogicalLocation `json:"logicalLocations,omitempty"`
	Message          *sarifMessage          `json:"message,omitempty"`
}

type sarifPhysicalLocation struct {
	ArtifactLocation sarifArtifact `json:"artifactLocation"`
	Region           *sarifRegion  `json:"region,omitempty"`
}

// sarifRegion counts from 1; the end column is one past the last character.
type sarifRegion struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn"`
	EndLine     int `json:"endLine"`
	EndColumn   int `json:"endColumn"`
}

type sarifArtifact struct {
	URI         string        `json:"uri"`
	URIBaseID   string        `json:"uriBaseId,omitempty"`
	Description *sarifMessage `json:"description,omitempty"`
}

type sarifLogicalLocation struct {
	Name               string `json:"name"`
	FullyQualifiedName string `json:"fullyQualifiedName"`
	Kind               string `json:"kind"`
}

// sarifResultMessage is a message with what readers of Markdown are shown instead.
type sarifResultMessage struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown,omitempty"`
}

type sarifMessage struct {
	Text string `json:"text"`
}
