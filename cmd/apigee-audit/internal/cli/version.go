package cli

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// toolName is the program's name in reports and to the management API.
const toolName = "apigee-audit"

// version is the module version of the build, else the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return "devel-" + s.Value[:min(12, len(s.Value))]
		}
	}
	return "devel"
}

func newVersion(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  noArguments,
		RunE: perform(func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(a.out, toolName, version())
			return err
		}),
	}
}
