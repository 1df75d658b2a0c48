package patch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"apigee-audit/internal/text"
)

// filesAtOnce bounds the names on one command line.
const filesAtOnce = 100

// UncommittedError is why Git could not bring back a file as it is.
type UncommittedError struct{ why string }

func (e *UncommittedError) Error() string { return e.why }

// Uncommitted says of the files of some copies why Git could not bring back what they were: changes that are not committed, or
// that Git cannot be asked. Files outside of repositories are not its matter. Keys are real paths.
func Uncommitted(ctx context.Context, environ []string, copies []Copy) (map[string]error, error) {
	why := map[string]error{}
	byRepository := map[string][]string{}
	for i := range copies {
		for _, f := range copies[i].files {
			name := copies[i].path(f)
			if repository := repositoryOf(filepath.Dir(name)); repository != "" {
				byRepository[repository] = append(byRepository[repository], name)
			}
		}
	}
	for _, repository := range slices.Sorted(maps.Keys(byRepository)) {
		for names := range slices.Chunk(byRepository[repository], filesAtOnce) {
			changed, err := status(ctx, environ, repository, names)
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			for _, name := range names {
				switch {
				case err != nil:
					why[name] = &UncommittedError{fmt.Sprintf("lies in a Git repository that cannot be asked about it: %v", err)}
				case changed[name]:
					why[name] = &UncommittedError{"has changes that are not committed"}
				}
			}
		}
	}
	return why, nil
}

// repositoryOf is the folder of the Git repository in which another folder lies, "" for none.
func repositoryOf(folder string) string {
	for {
		if _, err := os.Lstat(filepath.Join(folder, ".git")); err == nil || !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
			return folder
		}
		up := filepath.Dir(folder)
		if up == folder {
			return ""
		}
		folder = up
	}
}

// status asks Git which files differ from what is committed. The repository may be somebody else's, so none of its hooks and
// monitors is run.
func status(ctx context.Context, environ []string, repository string, names []string) (map[string]bool, error) {
	git, err := exec.LookPath("git")
	if err != nil {
		return nil, errors.New("git is not installed")
	}
	args := []string{
		"-c", "core.fsmonitor=false", "-c", "core.hooksPath=" + os.DevNull, "--no-optional-locks", "--literal-pathspecs",
		"status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames", "--ignore-submodules=all", "--",
	}
	for _, name := range names {
		rel, err := filepath.Rel(repository, name)
		if err != nil {
			return nil, err
		}
		args = append(args, filepath.ToSlash(rel))
	}
	cmd := exec.CommandContext(ctx, git, args...)
	cmd.Dir, cmd.WaitDelay = repository, 100*time.Millisecond
	cmd.Env = slices.DeleteFunc(slices.Clone(environ), redirects)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		if said := text.Said(complaint.String()); said != "" {
			return nil, errors.New(said)
		}
		return nil, err
	}
	changed := map[string]bool{}
	for entry := range strings.SplitSeq(out.String(), "\x00") {
		if len(entry) > len("XY ") {
			changed[filepath.Join(repository, filepath.FromSlash(entry[len("XY "):]))] = true
		}
	}
	return changed, nil
}

// redirects reports whether a variable would have Git look at another repository than the one in the folder. Git's own hooks set
// some of them.
func redirects(variable string) bool {
	name, _, _ := strings.Cut(variable, "=")
	return slices.Contains([]string{
		"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_NAMESPACE",
		"GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS",
	}, name)
}
