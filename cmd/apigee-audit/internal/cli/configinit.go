package cli

import (
	"errors"
	"io"
	"io/fs"

	"github.com/spf13/cobra"

	apigeeaudit "apigee-audit"
)

// initName is the file that config init writes unless another is named. It is not one that a scan reads unasked: what is
// in such a file may have come with somebody else's repository, so it may not set everything.
const initName = "apigee-audit.yaml"

func newConfigInit(a *app) *cobra.Command {
	name, force := initName, false
	cmd := &cobra.Command{
		Use:   "init [flags]",
		Short: "Write a configuration file with every setting explained",
		Long: `Write a configuration file that lists every setting with its default and explains it. Keep what you need and change
it; settings that are not in the file have their defaults. An existing file is not overwritten unless --force is given.`,
		Example: `  apigee-audit config init                        writes ` + initName + `
  apigee-audit config init -o .apigee-audit.yaml  which commands read in this folder without being told to
  apigee-audit config init -o -                   prints it`,
		Args: noArguments,
		RunE: perform(func(*cobra.Command, []string) error {
			return a.initConfig(name, force)
		}),
	}
	cmd.Flags().StringVarP(&name, "output", "o", name, "write to `FILE` (- for stdout)")
	cmd.Flags().BoolVar(&force, "force", false, "overwrite an existing file")
	return cmd
}

// initConfig writes the configuration file.
func (a *app) initConfig(name string, force bool) (err error) {
	text := apigeeaudit.ExampleConfig()
	switch {
	case name == "":
		return usagef("name the configuration file with --output, such as %s", initName)
	case name == "-":
		_, err = a.out.Write(text)
		return err
	case force:
		err = a.writeFile(name, func(w io.Writer) error {
			_, err := w.Write(text)
			return err
		})
	default:
		err = a.createFile(name, text)
	}
	if errors.Is(err, fs.ErrExist) {
		return usagef("%s already exists: name another file with --output, or use --force to overwrite it", name)
	}
	if err != nil {
		return err
	}
	a.say("wrote %s: edit it, then check it with: apigee-audit config check %s", name, name)
	return nil
}
