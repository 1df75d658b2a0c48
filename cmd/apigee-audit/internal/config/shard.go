package config

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Variables by which engines number their tasks, counting from 0.
// Source: docs.cloud.google.com/run/docs/container-contract (jobs),
// kubernetes.io/docs/concepts/workloads/controllers/job (Indexed completion mode; it does not give their number).
const (
	EnvTaskIndex       = "CLOUD_RUN_TASK_INDEX"
	EnvTaskCount       = "CLOUD_RUN_TASK_COUNT"
	EnvCompletionIndex = "JOB_COMPLETION_INDEX"
)

// Shard is one of several shares of the organizations, index counting from 1; the zero value is all of them.
type Shard struct{ Index, Of int }

// All reports whether it is the share of all organizations.
func (s Shard) All() bool { return s.Of <= 1 }

func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.Index, s.Of) }

// maxShards keeps a typing mistake from being mistaken for a fleet.
const maxShards = 10_000

// share settles the share of this process: the one that is set, or else the one that the engine assigns. It applies to
// live organizations: PATHs and snapshots have been chosen already.
func (j *judge) share(env Environment) (err error) {
	c := j.choices
	if len(c.Paths) > 0 {
		if j.flags.Changed("shard") {
			return errors.New("--shard works only with live organizations: with PATHs, give each process its own paths")
		}
		return nil
	}
	if c.Share, err = ParseShard(j.Shard, env); err != nil {
		return about("shard", err)
	}
	for i := range c.Copies {
		c.Copies[i].File = c.Share.Named(c.Copies[i].File)
	}
	return nil
}

// Named replaces {shard} in a file's name by the share, "2-of-4". Engines run programs without a shell, and not all of
// them put variables into arguments.
func (s Shard) Named(file string) string {
	return strings.ReplaceAll(file, "{shard}", fmt.Sprintf("%d-of-%d", max(s.Index, 1), max(s.Of, 1)))
}

// ParseShard reads a share, I/N, or what the engine that runs this process says in its place.
func ParseShard(text string, env Environment) (Shard, error) {
	index, of, cut := strings.Cut(text, "/")
	switch {
	case text == "" && env[EnvTaskIndex] != "" && env[EnvTaskCount] != "":
		return counted0(EnvTaskIndex, env[EnvTaskIndex], env[EnvTaskCount])
	case text == "" && env[EnvCompletionIndex] != "":
		return Shard{}, fmt.Errorf("%s is set, so this is one of several processes, but the number of processes is unknown: set --shard /N to the job's completions, or --shard 1/1 if each process has its own organizations",
			EnvCompletionIndex)
	case text == "":
		return Shard{}, nil
	case cut && index == "" && env[EnvCompletionIndex] != "":
		return counted0(EnvCompletionIndex, env[EnvCompletionIndex], of)
	case cut && index == "" && env[EnvTaskIndex] != "":
		return counted0(EnvTaskIndex, env[EnvTaskIndex], of)
	case cut && index == "":
		return Shard{}, fmt.Errorf("shard %s does not say which share, and neither %s nor %s is set; use I/N, such as 1/4", text, EnvCompletionIndex, EnvTaskIndex)
	}
	i, err := strconv.Atoi(index)
	n, errOf := strconv.Atoi(of)
	if err != nil || errOf != nil || i < 1 || i > n || n > maxShards {
		return Shard{}, fmt.Errorf("shard %q must be I/N with I from 1 to N, such as 1/4", text)
	}
	return Shard{i, n}, nil
}

// counted0 is a share as engines count, from 0.
func counted0(variable, index, of string) (Shard, error) {
	i, err := strconv.Atoi(index)
	n, errOf := strconv.Atoi(of)
	if err != nil || errOf != nil || i < 0 || i >= n || n > maxShards {
		return Shard{}, fmt.Errorf("%s is %q, which is not a valid share of %q: it must be at least 0 and less than N, the number of tasks", variable, index, of)
	}
	return Shard{i + 1, n}, nil
}

// Has reports whether an organization is of this share. Its name alone decides that, not its place in a list: the processes
// of a fleet list the organizations at different moments, and one that comes up in between must not push another out.
func (s Shard) Has(organization string) bool {
	if s.All() {
		return true
	}
	sum := sha256.Sum256([]byte(organization))
	return int(binary.BigEndian.Uint32(sum[:])%uint32(s.Of)) == s.Index-1
}
