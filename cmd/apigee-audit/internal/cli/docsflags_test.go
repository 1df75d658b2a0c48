package cli

import (
	"os"
	"regexp"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// TestFlagsInTheDocumentationExist looks up every flag that a page names in passing; those in command lines are parsed by
// [TestCommandLinesInTheDocumentation].
func TestFlagsInTheDocumentationExist(t *testing.T) {
	known := map[string]bool{"help": true}
	var learn func(*cobra.Command)
	learn = func(c *cobra.Command) {
		c.Flags().VisitAll(func(f *pflag.Flag) { known[f.Name] = true })
		for _, sub := range c.Commands() {
			learn(sub)
		}
	}
	learn(newRoot(&app{}))
	inline := regexp.MustCompile("`--([a-z][a-z-]*)")
	found := 0
	for _, page := range markdownPages(t) {
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range inline.FindAllStringSubmatch(string(data), -1) {
			found++
			if !known[m[1]] {
				t.Errorf("%s names --%s, which no command has", page, m[1])
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d flags were found", found)
	}
}
