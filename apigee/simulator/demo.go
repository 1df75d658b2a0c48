package simulator

import (
	"embed"
	"fmt"
	"io/fs"
)

//go:embed demo
var demoFiles embed.FS

// Demo is the built-in sample: the organizations of Harbor Foods, a made-up grocer, largest first. The README beside the
// files lists what is wrong in them and what only looks wrong; [DemoVerdicts] says the same in Go.
func Demo() []*Organization {
	var orgs []*Organization
	for _, name := range []string{"harbor-retail", "harbor-partners", "harbor-legacy"} {
		files, err := fs.Sub(demoFiles, "demo/"+name)
		if err != nil {
			panic(fmt.Sprintf("built-in organization: %v", err)) // a name in the list above is misspelt
		}
		o, err := Load(name, files)
		if err != nil {
			panic(fmt.Sprintf("built-in organization: %v", err)) // the files are embedded and tested
		}
		orgs = append(orgs, o)
	}
	return orgs
}
