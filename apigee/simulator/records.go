package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
)

// Records are what an organization knows in addition to its bundles. The zero value is an organization without any traffic,
// products and apps, with empty debug masks.
type Records struct {
	// Runtime is the organization's runtimeType, CLOUD or HYBRID; empty means CLOUD.
	Runtime  string                   `json:"runtime"`
	Traffic  []Traffic                `json:"traffic"`
	Products []Product                `json:"products"`
	Masks    map[string]DebugMaskSpec `json:"masks"` // by environment
}

// Traffic is a number of equal calls every day.
type Traffic struct {
	Environment string `json:"environment"`
	Proxy       string `json:"proxy"`
	BasePath    string `json:"basePath"`
	Path        string `json:"path"` // path suffix; empty is "(not set)"
	Verb        string `json:"verb"`
	Status      string `json:"status"`
	PerDay      int64  `json:"perDay"`
	// More are further dimensions: faults, and what data collectors record.
	More map[string]string `json:"more"`
}

// Product is an API product and the apps that have it.
type Product struct {
	Name         string   `json:"name"`
	Environments []string `json:"environments"`
	Proxies      []string `json:"proxies"`
	// Operations are proxies of the operation group, the newer way to name them.
	Operations []string `json:"operations"`
	Apps       []string `json:"apps"`
}

// DebugMaskSpec is what a debug mask hides.
type DebugMaskSpec struct {
	Variables         []string `json:"variables,omitempty"`
	RequestJSONPaths  []string `json:"requestJSONPaths,omitempty"`
	ResponseJSONPaths []string `json:"responseJSONPaths,omitempty"`
}

// loadRecords reads records.json, which need not be there.
func loadRecords(files fs.FS) (Records, error) {
	var r Records
	data, err := fs.ReadFile(files, "records.json")
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return r, fmt.Errorf("read records.json: %w", err)
	}
	return r, nil
}
