package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

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
		Short: "Print the version, and what the program was built from",
		Args:  noArguments,
		RunE: perform(func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(a.out, "%s %s\n%s", toolName, version(), origin())
			return err
		}),
	}
}

// origin says what the program was built from and with: a line for the commit, where the build recorded it, and one for Go.
func origin() string {
	var b strings.Builder
	info, ok := debug.ReadBuildInfo()
	if ok {
		set := map[string]string{}
		for _, s := range info.Settings {
			set[s.Key] = s.Value
		}
		if commit := set["vcs.revision"]; commit != "" {
			b.WriteString("commit " + commit)
			if t := set["vcs.time"]; t != "" {
				b.WriteString(" of " + t)
			}
			if set["vcs.modified"] == "true" {
				b.WriteString(", with changes that are not committed")
			}
			b.WriteString("\n")
		}
	}
	fmt.Fprintf(&b, "built with %s for %s/%s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return b.String()
}
