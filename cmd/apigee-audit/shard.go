package main

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
)

// Variables in which engines tell their tasks apart, counting from 0.
// Source: docs.cloud.google.com/run/docs/container-contract (jobs), kubernetes.io/docs/concepts/workloads/controllers/job
// (Indexed completion mode; it does not tell how many there are).
const (
	envTaskIndex       = "CLOUD_RUN_TASK_INDEX"
	envTaskCount       = "CLOUD_RUN_TASK_COUNT"
	envCompletionIndex = "JOB_COMPLETION_INDEX"
)

// shard is one of several shares of the organizations, index counting from 1; the zero value is all of them.
type shard struct{ index, of int }

func (s shard) all() bool { return s.of <= 1 }

func (s shard) String() string { return fmt.Sprintf("%d/%d", s.index, s.of) }

// maxShards keeps a typing mistake from being taken for a fleet.
const maxShards = 10_000

// chooseShard settles the share of this process: what is said, else what the engine says. It is about live organizations;
// PATHs and snapshots have been chosen already.
func (c *choices) chooseShard(env environment, flags *pflag.FlagSet) (err error) {
	if len(c.paths) > 0 {
		if flags.Changed("shard") {
			return fmt.Errorf("--shard is about live organizations: with PATHs, give each process its own")
		}
		return nil
	}
	if c.shard, err = parseShard(c.Shard, env); err != nil {
		return err
	}
	for i := range c.copies {
		c.copies[i].file = c.shard.named(c.copies[i].file)
	}
	return nil
}

// named puts the share in the place of {shard} in a file's name, "2-of-4". Engines run programs without a shell, and not
// all of them put variables into arguments.
func (s shard) named(file string) string {
	return strings.ReplaceAll(file, "{shard}", fmt.Sprintf("%d-of-%d", max(s.index, 1), max(s.of, 1)))
}

func parseShard(text string, env environment) (shard, error) {
	index, of, cut := strings.Cut(text, "/")
	switch {
	case text == "" && env[envTaskIndex] != "" && env[envTaskCount] != "":
		return counted0(envTaskIndex, env[envTaskIndex], env[envTaskCount])
	case text == "" && env[envCompletionIndex] != "":
		return shard{}, fmt.Errorf("%s is set, so this is one of several processes, but not of how many: give --shard /N with the job's completions, or --shard 1/1 where each has its own organizations",
			envCompletionIndex)
	case text == "":
		return shard{}, nil
	case cut && index == "" && env[envCompletionIndex] != "":
		return counted0(envCompletionIndex, env[envCompletionIndex], of)
	case cut && index == "" && env[envTaskIndex] != "":
		return counted0(envTaskIndex, env[envTaskIndex], of)
	case cut && index == "":
		return shard{}, fmt.Errorf("shard %s: which share is not said, and neither %s nor %s is set; give I/N, such as 1/4", text, envCompletionIndex, envTaskIndex)
	}
	i, err := strconv.Atoi(index)
	n, errOf := strconv.Atoi(of)
	if err != nil || errOf != nil || i < 1 || i > n || n > maxShards {
		return shard{}, fmt.Errorf("shard %q must be I/N with I from 1 to N, such as 1/4", text)
	}
	return shard{i, n}, nil
}

// counted0 is a share as engines count, from 0.
func counted0(variable, index, of string) (shard, error) {
	i, err := strconv.Atoi(index)
	n, errOf := strconv.Atoi(of)
	if err != nil || errOf != nil || i < 0 || i >= n || n > maxShards {
		return shard{}, fmt.Errorf("%s is %q, which is no share of %q; it counts from 0, and N must be the number of tasks", variable, index, of)
	}
	return shard{i + 1, n}, nil
}

// has reports whether an organization is of this share. Its name alone decides that, not its place in a list: the processes
// of a fleet list the organizations at different moments, and one that comes up in between must not push another out.
func (s shard) has(organization string) bool {
	if s.all() {
		return true
	}
	sum := sha256.Sum256([]byte(organization))
	return int(binary.BigEndian.Uint32(sum[:])%uint32(s.of)) == s.index-1
}
