// Command manifest-check decodes Kubernetes manifests into Kubernetes' own Go types, strictly: an unknown or repeated field
// or a value of the wrong type is an error. It is a module of its own, so that the program does not depend on Kubernetes.
package main

import (
	"fmt"
	"os"

	batch "k8s.io/api/batch/v1"
	"sigs.k8s.io/yaml"
)

func main() {
	failed := len(os.Args) < 2
	for _, name := range os.Args[1:] {
		if err := check(name); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
			failed = true
		}
	}
	if failed {
		os.Exit(1)
	}
}

func check(name string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	var head struct{ APIVersion, Kind string }
	if err := yaml.Unmarshal(data, &head); err != nil {
		return err
	}
	switch head.APIVersion + " " + head.Kind {
	case "batch/v1 CronJob":
		return yaml.UnmarshalStrict(data, &batch.CronJob{})
	case "batch/v1 Job":
		return yaml.UnmarshalStrict(data, &batch.Job{})
	}
	return fmt.Errorf("%s %s is not known here", head.APIVersion, head.Kind)
}
