package snapshot

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/apigee/inventory"
	"apigee-audit/internal/jsontext"
)

const (
	// ManifestName is the file at the root that makes a folder or a zip a snapshot.
	ManifestName = "snapshot.json"
	// formatVersion changes when an older program would read a newer snapshot wrongly; docs/snapshots.md describes it. Programs
	// of version 1 take a deployment that may not run on every server for any other, so only snapshots without are written as
	// version 1.
	formatVersion, firstVersion = 2, 1
	// maxManifest bounds the manifest: ten thousand revisions in six environments take about 15 MB.
	maxManifest = 64 << 20
)

// version is the lowest that says everything.
func (m *manifest) version() int {
	for _, o := range m.Organizations {
		if o.partly() {
			return formatVersion
		}
	}
	return firstVersion
}

// partly reports whether anything deployed may not run on every server.
func (o *organization) partly() bool {
	return slices.ContainsFunc(o.Deployments, func(d deployment) bool { return d.Partly != "" })
}

// manifestBounds are what a manifest may hold, so that it decodes to little more than its bytes. A deployment is an object
// of at least 150 bytes with five values, a revision one of 250.
func manifestBounds() jsontext.Bounds {
	return jsontext.Bounds{Entries: 10_000, Objects: 300_000, Values: 3_000_000} // entries are organizations
}

// manifest is snapshot.json: everything that a scan asks of the management API but the bundles, which are files beside it,
// and for each thing that could not be had, why.
type manifest struct {
	// SnapshotVersion comes first, so that the start of the file distinguishes it from any other snapshot.json.
	SnapshotVersion int            `json:"snapshotVersion"`
	Tool            Tool           `json:"tool"`
	StartedAt       time.Time      `json:"startedAt"`
	FinishedAt      time.Time      `json:"finishedAt"`
	Complete        bool           `json:"complete"`
	Shard           *Shard         `json:"shard,omitempty"`
	Organizations   []organization `json:"organizations"`
}

// Tool names the program that pulled a snapshot.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Shard says that a snapshot holds one of several shares of the organizations.
type Shard struct {
	Index int `json:"index"` // 1 to Of
	Of    int `json:"of"`
}

type organization struct {
	Name         string          `json:"name"`
	Platform     apigee.Platform `json:"platform"`
	StartedAt    time.Time       `json:"startedAt"`
	FinishedAt   time.Time       `json:"finishedAt"`
	Complete     bool            `json:"complete"`
	Error        string          `json:"error,omitempty"`    // why nothing of the organization could be read
	Endpoint     string          `json:"endpoint,omitempty"` // see [apigee.Organization]
	Environments []string        `json:"environments"`
	Deployments  []deployment    `json:"deployments"`
	FlowHooks    []flowHook      `json:"flowHooks"`
	Revisions    []revision      `json:"revisions"`
	// Problems are deployments that could not be listed; Notices what the source found odd.
	Problems []apigee.Problem `json:"problems"`
	Notices  []apigee.Problem `json:"notices,omitempty"`
}

type deployment struct {
	Environment string      `json:"environment"`
	Kind        apigee.Kind `json:"kind"`
	Name        string      `json:"name"`
	Revision    string      `json:"revision"`
	DeployedAt  int64       `json:"deployedAt,omitempty"` // milliseconds since 1970
	Partly      string      `json:"partly,omitempty"`     // why it may not run on every server
}

func (d deployment) id() apigee.Deployment {
	return apigee.Deployment{
		Environment: d.Environment, Revision: apigee.Revision{Kind: d.Kind, Name: d.Name, Number: d.Revision}, DeployedAt: d.DeployedAt, Partly: d.Partly,
	}
}

// flowHook is a shared flow attached to a hook point or, with Error, an environment whose hooks could not be read.
type flowHook struct {
	Environment string `json:"environment"`
	Point       string `json:"point,omitempty"`
	SharedFlow  string `json:"sharedFlow,omitempty"`
	failure
}

// failure is why something is not in the snapshot.
type failure struct {
	Error string `json:"error,omitempty"`
	// GaveUp is how many requests had failed in a row when it was not even asked for any more: the error is theirs.
	GaveUp int `json:"gaveUp,omitempty"`
}

// failureOf keeps an error, in the words of explain.
func failureOf(err error, explain func(error) string) failure {
	if e, ok := errors.AsType[*inventory.GaveUpError](err); ok {
		return failure{Error: explain(e.Err), GaveUp: e.After}
	}
	return failure{Error: explain(err)}
}

// err is the error that was kept.
func (f failure) err() error {
	err := errors.New(f.Error)
	if f.GaveUp > 0 {
		return &inventory.GaveUpError{After: f.GaveUp, Err: err}
	}
	return err
}

// revision is a bundle as it was downloaded or, with Error, the reason why it was not.
type revision struct {
	Kind     apigee.Kind `json:"kind"`
	Name     string      `json:"name"`
	Revision string      `json:"revision"`
	File     string      `json:"file,omitempty"` // slash-separated, from the root of the snapshot
	Size     int64       `json:"size,omitempty"` // bytes
	SHA256   string      `json:"sha256,omitempty"`
	failure
	Missing bool `json:"missing,omitempty"` // the error is that it was not there, though listed
}

func (r revision) id() apigee.Revision {
	return apigee.Revision{Kind: r.Kind, Name: r.Name, Number: r.Revision}
}

// readable reports whether a manifest may be as large as this. What no scan would read is not written.
func readable(data []byte) error {
	err := manifestBounds().Check(data)
	if err == nil && len(data) > maxManifest {
		err = fmt.Errorf("it is larger than the maximum of %d MB", maxManifest>>20)
	}
	if err != nil {
		err = fmt.Errorf("%s: %w: pull fewer organizations into one snapshot, with --org or --shard", ManifestName, err)
	}
	return err
}

// decodeManifest reads and judges snapshot.json. A snapshot may come from anybody, so nothing in it is taken on trust:
// names become no paths, and paths stay inside.
func decodeManifest(data []byte) (*manifest, error) {
	if err := readable(data); err != nil {
		return nil, err
	}
	var m manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("%s is damaged: %w", ManifestName, err)
	}
	if m.SnapshotVersion < firstVersion || m.SnapshotVersion > formatVersion {
		return nil, fmt.Errorf("%s has format version %d, and this program reads versions %d to %d: scan it with the version of the program that pulled it",
			ManifestName, m.SnapshotVersion, firstVersion, formatVersion)
	}
	if s := m.Shard; s != nil && (s.Index < 1 || s.Index > s.Of) {
		return nil, fmt.Errorf("%s: there is no shard %d of %d", ManifestName, s.Index, s.Of)
	}
	if len(m.Organizations) == 0 && m.Shard == nil {
		return nil, fmt.Errorf("%s names no organization", ManifestName)
	}
	seen := map[string]bool{}
	for i := range m.Organizations {
		o := &m.Organizations[i]
		if seen[o.Name] {
			return nil, fmt.Errorf("%s names organization %q twice", ManifestName, o.Name)
		}
		seen[o.Name] = true
		if err := o.check(); err != nil {
			return nil, fmt.Errorf("%s: organization %q: %w", ManifestName, o.Name, err)
		}
	}
	return &m, nil
}

var digestPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)

func (o *organization) check() error {
	if !isName(o.Name) {
		return errors.New("that is not a valid organization name")
	}
	if !o.Platform.Known() {
		return fmt.Errorf("unknown platform %q", o.Platform)
	}
	known := map[apigee.Revision]bool{}
	for _, r := range o.Revisions {
		switch {
		case !isName(r.Name) || !isName(r.Revision):
			return fmt.Errorf("%q revision %q: those are not valid names", r.Name, r.Revision)
		case r.Kind != apigee.KindProxy && r.Kind != apigee.KindSharedFlow:
			return fmt.Errorf("unknown kind of bundle %q", r.Kind)
		case known[r.id()]:
			return fmt.Errorf("%s is listed twice", r.id())
		case r.Error == "" && (!fs.ValidPath(r.File) || strings.ContainsAny(r.File, "\\\x00")):
			return fmt.Errorf("%s: %q is not a path inside the snapshot", r.id(), r.File)
		case r.Error == "" && !digestPattern.MatchString(r.SHA256):
			return fmt.Errorf("%s: %q is not a SHA-256 digest", r.id(), r.SHA256)
		}
		known[r.id()] = true
	}
	for _, d := range o.Deployments {
		switch {
		case d.Kind != apigee.KindProxy && d.Kind != apigee.KindSharedFlow:
			return fmt.Errorf("unknown kind of bundle %q", d.Kind)
		case !isName(d.Environment) || !isName(d.Name) || !isName(d.Revision):
			return fmt.Errorf("%q revision %q in environment %q: those are not valid names", d.Name, d.Revision, d.Environment)
		}
	}
	for _, h := range o.FlowHooks {
		if !isName(h.Environment) || h.Error == "" && !isName(h.SharedFlow) {
			return fmt.Errorf("the flow hook with %q in environment %q: those are not valid names", h.SharedFlow, h.Environment)
		}
	}
	return nil
}
