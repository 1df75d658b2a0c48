package cli

import (
	"github.com/spf13/cobra"

	"apigee-audit/cmd/apigee-audit/internal/config"
)

func newConfigSchema(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print a JSON Schema of the configuration file for editors",
		Long: `Print the JSON Schema (draft 7) of the configuration file. Editors with a YAML language server then complete keys and
values, explain them and mark mistakes. Save the schema beside the configuration file, and name it there in the first line:

  # yaml-language-server: $schema=apigee-audit.schema.json`,
		Example: `  apigee-audit config schema > apigee-audit.schema.json`,
		Args:    noArguments,
		RunE: perform(func(*cobra.Command, []string) error {
			schema, err := config.Schema()
			if err != nil {
				return err
			}
			_, err = a.out.Write(schema)
			return err
		}),
	}
}
