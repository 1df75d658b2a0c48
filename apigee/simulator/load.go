package simulator

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"apigee-audit/apigee"
)

// deploymentsFile is deployments.json of an organization on disk.
type deploymentsFile struct {
	Environments []struct {
		Name        string            `json:"name"`
		Hooks       map[string]string `json:"hooks"`
		APIs        map[string]string `json:"apis"` // name to revision
		SharedFlows map[string]string `json:"sharedflows"`
	} `json:"environments"`
	Groups []struct {
		Name         string   `json:"name"`
		Hostnames    []string `json:"hostnames"`
		Environments []string `json:"environments"`
	} `json:"groups"`
}

// Load reads an organization from files: deployments.json, records.json if it is there, and bundles at <kind>/<name>/<revision>/apiproxy/… or
// …/sharedflowbundle/…, where kind is apis or sharedflows.
func Load(name string, files fs.FS) (*Organization, error) {
	data, err := fs.ReadFile(files, "deployments.json")
	if err != nil {
		return nil, fmt.Errorf("load organization %s: %w", name, err)
	}
	var spec deploymentsFile
	if err := json.Unmarshal(data, &spec); err != nil {
		return nil, fmt.Errorf("load organization %s: read deployments.json: %w", name, err)
	}
	o := &Organization{Name: name}
	for _, e := range spec.Environments {
		env := Environment{Name: e.Name, Hooks: e.Hooks}
		env.Deployed = append(deployed(apigee.KindProxy, e.APIs), deployed(apigee.KindSharedFlow, e.SharedFlows)...)
		o.Environments = append(o.Environments, env)
	}
	for _, g := range spec.Groups {
		o.Groups = append(o.Groups, Group(g))
	}
	if o.Records, err = loadRecords(files); err != nil {
		return nil, fmt.Errorf("load organization %s: %w", name, err)
	}
	if o.Bundles, err = loadBundles(files); err != nil {
		return nil, fmt.Errorf("load organization %s: %w", name, err)
	}
	return o, nil
}

// deployed turns name to revision into revisions, sorted by name.
func deployed(kind apigee.Kind, revisions map[string]string) []apigee.Revision {
	var list []apigee.Revision
	for _, name := range slices.Sorted(maps.Keys(revisions)) {
		list = append(list, apigee.Revision{Kind: kind, Name: name, Number: revisions[name]})
	}
	return list
}

func loadBundles(files fs.FS) ([]Bundle, error) {
	var bundles []Bundle
	for _, kind := range []apigee.Kind{apigee.KindProxy, apigee.KindSharedFlow} {
		roots, err := fs.Glob(files, path.Join(string(kind), "*", "*"))
		if err != nil {
			return nil, err
		}
		for _, root := range roots {
			parts := strings.Split(root, "/")
			b := Bundle{Revision: apigee.Revision{Kind: kind, Name: parts[1], Number: parts[2]}, Files: map[string][]byte{}}
			err := fs.WalkDir(files, root, func(p string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				b.Files[strings.TrimPrefix(p, root+"/")], err = fs.ReadFile(files, p)
				return err
			})
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", b.Revision, err)
			}
			bundles = append(bundles, b)
		}
	}
	return bundles, nil
}
