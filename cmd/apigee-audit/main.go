// Command apigee-audit finds refresh tokens that are issued and never used.
package main

import (
	"os"

	"apigee-audit/cmd/apigee-audit/internal/cli"
)

func main() { os.Exit(cli.Main()) }
