package cli

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"apigee-audit/apigee/simulator/contract"
)

// TestTheWorkflowMakesCallsThatExist holds the syntax of the workflow to the reference of Workflows, and its calls to what Google
// publishes of the methods. Google publishes no schema of workflows.
//
// Source: https://cloud.google.com/workflows/docs/reference/syntax, .../reference/googleapis (connectors).
func TestTheWorkflowMakesCallsThatExist(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(examples, "cloud-workflow.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	calls, err := workflow(decoded(t, data))
	if err != nil {
		t.Error(err)
	}
	var jobs []string
	for _, file := range []string{"cloud-run-job.yaml", "cloud-run-merge-job.yaml"} {
		data, err := os.ReadFile(filepath.Join(examples, file))
		if err != nil {
			t.Fatal(err)
		}
		name := decoded(t, data).(map[string]any)["metadata"].(map[string]any)["name"]
		jobs = append(jobs, fmt.Sprintf("projects/PROJECT/locations/europe-west1/jobs/%s", name))
	}
	if !slices.Equal(calls, jobs) {
		t.Errorf("the workflow runs %v, and the jobs are %v", calls, jobs)
	}
	for _, mistake := range [][2]string{
		{"googleapis.run.v2.", "googleapis.run.v3."},
		{"jobs.run\n", "jobs.start\n"},
		{"name: projects/", "nam: projects/"},
		{"name: projects/PROJECT/", "name: project/"},
		{"body: {}", "body: {override: {}}"},
		{"connector_params:", "connector_parms:"},
		{"timeout:", "time_out:"},
		{"timeout: 1200", "timeout: 20m"},
		{"call: sys.log", "cal: sys.log"},
		{"- merge:", "- audit:"},
		{"          as: failure\n", ""},
		{"${failure}", "${failure"},
		{"main:", "mian:"},
	} {
		if _, err := workflow(decoded(t, []byte(strings.Replace(text, mistake[0], mistake[1], 1)))); err == nil {
			t.Errorf("%q in place of %q is not noticed", mistake[1], mistake[0])
		}
	}
}

// TestTheScheduleStartsTheWorkflow: the address is that of the method that makes an execution.
func TestTheScheduleStartsTheWorkflow(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(examples, "cloud-scheduler.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	address, err := url.Parse(decoded(t, data).(map[string]any)["httpTarget"].(map[string]any)["uri"].(string))
	if err != nil {
		t.Fatal(err)
	}
	method, err := contract.Method("workflowexecutions/v1", "workflowexecutions.projects.locations.workflows.executions.create")
	if err != nil {
		t.Fatal(err)
	}
	if address.Host != "workflowexecutions.googleapis.com" || !method.Takes(address.Path) || method.HTTPMethod != "POST" || method.Takes("/v1/projects/p/workflows/w/executions") {
		t.Errorf("%s is not the address of %s %s", address, method.HTTPMethod, method.FlatPath)
	}
}

// workflow checks a workflow and returns what its calls are about, in their order.
func workflow(v any) (calls []string, err error) {
	top, ok := v.(map[string]any)
	if !ok || len(top) != 1 || top["main"] == nil {
		return nil, errors.New("there is no main")
	}
	w := &workflowCheck{names: map[string]bool{}}
	err = errors.Join(w.keys("main", top["main"], "params", "steps"), w.steps(top["main"]), w.expressions(v))
	return w.calls, err
}

type workflowCheck struct {
	names map[string]bool // of steps
	calls []string
}

// keys refuses what is no object, and other keys.
func (*workflowCheck) keys(of string, v any, known ...string) error {
	m, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf("%s is no object", of)
	}
	for key := range m {
		if !slices.Contains(known, key) {
			return fmt.Errorf("%s has an unknown key %s", of, key)
		}
	}
	return nil
}

func (w *workflowCheck) steps(of any) (err error) {
	m, _ := of.(map[string]any)
	steps, ok := m["steps"].([]any)
	if !ok {
		return errors.New("there are no steps")
	}
	for _, s := range steps {
		named, ok := s.(map[string]any)
		if !ok || len(named) != 1 {
			return fmt.Errorf("a step has not one name: %v", s)
		}
		for name, step := range named {
			if w.names[name] {
				err = errors.Join(err, fmt.Errorf("two steps are called %s", name))
			}
			w.names[name] = true
			err = errors.Join(err, w.step(name, step))
		}
	}
	return err
}

func (w *workflowCheck) step(name string, v any) error {
	m, ok := v.(map[string]any)
	switch {
	case !ok:
		return fmt.Errorf("step %s is no object", name)
	case m["try"] != nil:
		err := errors.Join(w.keys(name, v, "try", "retry", "except"), w.step(name, m["try"]))
		except, _ := m["except"].(map[string]any)
		if except["as"] == nil {
			return errors.Join(err, fmt.Errorf("step %s does not name what it catches", name))
		}
		return errors.Join(err, w.keys("except", except, "as", "steps"), w.steps(except))
	case m["call"] != nil:
		return errors.Join(w.keys(name, v, "call", "args", "result", "next"), w.call(m["call"].(string), m["args"]))
	}
	return fmt.Errorf("step %s neither calls nor tries", name)
}

// call checks a call of a connector against the method that it stands for.
func (w *workflowCheck) call(name string, v any) error {
	parts := strings.Split(name, ".") // googleapis.SERVICE.VERSION.RESOURCE….METHOD
	if name == "sys.log" {
		return w.keys(name, v, "data", "json", "text", "severity", "timeout")
	}
	if parts[0] != "googleapis" || len(parts) < 5 {
		return fmt.Errorf("%s is neither a connector nor a function that is known here", name)
	}
	method, err := contract.Method(parts[1]+"/"+parts[2], parts[1]+"."+strings.Join(parts[3:], "."))
	if err != nil {
		return err
	}
	args, _ := v.(map[string]any)
	known := append(slices.Collect(maps.Keys(method.Parameters)), "body", "connector_params")
	if err := w.keys(name, v, known...); err != nil {
		return err
	}
	for key, p := range method.Parameters {
		value, given := args[key].(string)
		if p.Required && !given || given && !regexp.MustCompile(p.Pattern).MatchString(value) {
			return fmt.Errorf("%s: %s is %q, which is not like %s", name, key, value, p.Pattern)
		}
		w.calls = append(w.calls, value)
	}
	schema, err := contract.Schema(parts[1]+"/"+parts[2], method.Request.Ref)
	if err == nil {
		err = schema.Validate(args["body"])
	}
	params, _ := args["connector_params"].(map[string]any)
	if err = errors.Join(err, w.keys("connector_params", params, "timeout", "polling_policy", "skip_polling", "scopes")); err != nil {
		return err
	}
	if _, ok := params["timeout"].(float64); !ok {
		return fmt.Errorf("%s: the time limit is %v; without one in seconds it is half an hour", name, params["timeout"])
	}
	return nil
}

// expressions refuses those that are begun and not ended.
func (w *workflowCheck) expressions(v any) (err error) {
	switch v := v.(type) {
	case string:
		if strings.Contains(v, "${") && !regexp.MustCompile(`^\$\{[a-z][A-Za-z0-9_.]*\}$`).MatchString(v) {
			err = fmt.Errorf("%q is no expression that is known here", v)
		}
	case []any:
		for _, x := range v {
			err = errors.Join(err, w.expressions(x))
		}
	case map[string]any:
		for _, x := range v {
			err = errors.Join(err, w.expressions(x))
		}
	}
	return err
}
