// Command action-runner runs the steps of this repository's GitHub action and judges what they leave: exit status, outputs,
// summary, annotations, uploads. It plays the runner and the host of the releases; the organization is the simulator's.
// Called by .ci/action-check. It is a module of its own because its YAML library is none of the program's business.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
)

func main() {
	folder := flag.String("action", "", "folder of action.yml")
	program := flag.String("program", "", "program to release and to simulate with")
	bundles := flag.String("bundles", "", "folder with bundles to audit")
	dist := flag.String("dist", "", "folder with a release to install instead of packing the program")
	hosting := flag.Bool("host", false, "only publish the release: print its addresses with TLS and without, the certificate and the version, and serve until killed")
	name := flag.String("usage", "", "try only the usage of this name")
	flag.Parse()
	var failed bool
	var err error
	if *hosting {
		err = publish(*folder, *program, *dist)
	} else {
		failed, err = check(*folder, *program, *bundles, *dist, *name)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if failed || err != nil {
		os.Exit(1)
	}
}

func check(folder, program, bundles, dist, name string) (failed bool, err error) {
	work, err := os.MkdirTemp("", "action-runner")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(work)
	a, err := readAction(folder)
	if err != nil {
		return false, err
	}
	built, err := findRelease(a, program, dist)
	if err != nil {
		return false, err
	}
	endpoint, stop, err := simulate(program)
	if err != nil {
		return false, err
	}
	defer stop()
	l := &lab{work: work, action: a, program: program, release: built, everywhere: dist == "", bundles: bundles, endpoint: endpoint}
	tried := 0
	for _, u := range l.usages() {
		if name != "" && u.name != name {
			continue
		}
		tried++
		wrong, err := l.try(u)
		if err != nil {
			return true, fmt.Errorf("%s: %w", u.name, err)
		}
		for _, w := range wrong {
			fmt.Fprintf(os.Stderr, "%s: %s\n", u.name, w)
			failed = true
		}
	}
	if tried == 0 {
		return true, fmt.Errorf("no usage is called %q", name)
	}
	if !failed {
		fmt.Printf("the action does as it should in %d usages\n", tried)
	}
	return failed, nil
}

// findRelease is the one in dist, or else the program packed as a release.
func findRelease(a *action, program, dist string) (*release, error) {
	if dist != "" {
		return readRelease(dist)
	}
	return makeRelease(a.Inputs["version"].Default, program)
}

// publish serves a release for checks other than that of the action.
func publish(folder, program, dist string) error {
	a, err := readAction(folder)
	if err != nil {
		return err
	}
	built, err := findRelease(a, program, dist)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "action-runner")
	if err != nil {
		return err
	}
	h, err := serve(work, map[string]*release{"/releases": built})
	if err != nil {
		return err
	}
	plain := httptest.NewServer(h.Config.Handler)
	fmt.Println(h.URL+"/releases", plain.URL+"/stored/releases", h.certificate, built.version)
	select {}
}

// simulate starts the simulated management API and returns its address.
func simulate(program string) (endpoint string, stop func(), err error) {
	cmd := exec.Command(program, "simulate")
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return "", nil, err
	}
	stop = func() {
		cmd.Process.Kill()
		cmd.Wait()
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		stop()
		return "", nil, fmt.Errorf("simulate: %w", err)
	}
	return strings.TrimSpace(line), stop, nil
}

// only is the part of a folder with these names at its top.
func only(folder string, names ...string) fs.FS { return part{os.DirFS(folder), names} }

type part struct {
	fs.FS
	names []string
}

func (p part) Open(name string) (fs.File, error) {
	if first, _, _ := strings.Cut(name, "/"); name != "." && !slices.Contains(p.names, first) {
		return nil, fs.ErrNotExist
	}
	return p.FS.Open(name)
}

func (p part) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(p.FS, name)
	if name == "." {
		entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return !slices.Contains(p.names, e.Name()) })
	}
	return entries, err
}
