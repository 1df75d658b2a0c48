package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// A runner plays GitHub's: it runs the steps of a composite action with the files and the environment that they are given.
type runner struct {
	work        string            // everything is below it
	workspace   string            // the working directory of steps
	os, arch    string            // as RUNNER_OS and RUNNER_ARCH name them
	environment map[string]string // of the job
	repository  string            // what github.action_repository yields
	actionPath  string            // where the action is kept
}

// outcome is what a run of an action leaves.
type outcome struct {
	status  int // of the first step that failed
	outputs map[string]string
	stdout  string
	stderr  string
	summary string
	uploads []map[string]string // with of each step that uses upload-sarif
	path    []string            // folders that were added to the PATH
}

// run runs the action with inputs. An error is one of the harness or of the action's file; a step that fails is none.
func (r *runner) run(a *action, inputs map[string]string) (*outcome, error) {
	v := values{"github.action_repository": r.repository}
	for name, input := range a.Inputs {
		v["inputs."+name] = input.Default
	}
	for name, value := range inputs {
		if _, ok := a.Inputs[name]; !ok {
			return nil, fmt.Errorf("the action has no input %s", name)
		}
		v["inputs."+name] = value
	}
	o := &outcome{outputs: map[string]string{}}
	for i, s := range a.Runs.Steps {
		holds, err := v.condition(s.If, o.status != 0)
		if err == nil && holds {
			err = r.step(s, fmt.Sprint(i), v, o)
		}
		if err != nil {
			return nil, fmt.Errorf("step %q: %w", s.Name, err)
		}
	}
	for name, output := range a.Outputs {
		value, err := v.text(output.Value)
		if err != nil {
			return nil, fmt.Errorf("output %s: %w", name, err)
		}
		o.outputs[name] = value
	}
	return o, nil
}

func (r *runner) step(s step, id string, v values, o *outcome) error {
	if s.Uses != "" {
		if !strings.HasPrefix(s.Uses, "github/codeql-action/upload-sarif@v") {
			return fmt.Errorf("uses: %s is not known here", s.Uses)
		}
		with, err := v.all(s.With)
		o.uploads = append(o.uploads, with)
		return err
	}
	env, err := v.all(s.Env)
	if err != nil {
		return err
	}
	files := map[string]string{}
	for _, name := range []string{"GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STEP_SUMMARY", "GITHUB_ENV"} {
		files[name] = filepath.Join(r.work, "files", name+id)
		if err := os.WriteFile(files[name], nil, 0o600); err != nil {
			return err
		}
	}
	script := filepath.Join(r.work, "files", "script"+id+".sh")
	if err := os.WriteFile(script, []byte(s.Run), 0o600); err != nil {
		return err
	}
	status, err := r.shell(script, o, env, files)
	if err != nil {
		return err
	}
	if o.status == 0 {
		o.status = status
	}
	return o.collect(files, s.ID, v)
}

// shell runs a script as GitHub does for `shell: bash`, with nothing of this process' environment but what finds programs.
func (r *runner) shell(script string, o *outcome, envs ...map[string]string) (int, error) {
	env := map[string]string{
		"HOME": r.work, "TMPDIR": os.TempDir(), "GITHUB_ACTIONS": "true", "CI": "true",
		"PATH":               strings.Join(append(slices.Clone(o.path), os.Getenv("PATH")), ":"),
		"GITHUB_ACTION_PATH": r.actionPath, "GITHUB_WORKSPACE": r.workspace,
		"RUNNER_OS": r.os, "RUNNER_ARCH": r.arch, "RUNNER_TEMP": filepath.Join(r.work, "temp"),
		// Empty in the steps of composite actions: https://github.com/actions/runner/issues/2473.
		"GITHUB_ACTION_REPOSITORY": "", "GITHUB_ACTION_REF": "",
	}
	maps.Copy(env, r.environment)
	for _, more := range envs {
		maps.Copy(env, more)
	}
	cmd := exec.Command("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", script)
	cmd.Dir = r.workspace
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	o.stdout += stdout.String()
	o.stderr += stderr.String()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return exit.ExitCode(), nil
	}
	return 0, err
}

// collect takes over what a step has written to the runner's files.
func (o *outcome) collect(files map[string]string, id string, v values) error {
	text := map[string]string{}
	for name, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		text[name] = string(data)
	}
	if text["GITHUB_ENV"] != "" {
		return fmt.Errorf("the environment of later steps is changed: %q", text["GITHUB_ENV"])
	}
	for line := range strings.Lines(text["GITHUB_OUTPUT"]) {
		name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		if !ok || id == "" {
			return fmt.Errorf("%q is not an output", line)
		}
		v["steps."+id+".outputs."+name] = value
	}
	for line := range strings.Lines(text["GITHUB_PATH"]) {
		o.path = append([]string{strings.TrimSuffix(line, "\n")}, o.path...)
	}
	o.summary += text["GITHUB_STEP_SUMMARY"]
	return nil
}

func (v values) all(texts map[string]string) (map[string]string, error) {
	all := map[string]string{}
	for name, text := range texts {
		value, err := v.text(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all[name] = value
	}
	return all, nil
}
