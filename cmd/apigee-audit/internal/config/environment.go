package config

import (
	"maps"
	"slices"
	"strings"
)

// EnvPrefix starts the name of every environment variable that is ours.
const EnvPrefix = "APIGEE_AUDIT_"

// Variables that are not configuration keys.
const (
	EnvToken    = EnvPrefix + "TOKEN"     // an access token; a secret, so neither a flag nor a key
	envConfig   = EnvPrefix + "CONFIG"    // what --config names
	envNoConfig = EnvPrefix + "NO_CONFIG" // as --no-config

	// For Apigee Edge. Secrets as well, or with them.
	EnvUser     = EnvPrefix + "USER"
	EnvPassword = EnvPrefix + "PASSWORD"
	EnvMFA      = EnvPrefix + "MFA"
	EnvPasscode = EnvPrefix + "PASSCODE"

	EnvCacheKey = EnvPrefix + "CACHE_KEY" // seals the entries of the cache; a secret
)

// Environment is the environment variables by name. An empty variable counts as unset.
type Environment map[string]string

// NewEnvironment reads variables as [os.Environ] gives them.
func NewEnvironment(environ []string) Environment {
	env := Environment{}
	for _, entry := range environ {
		if name, value, ok := strings.Cut(entry, "="); ok && value != "" {
			env[name] = value
		}
	}
	return env
}

// EnvName is the variable that sets a configuration key.
func EnvName(key string) string {
	return EnvPrefix + strings.ToUpper(strings.ReplaceAll(key, "-", "_"))
}

// keyed picks the variables that set one of the keys.
func (env Environment) keyed(keys []string) map[string]any {
	values := map[string]any{}
	for _, key := range keys {
		if value, ok := env[EnvName(key)]; ok {
			values[key] = value
		}
	}
	return values
}

// Set lists the variables with our prefix that mean something, by name: the values of some are secrets.
func (env Environment) Set(keys []string) []string {
	known := knownVariables(keys)
	var all []string
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if slices.Contains(known, name) {
			all = append(all, name)
		}
	}
	return all
}

// Unknown lists the variables with our prefix that mean nothing, each with the name that was probably meant.
func (env Environment) Unknown(keys []string) []string {
	known := knownVariables(keys)
	var all []string
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if strings.HasPrefix(name, EnvPrefix) && !slices.Contains(known, name) {
			all = append(all, name+DidYouMean(name, known))
		}
	}
	return all
}

func knownVariables(keys []string) []string {
	known := []string{EnvToken, envConfig, envNoConfig, EnvUser, EnvPassword, EnvMFA, EnvPasscode, EnvCacheKey}
	for _, key := range keys {
		known = append(known, EnvName(key))
	}
	return known
}
