package simulator

import (
	"encoding/xml"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"apigee-audit/apigee/bundle"
)

// description is what a revision's metadata says about the files of its bundle.
type description struct {
	displayName, text                             string
	basePaths                                     []string   // of each proxy endpoint
	hosts                                         [][]string // the virtual hosts of each
	policies, proxyEndpoints, targets, sharedFlow []string
	resources                                     []resourceFile
}

// described is as much of any bundle file as metadata needs.
type described struct {
	Name        string   `xml:"name,attr"`
	DisplayName string   `xml:"DisplayName"`
	Description string   `xml:"Description"`
	BasePath    string   `xml:"HTTPProxyConnection>BasePath"`
	Hosts       []string `xml:"HTTPProxyConnection>VirtualHost"`
}

// describe reads the bundle's XML for names and base paths. A file that cannot be read goes by its file name, as bundles
// given on the command line may be broken on purpose.
func (b Bundle) describe() description {
	var d description
	files := b.files()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		_, rest, _ := strings.Cut(name, "/") // drop "apiproxy" or "sharedflowbundle"
		folder, file := path.Split(rest)
		if kind, ok := strings.CutPrefix(folder, "resources/"); ok {
			d.resources = append(d.resources, resourceFile{Name: file, Type: strings.Trim(kind, "/")})
			continue
		}
		if path.Ext(file) != ".xml" {
			continue
		}
		var x described
		if err := xml.Unmarshal(files[name], &x); err != nil || x.Name == "" {
			x.Name = strings.TrimSuffix(file, ".xml")
		}
		switch folder {
		case "":
			d.displayName, d.text = strings.TrimSpace(x.DisplayName), strings.TrimSpace(x.Description)
		case "policies/":
			d.policies = append(d.policies, x.Name)
		case "proxies/":
			d.proxyEndpoints = append(d.proxyEndpoints, x.Name)
			d.basePaths = append(d.basePaths, strings.TrimSpace(x.BasePath))
			d.hosts = append(d.hosts, x.Hosts)
		case "targets/":
			d.targets = append(d.targets, x.Name)
		case "sharedflows/":
			d.sharedFlow = append(d.sharedFlow, x.Name)
		}
	}
	return d
}

// files are those of the bundle; none where it was packed elsewhere and cannot be read.
func (b Bundle) files() map[string][]byte {
	if b.Packed == nil {
		return b.Files
	}
	data, err := b.Packed()
	if err != nil {
		return nil
	}
	archive := bundle.Downloaded(data, time.Time{})
	if err := archive.Open(bundle.DefaultLimits()); err != nil {
		return nil
	}
	files := map[string][]byte{}
	for i := range archive.Files {
		if content, err := archive.Files[i].Content(); err == nil { // what cannot be unpacked goes without a description
			files[archive.Files[i].Name] = content
		}
	}
	return files
}
